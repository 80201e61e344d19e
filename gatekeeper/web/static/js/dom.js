/** Small tools to make elements. Text is set as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = document.querySelector('meta[name="icons"]')?.getAttribute("content") ?? "";

/**
 * @param {string} id
 * @returns {HTMLElement} the element; its absence is a fault of the template
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing in this page`);
  return found;
}

/**
 * An element. Keys of `props`: `class`, `dataset` (object), `on` (object of listeners), `text`, or an attribute;
 * an attribute of value null, undefined or false is left out, true stands empty.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key === "text") made.textContent = value;
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (key === "on") for (const [name, listen] of Object.entries(value)) made.addEventListener(name, /** @type {any} */ (listen));
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** An icon of the sprite; decorative, the word beside it speaks. @param {string} name @param {string} [extra] */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/** Change the drawing of an icon that stands in the page. @param {Element | null} svg @param {string} name */
export function setIcon(svg, name) {
  svg?.querySelector("use")?.setAttribute("href", `${SPRITE}#${name}`);
}

/** Write text only where it differs, so that screen readers and the painter are not woken for nothing.
 * @param {Element} node @param {string | number} text */
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Icon of a verdict class; the shapes differ as well as the colours. @type {Record<string, string>} */
export const CLASS_ICONS = { green: "granted", amber: "look", red: "stop" };

/**
 * The photo of a holder, or initials where there is none or it cannot be fetched.
 * @param {import("./types.js").Holder} holder
 * @param {Record<string, any>} [props]
 */
export function portrait(holder, props = {}) {
  const frame = el("div", { class: "portrait", "aria-hidden": "true", ...props });
  const initials = () => frame.replaceChildren(holder.kind === "vehicle" ? icon("id") : holder.initials || icon("user"));
  initials();
  if (holder.photo_url) {
    const picture = el("img", { src: holder.photo_url, alt: "", decoding: "async", on: { error: initials } });
    frame.replaceChildren(picture);
  }
  return frame;
}

/** Shown in place of a list that has nothing, is being fetched, or failed.
 * @param {"empty" | "loading" | "failed"} kind @param {string} iconName @param {string} text */
export function listState(kind, iconName, text) {
  return el("li", { class: "state", dataset: { kind } }, icon(iconName), el("p", { text }));
}

/** Keep at most `limit` children. @param {Element} list @param {number} limit */
export function cap(list, limit) {
  while (list.children.length > limit) list.lastElementChild?.remove();
}
