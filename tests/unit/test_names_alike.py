"""Names across scripts and slips: what is near must be asked, what is not must not be."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.names_alike import NEAR, NEAR_ACROSS, alike, is_near, name_key
from gatekeeper.office import sample_names as words

SAME_PERSON = [
    ("นายกิตติ ใจดี", "Mr. Kitti Jaidee"),
    ("กิตติ ใจดี", "Kitty Chaidi"),
    ("สมชาย วงศ์สวัสดิ์", "Somchai Wongsawat"),
    ("สมชาย วงศ์สวัสดิ์", "WONGSAWAT Somchai"),
    ("ณัฐพงษ์ ศรีสุวรรณ", "Nattapong Srisuwan"),
    ("ณัฐพงษ์ ศรีสุวรรณ", "Natthaphong Sisuwan"),
    ("วิไลลักษณ์ จันทร์แก้ว", "Wilailak Chankaew"),
    ("ธนากร รัตนพันธุ์", "Thanakorn Rattanapan"),
    ("พรทิพย์ หงษ์ทอง", "Porntip Hongthong"),
    ("อรุณี บุญมา", "Arunee Boonma"),
    ("ขจร วงศ์ไทย", "Kajorn Vongthai"),
]
SLIPS = [
    ("กิตติ ใจดี", "กิตติ์ ใจดี"),
    ("กิตติ ใจดี", "ใจดี กิตติ"),
    ("สมชาย วงศ์ไทย", "สมชัย วงศ์ไทย"),
    ("Somchai Wongsawat", "Somchay Wongsawad"),
    ("José Núñez Ortega", "Jose Nunes Ortega"),
]
OTHERS = [
    ("กิตติ ใจดี", "Somchai Wongsawat"),
    ("กิตติ ใจดี", "กิตติยา แสงทอง"),
    ("สมชาย ทองดี", "สมหญิง ทองคำ"),
    ("อรุณี บุญมา", "Wilailak Chankaew"),
    ("สมชาย วงศ์สวัสดิ์", "สมชาย วงศ์สุวรรณ"),
    ("สมชาย ใจดี", "สมศรี ใจดี"),
]


@pytest.mark.parametrize(("one", "other"), SAME_PERSON + SLIPS)
def test_spellings_of_one_person_are_near_and_not_the_same(one: str, other: str) -> None:
    """They are asked about; only the same letters may stop somebody by themselves."""
    first, second = name_key(one), name_key(other)

    assert is_near(first, second)
    assert alike(first, second) < 1.0


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_people_are_not_asked_about(one: str, other: str) -> None:
    assert not is_near(name_key(one), name_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("นายกิตติ  ใจดี", "กิตติ ใจดี"), ("พล.ต.อ. กิตติ ใจดี", "กิตติ ใจดี"), ("JOSÉ Núñez", "Jose Nunez")],
)
def test_title_case_accents_and_blanks_do_not_make_another_name(one: str, other: str) -> None:
    assert alike(name_key(one), name_key(other)) == 1.0


def people(count: int) -> list[tuple[str, str]]:
    """Made-up people with the usual romanisation of their names."""
    chance = random.Random(7)
    found = []
    for _ in range(count):
        first = chance.choice(words.MEN + words.WOMEN)
        start, end = chance.choice(words.FAMILY_STARTS), chance.choice(words.FAMILY_ENDS)
        found.append((f"{first[0]} {start[0]}{end[0]}", f"{first[1]} {start[1]}{end[1]}"))
    return found


def test_official_romanisations_are_found_and_strangers_seldom() -> None:
    """1,000 people: each is near their own romanisation; two strangers in less than 1 of 100."""
    crowd = [(name_key(thai), name_key(latin)) for thai, latin in people(1000)]

    missed = [pair for pair in crowd if not is_near(*pair)]
    strangers = [
        (one[0], other[1])
        for one, other in itertools.pairwise(crowd)
        if one != other and is_near(one[0], other[1])
    ]

    assert missed == []
    assert len(strangers) < 10


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_compared_and_the_order_does_not_matter(one: str, other: str) -> None:
    first, second = name_key(one), name_key(other)

    assert 0.0 <= alike(first, second) <= 1.0
    assert alike(first, second) == pytest.approx(alike(second, first))
    assert (alike(first, second) == 1.0) == (first == second != "")


@given(
    one=st.text("กขจนรศสาีิ่้ ", max_size=12) | st.text("kijnrs ", max_size=12),
    slips=st.lists(st.tuples(st.integers(0, 11), st.sampled_from("กขจ่ kij")), max_size=3),
)
def test_what_is_near_is_what_is_alike_enough(one: str, slips: list[tuple[int, str]]) -> None:
    """The quick answer, which lists are held against, is the long one's."""
    other = one
    for at, letter in slips:
        other = other[:at] + letter + other[at + 1 :]
    one, other = " ".join(one.split()), " ".join(other.split())
    thai = [any("\u0e00" <= letter <= "\u0e7f" for letter in name) for name in (one, other)]
    least = NEAR if thai[0] == thai[1] else NEAR_ACROSS

    assert is_near(one, other) == (alike(one, other) >= least)
