/**
 * Shapes of what the server sends; for editors and `tsc --checkJs`, empty at run time.
 *
 * @typedef {object} Holder
 * @property {string} name
 * @property {"person" | "vehicle"} kind
 * @property {string} name_latin
 * @property {string} position
 * @property {string} organisation
 * @property {string} group
 * @property {string} table
 * @property {string} seat
 * @property {boolean} vip
 * @property {string} greeter
 * @property {string} note
 * @property {string} [photo_url]
 * @property {string} initials
 * @property {string} representative
 * @property {string} number
 * @property {string} class_th
 * @property {string} class_en
 * @property {string} plate
 * @property {string} province
 * @property {string} make
 * @property {string} colour
 * @property {string} responsible
 * @property {string} host
 * @property {string} place
 *
 * @typedef {{th: string, en: string}} Pair
 *
 * @typedef {object} Entry one line of the journal as the feed tells it; unknown values are null
 * @property {number} seq
 * @property {number} [prev] sequence number before it in the same room
 * @property {string} at ISO time
 * @property {"decision" | "override" | "companions" | "representative" | "withdrawn" | "gate" | "reader" | "clock" | "node" | "door"} kind
 * @property {string | null} gate
 * @property {string | null} reader
 * @property {string | null} credential
 * @property {string | null} pass_id
 * @property {string | null} reason
 * @property {"in" | "out" | null} direction
 * @property {number | null} companions
 * @property {string | null} first_seen_at
 * @property {string | null} actor
 * @property {number | null} ref
 * @property {string | null} state
 * @property {string | null} note
 * @property {boolean} late
 * @property {string | null} door
 * @property {"granted" | "denied" | null} verdict
 * @property {"green" | "amber" | "red" | null} class
 * @property {Pair | null} sentence
 * @property {Pair | null} next_step
 * @property {Holder | null} holder
 *
 * @typedef {object} Lane
 * @property {"up" | "suspect" | "down"} state
 * @property {"open" | "closed"} gate_state
 * @property {"in" | "out"} direction
 * @property {{id: string, driver: string, state: string, since_at: string, detail: string}[]} readers
 * @property {{id: string, state: "ready" | "failed" | "forced" | "held_open", detail: string}[]} doors
 *
 * @typedef {object} Counts
 * @property {number} expected
 * @property {number} arrived
 * @property {number} inside
 * @property {number} refused
 * @property {number} companions
 * @property {{group: string, expected: number, arrived: number}[]} by_group
 * @property {[string, number][]} arrivals
 *
 * @typedef {"" | "feed" | "node_down" | "not_ready" | "signed_out"} Cause why a screen cannot be believed
 */
export {};
