/** Icon of each state of a lane; the same on every screen. @type {Record<string, string>} */
export const LANE_ICONS = { up: "check", suspect: "look", down: "unplugged", closed: "door-closed" };
