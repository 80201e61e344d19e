"""Headers found and understood."""

from __future__ import annotations

import itertools

import pytest

from gatekeeper.errors import ImportFault
from gatekeeper.office.headers import SYNONYMS, Field, field_of, find_header


def header_of(*rows: list[str]) -> dict[Field, int]:
    """Columns of the header found in `rows`."""
    found = find_header(list(enumerate(rows, start=1)))
    assert found is not None
    return dict(found.columns)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("ลำดับ", Field.NUMBER),
        (" ลำดับ ที่ ", Field.NUMBER),
        ("ชื่อ - สกุล", Field.FULL_NAME),
        ("ชื่อ–นามสกุล", Field.FULL_NAME),
        ("Last Name", Field.LAST_NAME),
        ("LAST_NAME", Field.LAST_NAME),
        ("Organization", Field.ORGANISATION),
        ("จำนวน\nผู้ติดตาม", Field.COMPANIONS),
        ("หมายเลขบัตร", Field.CREDENTIAL),
        ("EPC", Field.CREDENTIAL),
        ("V.I.P.", Field.VIP),
        ("ลําดับ", Field.NUMBER),
        ("อะไรก็ไม่รู้", None),
        ("", None),
    ],
)
def test_a_header_is_known_by_many_names(text: str, field: Field | None) -> None:
    """Thai or English, any case, spaces, dots and dashes aside."""
    assert field_of(text) is field


def test_no_name_means_two_fields() -> None:
    """The table of synonyms does not contradict itself."""
    for field, names in SYNONYMS.items():
        for name in names.split("|"):
            assert field_of(name) is field, name


def test_title_rows_above_are_passed_over() -> None:
    """The header is where names and something more are named."""
    columns = header_of(
        ["บัญชีรายชื่อผู้ได้รับเชิญ"], ["ข้อมูล ณ วันที่ 20 พ.ย. 69"], [], ["ลำดับ", "ชื่อ", "นามสกุล"]
    )

    assert columns == {Field.NUMBER: 0, Field.FIRST_NAME: 1, Field.LAST_NAME: 2}


def test_every_order_of_columns_is_understood() -> None:
    """Where a column stands does not matter."""
    names = ["No.", "First name", "Surname", "Card"]
    fields = [Field.NUMBER, Field.FIRST_NAME, Field.LAST_NAME, Field.CREDENTIAL]
    for order in itertools.permutations(range(4)):
        columns = header_of([names[index] for index in order])

        assert columns == {fields[index]: place for place, index in enumerate(order)}


def test_a_header_over_two_rows_is_one() -> None:
    """Names below merged headings replace them."""
    found = find_header(
        [
            (3, ["ลำดับ", "ชื่อ-สกุล", "", "", "โต๊ะ"]),
            (4, ["", "คำนำหน้า", "ชื่อ", "นามสกุล", ""]),
            (5, ["1", "นาย", "กิตติ", "ใจดี", "1"]),
        ]
    )

    assert found is not None
    assert found.row == 4
    assert dict(found.columns) == {
        Field.NUMBER: 0,
        Field.TITLE: 1,
        Field.FIRST_NAME: 2,
        Field.LAST_NAME: 3,
        Field.TABLE: 4,
    }


def test_name_alone_is_the_full_name_unless_a_last_name_stands_beside() -> None:
    """`ชื่อ` means what the other columns leave for it."""
    assert header_of(["ลำดับ", "ชื่อ"])[Field.FULL_NAME] == 1
    assert header_of(["ชื่อ", "สกุล"])[Field.FIRST_NAME] == 0


def test_english_names_beside_thai_ones_are_the_latin_name() -> None:
    """A list with both scripts does not name a guest twice."""
    found = find_header([(1, ["ชื่อ", "นามสกุล", "First name", "Last name"])])

    assert found is not None
    assert found.latin == (2, 3)


def test_two_columns_of_one_meaning_are_refused_by_name() -> None:
    """Nothing is lost silently."""
    with pytest.raises(ImportFault, match=r"row 1: columns 2 \(โต๊ะ\) and 3 \(Table\)") as fault:
        find_header([(1, ["ชื่อ", "โต๊ะ", "Table"])])

    assert "แถว 1" in fault.value.th


@pytest.mark.parametrize(
    "rows", [[], [(1, [])], [(1, ["ลำดับ", "โต๊ะ"])], [(1, ["รายชื่อ", "ก", "ข"])]]
)
def test_without_a_name_there_is_no_header(rows: list[tuple[int, list[str]]]) -> None:
    """A title that happens to be a word of the table is no header."""
    assert find_header(rows) is None
