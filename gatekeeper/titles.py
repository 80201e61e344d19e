"""Titles before names, Thai and foreign: told apart from the name, and joined to it again.

Pure text; the list is data and may grow. A Thai title is written joined to the name
(`นายกิตติ ใจดี`), a foreign one with a space (`H.E. Mr. José Núñez`). Titles stack
(`ศาสตราจารย์ ดร. คุณหญิง…`), so splitting goes on as long as another one follows.
"""

from __future__ import annotations

import re

from gatekeeper.thai import normalise

__all__ = ["TITLES", "display_name", "split_title"]

_CIVIL = "นาย นางสาว นาง น.ส. เด็กชาย เด็กหญิง ด.ช. ด.ญ."

_ACADEMIC = (
    "ศาสตราจารย์กิตติคุณ ศาสตราจารย์เกียรติคุณ ศาสตราจารย์พิเศษ ศาสตราจารย์ "
    "รองศาสตราจารย์พิเศษ รองศาสตราจารย์ ผู้ช่วยศาสตราจารย์พิเศษ ผู้ช่วยศาสตราจารย์ "
    "ศ.กิตติคุณ ศ.เกียรติคุณ ศ.พิเศษ ศ. รศ.พิเศษ รศ. ผศ.พิเศษ ผศ. อาจารย์ อ. "
    "ดอกเตอร์ ดร. นายแพทย์ แพทย์หญิง นพ. พญ. ทันตแพทย์หญิง ทันตแพทย์ ทพ.ญ. ทพญ. ทพ. "
    "เภสัชกรหญิง เภสัชกร ภญ. ภก. สัตวแพทย์หญิง นายสัตวแพทย์ สพ.ญ. น.สพ."
)

_ROYAL = (
    "พลตรีพระเจ้าวรวงศ์เธอ พระเจ้าวรวงศ์เธอ พระวรวงศ์เธอ พระองค์เจ้า หม่อมเจ้าหญิง หม่อมเจ้า "
    "ม.จ.หญิง ม.จ. หม่อมราชวงศ์หญิง หม่อมราชวงศ์ ม.ร.ว.หญิง ม.ร.ว. หม่อมหลวงหญิง หม่อมหลวง "
    "ม.ล.หญิง ม.ล. หม่อม ท่านผู้หญิง คุณหญิง คุณหลวง"
)

_CLERGY = "สมเด็จพระ พระครู พระมหา พระภิกษุ พระอาจารย์ สามเณร แม่ชี บาทหลวง ซิสเตอร์ สังฆราช มุขนายก ศาสนาจารย์"

_RANKS = (
    # Army, navy, air force, police; the abbreviations carry dots, written with or without
    # spaces between them.
    "จอมพลเรือ จอมพลอากาศ จอมพล พลเอก พลโท พลตรี พลจัตวา พันเอกพิเศษ พันเอก พันโท พันตรี "
    "ร้อยเอก ร้อยโท ร้อยตรี พลเรือเอก พลเรือโท พลเรือตรี พลเรือจัตวา นาวาเอกพิเศษ นาวาเอก "
    "นาวาโท นาวาตรี เรือเอก เรือโท เรือตรี พลอากาศเอก พลอากาศโท พลอากาศตรี พลอากาศจัตวา "
    "นาวาอากาศเอกพิเศษ นาวาอากาศเอก นาวาอากาศโท นาวาอากาศตรี เรืออากาศเอก เรืออากาศโท "
    "เรืออากาศตรี จ่าสิบเอก จ่าสิบโท จ่าสิบตรี สิบเอก สิบโท สิบตรี พันจ่าเอก พันจ่าโท พันจ่าตรี "
    "จ่าเอก จ่าโท จ่าตรี พันจ่าอากาศเอก พันจ่าอากาศโท พันจ่าอากาศตรี จ่าอากาศเอก จ่าอากาศโท "
    "จ่าอากาศตรี พลทหาร พลตำรวจเอก พลตำรวจโท พลตำรวจตรี พลตำรวจจัตวา พันตำรวจเอกพิเศษ "
    "พันตำรวจเอก พันตำรวจโท พันตำรวจตรี ร้อยตำรวจเอก ร้อยตำรวจโท ร้อยตำรวจตรี นายดาบตำรวจ "
    "ดาบตำรวจ จ่าสิบตำรวจ สิบตำรวจเอก สิบตำรวจโท สิบตำรวจตรี ว่าที่ร้อยตรี ว่าที่ร้อยโท "
    "ว่าที่ร้อยเอก ว่าที่พันตรี ว่าที่พันโท ว่าที่พันเอก นายกองเอก นายกองโท นายกองตรี "
    "พล.ร.อ. พล.ร.ท. พล.ร.ต. พล.อ.อ. พล.อ.ท. พล.อ.ต. พล.ต.อ. พล.ต.ท. พล.ต.ต. พล.ต.จ. "
    "พล.อ. พล.ท. พล.ต. พล.จ. พ.ต.อ. พ.ต.ท. พ.ต.ต. พ.อ.อ. พ.อ. พ.ท. พ.ต. ร.ต.อ. ร.ต.ท. ร.ต.ต. "
    "ร.อ. ร.ท. ร.ต. น.อ. น.ท. น.ต. ด.ต. จ.ส.ต. จ.ส.อ. จ.ส.ท. ส.ต.อ. ส.ต.ท. ส.ต.ต. ส.อ. ส.ท. "
    "ส.ต. จ.อ. จ.ท. จ.ต. ว่าที่ร.ต. ว่าที่ร.ท. ว่าที่ร.อ."
)

_FOREIGN = (
    "His Excellency|Her Excellency|H.E.|HE|His Royal Highness|Her Royal Highness|H.R.H.|HRH|"
    "The Right Honourable|The Rt. Hon.|Rt. Hon.|The Honourable|The Hon.|Hon.|Mr.|Mr|Mrs.|Mrs|"
    "Ms.|Ms|Miss|Mister|Madam|Madame|Mme.|Mme|Monsieur|M.|Dr.|Dr|Prof.|Prof|Professor|"
    "Assoc. Prof.|Asst. Prof.|Ambassador|Amb.|General|Gen.|Lieutenant General|Lt. Gen.|"
    "Major General|Maj. Gen.|Brigadier General|Brig. Gen.|Admiral|Adm.|Vice Admiral|"
    "Rear Admiral|Air Chief Marshal|Air Marshal|Air Vice Marshal|Colonel|Col.|"
    "Lieutenant Colonel|Lt. Col.|Major|Maj.|Captain|Capt.|Lieutenant|Lt.|Commander|Cmdr.|"
    "Sir|Dame|Lord|Lady|Herr|Frau|Señor|Señora|Sr.|Sra.|Dato'|Datuk|Tan Sri|Dato Seri|Tengku|"
    "Sheikh|Sheikha|Prince|Princess|Rev.|Reverend|Father|Sister|Monsignor|Msgr."
)

TITLES: tuple[str, ...] = tuple(
    " ".join((_CIVIL, _ACADEMIC, _ROYAL, _CLERGY, _RANKS)).split()
) + tuple(_FOREIGN.split("|"))
"""Every title that `split_title` knows."""


def _pattern(title: str) -> str:
    spaced = re.escape(title).replace(r"\.", r"\.\s*").replace(r"\ ", r"\s+")
    if title in _RANKS.split():
        spaced += r"(?:\s*หญิง(?=\s*\S))?"
    # A foreign title must end where a word ends; a Thai one is joined to the name.
    return spaced + r"(?=[\s.,]|$)" if title[0].isascii() and title[-1] != "." else spaced


_SPLIT = re.compile(
    "(?:" + "|".join(_pattern(t) for t in sorted(set(TITLES), key=len, reverse=True)) + ")",
    re.IGNORECASE,
)


def split_title(name: str) -> tuple[str, str]:
    """`(title, rest)` of a full name; the title is empty where none is known.

    `rest` is never empty: text that is nothing but a title stays a name. Whether `นายก`
    is a title and `ก` cannot be told by a list; a rest of one consonant is not split off.
    """
    text = normalise(name)
    end = 0
    while match := _SPLIT.match(text, end):
        rest = text[match.end() :].lstrip(" ,")
        if len(rest) < 2 or _is_combining(rest[0]):
            break
        end = len(text) - len(rest)
    return text[:end].strip(" ,"), text[end:]


def display_name(title: str, first_name: str, last_name: str) -> str:
    """The name as a screen shows it, the title joined where Thai does so."""
    name = " ".join(part for part in (first_name, last_name) if part)
    if not title or not name:
        return title or name
    thai = "\u0e00" <= title[-1] <= "\u0e7f" or (title[-1] == "." and _has_thai(title))
    return f"{title}{name}" if thai and _has_thai(name[0]) else f"{title} {name}"


def _has_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)


def _is_combining(letter: str) -> bool:
    """Whether `letter` cannot begin a word: then the title was the start of a longer name."""
    return "\u0e30" <= letter <= "\u0e3a" or "\u0e45" <= letter <= "\u0e4e"
