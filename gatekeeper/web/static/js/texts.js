/** What the server wrote into the page: data and texts in the page's language. No text is in a script. */

/** @param {string} id */
function read(id) {
  const node = document.getElementById(id);
  return node?.textContent ? JSON.parse(node.textContent) : {};
}

/** Data of this page, see the templates. @type {any} */
export const page = read("page-data");

/** @type {Record<string, string>} */
const texts = read("texts");

/** "th" or "en". */
export const lang = document.documentElement.lang === "en" ? "en" : "th";

/**
 * The text of `key` with `{name}` replaced by `values.name`.
 * An unknown key shows itself: a hole in the texts is then seen at once.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** The half of a {th, en} pair that this page speaks. @param {{th: string, en: string} | null | undefined} pair */
export function both(pair) {
  return pair ? pair[lang] || pair.th : "";
}

/** Name of a gate or event in the page's language. @param {{name_th?: string, name_en?: string, id?: string}} thing */
export function named(thing) {
  const [first, second] = lang === "th" ? [thing.name_th, thing.name_en] : [thing.name_en, thing.name_th];
  return first || second || thing.id || "";
}
