"""Plates as Thai plates are written, and provinces as people abbreviate them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UserError
from gatekeeper.plates import PlateForm, parse_plate, plate_key, plate_with_province
from gatekeeper.provinces import PLATE_AREAS, PROVINCES, find_province
from gatekeeper.thai import sort_key, thai_digits

LETTERS = st.sampled_from("กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ")
NUMBERS = st.integers(1, 9999).map(str)
GAPS = st.sampled_from(["", " ", "-", "  ", " - ", "–", "."])


@pytest.mark.parametrize(
    ("typed", "written", "form"),
    [
        ("1กก1234", "1กก 1234", PlateForm.CIVIL),
        ("กข 123", "กข 123", PlateForm.CIVIL),
        ("ฮฮ๙๙๙๙", "ฮฮ 9999", PlateForm.CIVIL),
        ("ก-1234", "ก 1234", PlateForm.CIVIL),
        ("กขค 12", "กขค 12", PlateForm.MOTORCYCLE),
        ("70 1234", "70-1234", PlateForm.TRANSPORT),
        ("๗๐๑๒๓๔", "70-1234", PlateForm.TRANSPORT),
        ("ท 12-3456", "ท 12-3456", PlateForm.DIPLOMATIC),
        ("ท-12-0001", "ท 12-0001", PlateForm.DIPLOMATIC),
        ("ตรากงจักร 12345", "กงจักร 12345", PlateForm.SERVICE),
        ("โล่12345", "โล่ 12345", PlateForm.SERVICE),
        ("ร.ย.ล.12", "ร.ย.ล. 12", PlateForm.ROYAL),
        ("เฮงเฮง9999", "เฮงเฮง 9999", PlateForm.WORD),
        ("wxy 1234", "WXY 1234", PlateForm.FOREIGN),
    ],
)
def test_a_plate_is_written_in_one_way(typed: str, written: str, form: PlateForm) -> None:
    """Whatever digits, spaces and dashes were typed."""
    plate = parse_plate(typed)

    assert (plate.text, plate.form) == (written, form)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "1234", "กก", "กก 0", "กก 0000", "1กก 12345", "ฃข 123", "กกกก 1", "WXY", "ก" * 99,
     "1กก 1234; DROP", "กก 12 34 56", "٣กก 123", "70-", "\x00"],
)  # fmt: skip
def test_what_is_no_plate_is_refused_at_its_field(typed: str) -> None:
    """In both languages, with what is due."""
    with pytest.raises(UserError) as refused:
        parse_plate(typed)

    assert refused.value.field == "plate"
    assert "1กก 1234" in refused.value.th
    assert "1กก 1234" in str(refused.value)


@given(st.sampled_from(["", "1", "9"]), LETTERS, LETTERS, GAPS, NUMBERS, st.booleans())
def test_every_way_of_typing_a_car_gives_the_same_plate(
    first: str, one: str, two: str, gap: str, number: str, thai: bool
) -> None:
    """And the written form is read as itself."""
    typed = f"{first}{one}{two}{gap}{number}"
    plate = parse_plate(thai_digits(typed) if thai else typed)

    assert plate.text == f"{first}{one}{two} {number}"
    assert plate.key == f"{first}{one}{two}{number}"
    assert parse_plate(plate.text) == plate


@given(st.text(max_size=40))
def test_no_text_breaks_it_and_the_key_of_a_plate_is_the_key_of_its_text(text: str) -> None:
    """A refusal or a plate; searched by the same key."""
    try:
        plate = parse_plate(text)
    except UserError:
        return

    assert plate.key == plate_key(text) or plate.form is PlateForm.SERVICE
    assert parse_plate(plate.text) == plate


def test_there_are_77_provinces_in_dictionary_order() -> None:
    """And one district whose plates carry its own name."""
    names = [province.name for province in PROVINCES]

    assert len(set(names)) == 77
    assert names == sorted(names, key=sort_key)
    assert len({short for area in PLATE_AREAS for short in area.short}) == sum(
        len(area.short) for area in PLATE_AREAS
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [("กทม.", "กรุงเทพมหานคร"), ("กรุงเทพฯ", "กรุงเทพมหานคร"), ("จ.เชียงใหม่", "เชียงใหม่"),
     ("จังหวัดตาก", "ตาก"), ("chonburi", "ชลบุรี"), ("จ. จันทบุรี", "จันทบุรี"), ("นม.", "นครราชสีมา"),
     ("เบตง", "เบตง"), ("Bangkok", "กรุงเทพมหานคร"), ("ไม่มี", None), ("", None)],
)  # fmt: skip
def test_a_province_is_known_by_its_abbreviations(typed: str, name: str | None) -> None:
    """And by its English name."""
    assert find_province(typed) == name


@given(st.sampled_from(PLATE_AREAS))
def test_a_province_behind_the_plate_is_told_apart(area: object) -> None:
    """By its name or any abbreviation."""
    for written in (area.name, area.english, *area.short):  # type: ignore[attr-defined]
        plate, province = plate_with_province(f"1กก 1234 {written}")

        assert (plate.text, province) == ("1กก 1234", area.name)  # type: ignore[attr-defined]
