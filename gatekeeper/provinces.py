"""The 77 provinces of Thailand, and what else stands in a plate's second line.

Data and a look-up; no rule of plates. Abbreviations are the Royal Society's two letters
(กทม. for Bangkok besides), names in English those of the Department of Provincial
Administration. เบตง is a district, and its vehicles carry its own name (Department of Land
Transport).
"""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.thai import search_form

__all__ = ["PLATE_AREAS", "PROVINCES", "Province", "find_province"]


class Province(NamedTuple):
    """A name as plates carry it, its abbreviations without dots, and its English name."""

    name: str
    short: tuple[str, ...]
    english: str


_TABLE = """\
กระบี่|กบ|Krabi
กรุงเทพมหานคร|กท กทม กรุงเทพ กรุงเทพฯ|Bangkok
กาญจนบุรี|กจ|Kanchanaburi
กาฬสินธุ์|กส|Kalasin
กำแพงเพชร|กพ|Kamphaeng Phet
ขอนแก่น|ขก|Khon Kaen
จันทบุรี|จบ|Chanthaburi
ฉะเชิงเทรา|ฉช|Chachoengsao
ชลบุรี|ชบ|Chon Buri
ชัยนาท|ชน|Chai Nat
ชัยภูมิ|ชย|Chaiyaphum
ชุมพร|ชพ|Chumphon
เชียงราย|ชร|Chiang Rai
เชียงใหม่|ชม|Chiang Mai
ตรัง|ตง|Trang
ตราด|ตร|Trat
ตาก|ตก|Tak
นครนายก|นย|Nakhon Nayok
นครปฐม|นฐ|Nakhon Pathom
นครพนม|นพ|Nakhon Phanom
นครราชสีมา|นม โคราช|Nakhon Ratchasima
นครศรีธรรมราช|นศ|Nakhon Si Thammarat
นครสวรรค์|นว|Nakhon Sawan
นนทบุรี|นบ|Nonthaburi
นราธิวาส|นธ|Narathiwat
น่าน|นน|Nan
บึงกาฬ|บก|Bueng Kan
บุรีรัมย์|บร|Buri Ram
ปทุมธานี|ปท|Pathum Thani
ประจวบคีรีขันธ์|ปข|Prachuap Khiri Khan
ปราจีนบุรี|ปจ|Prachin Buri
ปัตตานี|ปน|Pattani
พระนครศรีอยุธยา|อย อยุธยา|Phra Nakhon Si Ayutthaya
พะเยา|พย|Phayao
พังงา|พง|Phang-nga
พัทลุง|พท|Phatthalung
พิจิตร|พจ|Phichit
พิษณุโลก|พล|Phitsanulok
เพชรบุรี|พบ|Phetchaburi
เพชรบูรณ์|พช|Phetchabun
แพร่|พร|Phrae
ภูเก็ต|ภก|Phuket
มหาสารคาม|มค|Maha Sarakham
มุกดาหาร|มห|Mukdahan
แม่ฮ่องสอน|มส|Mae Hong Son
ยโสธร|ยส|Yasothon
ยะลา|ยล|Yala
ร้อยเอ็ด|รอ|Roi Et
ระนอง|รน|Ranong
ระยอง|รย|Rayong
ราชบุรี|รบ|Ratchaburi
ลพบุรี|ลบ|Lop Buri
ลำปาง|ลป|Lampang
ลำพูน|ลพ|Lamphun
เลย|ลย|Loei
ศรีสะเกษ|ศก|Si Sa Ket
สกลนคร|สน|Sakon Nakhon
สงขลา|สข|Songkhla
สตูล|สต|Satun
สมุทรปราการ|สป|Samut Prakan
สมุทรสงคราม|สส|Samut Songkhram
สมุทรสาคร|สค|Samut Sakhon
สระแก้ว|สก|Sa Kaeo
สระบุรี|สบ|Saraburi
สิงห์บุรี|สห|Sing Buri
สุโขทัย|สท|Sukhothai
สุพรรณบุรี|สพ|Suphan Buri
สุราษฎร์ธานี|สฎ|Surat Thani
สุรินทร์|สร|Surin
หนองคาย|นค|Nong Khai
หนองบัวลำภู|นภ|Nong Bua Lam Phu
อ่างทอง|อท|Ang Thong
อำนาจเจริญ|อจ|Amnat Charoen
อุดรธานี|อด|Udon Thani
อุตรดิตถ์|อต|Uttaradit
อุทัยธานี|อน|Uthai Thani
อุบลราชธานี|อบ|Ubon Ratchathani
"""


def _read(table: str) -> tuple[Province, ...]:
    rows = (line.split("|") for line in table.splitlines())
    return tuple(Province(name, tuple(short.split()), english) for name, short, english in rows)


PROVINCES: tuple[Province, ...] = _read(_TABLE)
"""In the order of the Thai dictionary."""

PLATE_AREAS: tuple[Province, ...] = (*PROVINCES, Province("เบตง", (), "Betong"))
"""Whatever may stand in a plate's second line."""


def _key(text: str) -> str:
    plain = search_form(text)
    for sign in (".", " ", "-", "จังหวัด", "ฯ"):
        plain = plain.replace(sign, "")
    return plain


_BY_KEY = {
    _key(name): area.name for area in PLATE_AREAS for name in (area.name, area.english, *area.short)
}


def find_province(text: str) -> str | None:
    """The name of the province that `text` means: whole, abbreviated, in English; or None.

    `กทม.`, `ก.ท.`, `จ.เชียงใหม่`, `จังหวัดตาก`, `Chon Buri` and `chonburi` are all known.
    """
    found = _BY_KEY.get(_key(text))
    if found is None and search_form(text).startswith(("จ.", "จ ")):
        found = _BY_KEY.get(_key(search_form(text)[2:]))
    return found
