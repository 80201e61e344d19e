/**
 * Thai on large signs. Browsers break Thai by dictionary, also inside compounds (ราย|ชื่อ), and a sign of
 * two lines is then read twice. Compounds that our sentences use are kept in one piece; the text stays the same.
 */

import { el } from "./dom.js";

const COMPOUNDS = [
  "รายชื่อ", "ผู้ได้รับเชิญ", "เจ้าหน้าที่", "อนุมัติ", "อนุญาต", "ลงทะเบียน", "การเชิญ", "หัวหน้าเวร", "ผู้อนุญาต", "คนที่สอง", "กลับเข้า",
  "ขัดข้อง", "ไม่พบ", "ไม่มีสิทธิ", "ยังไม่", "ซ้ำซ้อน", "ฉุกเฉิน", "ข้อมูลบัตร", "ผู้ดูแลระบบ", "ที่นั่ง", "แตะบัตร", "เครื่องอ่าน", "ประตูนี้",
];
const COMPOUND = new RegExp(`(${COMPOUNDS.join("|")})`);
const COMBINING = /[\u0E31\u0E34-\u0E3A\u0E47-\u0E4E]/g;

/** Letters that take width; Thai vowels and tones above and below take none. @param {string} text */
export const widthOf = (text) => text.replace(COMBINING, "").length;

/** Write `text` with its compounds unbroken. @param {Element} node @param {string} text */
export function setPhrases(node, text) {
  if (node.textContent === text) return;
  const parts = text.split(COMPOUND).filter(Boolean);
  node.replaceChildren(...parts.map((part) => (COMPOUND.test(part) ? el("span", { class: "nowrap", text: part }) : part)));
}
