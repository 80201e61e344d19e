"""Words that made-up guests are made of. Data alone; nobody of these names is meant.

Thai words stand beside their usual romanisation, so that a made-up guest has both.
"""

from __future__ import annotations

__all__ = [
    "COMPANIES",
    "COUNTRIES",
    "FAMILY_ENDS",
    "FAMILY_STARTS",
    "FOREIGN_FAMILIES",
    "FOREIGN_MEN",
    "FOREIGN_WOMEN",
    "GREETERS",
    "MEN",
    "MINISTRIES",
    "NOTES",
    "WOMEN",
]


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`กิตติ Kitti, …` as pairs."""
    return tuple((thai, latin) for thai, latin in (word.split() for word in text.split(",")))


def _list(text: str) -> tuple[str, ...]:
    """`One|Two` as a tuple."""
    return tuple(text.split("|"))


MEN = _pairs(
    "กิตติ Kitti, ธนา Thana, วิชัย Wichai, สมชาย Somchai, ประเสริฐ Prasoet, "
    "อนันต์ Anan, ชาญวิทย์ Chanwit, ณัฐพล Natthaphon, ภาคิน Phakhin, "
    "ธีรภัทร Thiraphat, พีรพงษ์ Phiraphong, ศุภชัย Supphachai, เอกชัย Ekkachai, "
    "นเรศ Naret, ปกรณ์ Pakon, วรวุฒิ Worawut, สุรเดช Suradet, ไพโรจน์ Phairot, "
    "มานพ Manop, รังสรรค์ Rangsan, ดนัย Danai, จักรพันธ์ Chakkraphan, "
    "คมสัน Khomsan, เกรียงไกร Kriangkrai, โกวิท Kowit, บุญส่ง Bunsong, "
    "ยุทธนา Yutthana, เทพฤทธิ์ Thepphrit, ฟาริด Farid, อับดุลเลาะ Abdulloh, "
    "ชลธร Chonlathon"
)
WOMEN = _pairs(
    "กนกวรรณ Kanokwan, จันทร์เพ็ญ Chanphen, ชนิดา Chanida, ดวงพร Duangphon, "
    "ธิดารัตน์ Thidarat, นภัสสร Naphatson, นิภา Nipha, ประภาพร Praphaphon, "
    "ปิยะดา Piyada, พิมพ์ลดา Phimlada, เพ็ญศรี Phensi, มณีรัตน์ Manirat, "
    "รัชนี Ratchani, ลลิตา Lalita, วราภรณ์ Waraphon, วิไลวรรณ Wilaiwan, "
    "ศิริพร Siriphon, สุดารัตน์ Sudarat, สุนีย์ Suni, อรุณี Aruni, อัญชลี Anchali, "
    "อุษา Usa, เยาวลักษณ์ Yaowalak, แก้วตา Kaeota, โสภิตา Sophita, ไพลิน Phailin, "
    "ใจทิพย์ Chaithip, ฟาติมะห์ Fatimah, ดรุณี Daruni, คุณากร Khunakon, "
    "ญาณิศา Yanisa, ฐิติมา Thitima"
)
FAMILY_STARTS = _pairs(
    "ศรี Si, ทอง Thong, วงศ์ Wong, รัตน Rattana, ธน Thana, สิริ Siri, "
    "พิพัฒน์ Phiphat, เจริญ Charoen, บุญ Bun, จันทร์ Chan, สุวรรณ Suwan, "
    "ปัญญา Panya, มงคล Mongkhon, ชัย Chai, อมร Amon, วิเศษ Wiset, "
    "ประเสริฐ Prasoet, ไพศาล Phaisan, แสง Saeng, เกษม Kasem, นิล Nin, ภู Phu, "
    "อินทร Inthara, โชติ Chot"
)
FAMILY_ENDS = _pairs(
    "วงศ์ wong, กุล kun, สกุล sakun, พันธุ์ phan, ศักดิ์ sak, รัตน์ rat, เดช det, "
    "วัฒนา watthana, พงศ์ phong, สวัสดิ์ sawat, มณี mani, ใจดี chaidi, "
    "สมบูรณ์ sombun, เรืองกิจ rueangkit, ธรรมกุล thammakun, ไทยเจริญ thaicharoen"
)
FOREIGN_MEN = _list(
    "José|François|Jürgen|Søren|Mehmet Çağrı|Łukasz|Đorđe|Andrés|Jiří|Óscar|Zoltán|"
    "Åke|Kofi|Rajesh|Hiroshi|Seán|Muḥammad|André|Nguyễn Văn|William"
)
FOREIGN_WOMEN = _list(
    "María José|Zoë|Élodie|Ingrid|Şebnem|Agnieszka|Ana Sofía|Siân|Chloé|Björk|"
    "Aoife|Amélie|Thảo|Priya|Keiko|Noëlle|Fátima|Ludmiła|Grace|Hélène"
)
FOREIGN_FAMILIES = _list(
    "Núñez|García Márquez|Müller|Lefèvre|Øverland|Yılmaz|Wójcik|Petrović|Dvořák|"
    "O’Connor|Nagy|Lindström|van der Meer|de la Cruz|Mensah|Sharma|Tanaka|Nguyễn|"
    "D’Angelo|Săvulescu|Peña-Ortiz|Al-Harbi|Novák|Smith"
)
COUNTRIES = _list(
    "Argentina|Australia|Bhutan|Brazil|Cambodia|Canada|Chile|Côte d’Ivoire|Czechia|"
    "Denmark|France|Germany|Ghana|Hungary|Iceland|India|Ireland|Italy|Japan|Kenya|"
    "Lao PDR|Malaysia|México|Morocco|Netherlands|New Zealand|Norway|Perú|"
    "Philippines|Poland|Portugal|Qatar|România|Serbia|Singapore|South Africa|Spain|"
    "Sweden|Switzerland|Türkiye|United Kingdom|United States|Việt Nam"
)
MINISTRIES = _list(
    "กระทรวงตัวอย่างหนึ่ง|กระทรวงตัวอย่างสอง|กระทรวงตัวอย่างสาม|กรมตัวอย่างกลาง|"
    "กรมตัวอย่างเหนือ|กรมตัวอย่างใต้|สำนักงานตัวอย่างแห่งชาติ|สำนักตัวอย่างกลาง|"
    "องค์การตัวอย่าง|สถาบันตัวอย่าง"
)
COMPANIES = _list(
    "บริษัท ตัวอย่างพาณิชย์ จำกัด|บริษัท ตัวอย่างก่อสร้าง จำกัด (มหาชน)|"
    "ห้างหุ้นส่วนจำกัด ตัวอย่างการช่าง|บมจ.ตัวอย่างเทคโนโลยี|"
    "บริษัท ตัวอย่างอาหาร จำกัด|ธนาคารตัวอย่าง จำกัด (มหาชน)"
)
NOTES = _list("แพ้อาหารทะเล|รถเข็น|มังสวิรัติ|อาหารฮาลาล|ต้องการล่ามภาษามือ")
GREETERS = _list(
    "ผู้อำนวยการกองพิธีการ ต้อนรับที่ประตูใหญ่|หัวหน้าฝ่ายต้อนรับ นำไปห้องรับรอง ๑|"
    "เจ้าหน้าที่พิธีการทูต นำไปห้องรับรอง ๒|รองเลขาธิการ ต้อนรับที่บันไดหน้า"
)
