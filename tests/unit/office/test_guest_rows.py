"""A row into a guest, or into everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.db.guests import GuestRow
from gatekeeper.office.faults import Fault
from gatekeeper.office.guest_rows import GuestReader
from gatekeeper.office.headers import SYNONYMS, Field, find_header

FIRST_ROW = 2


Read = list[GuestRow | list[Fault]]


def read(header: Sequence[str], *rows: Sequence[str], limit: int = 9) -> Read:
    """What `rows`, from row 2 on, are read as; rows that mean no guest are left out."""
    found = find_header([(1, list(header))])
    assert found is not None
    reader = GuestReader(found, limit, strict_width=True)
    read = [reader.read(number, row) for number, row in enumerate(rows, start=FIRST_ROW)]
    return [one for one in read if one is not None]


def faults(header: Sequence[str], *rows: Sequence[str]) -> list[tuple[int, str, str]]:
    """Row, column and code of every fault in `rows`."""
    return [
        (fault.row, fault.column, fault.code)
        for found in read(header, *rows)
        if isinstance(found, list)
        for fault in found
    ]


def test_a_whole_row() -> None:
    """Every column ends up in its field, and the row knows its number."""
    header = (
        "ลำดับ,คำนำหน้า,ชื่อ,นามสกุล,Name (EN),ตำแหน่ง,หน่วยงาน,กลุ่ม,โต๊ะ,ที่นั่ง,ผู้ติดตาม,การตอบรับ,"
        "หมายเลขบัตร,หมายเหตุ,ผู้แทน,ผู้ต้อนรับ"
    )
    row = (
        "๗,ม.ล., อดิศร ,ใจดี,Adison Jaidee,อธิบดี,กรม,ราชการ,๑๐,๓.๐,๑,ส่งผู้แทน,"
        "62e3086ced,VIP รถเข็น,นายแทน ใจดี,ประตูใหญ่"
    )

    assert read(header.split(","), row.split(",")) == [
        GuestRow(
            external_key="7",
            title="ม.ล.",
            first_name="อดิศร",
            last_name="ใจดี",
            name_latin="Adison Jaidee",
            position="อธิบดี",
            organisation="กรม",
            group="ราชการ",
            table="10",
            seat="3",
            companions=1,
            reply="representative",
            credential="em4100:62E3086CED",
            note="VIP รถเข็น",
            vip=True,
            representative="นายแทน ใจดี",
            greeter="ประตูใหญ่",
            row=2,
        )
    ]


def test_a_full_name_column_is_split() -> None:
    """`นายกิตติ ใจดี` in one cell is three parts."""
    (guest,) = read(["ชื่อ-สกุล", "โต๊ะ"], ["พล.ต.อ.กิตติ ใจดี", "1"])

    assert isinstance(guest, GuestRow)
    assert (guest.title, guest.first_name, guest.last_name) == ("พล.ต.อ.", "กิตติ", "ใจดี")


def test_a_header_merged_over_three_name_columns() -> None:
    """Columns without a header beside the full name belong to it."""
    (guest,) = read(["ลำดับ", "ชื่อ-สกุล", "", "", "โต๊ะ"], ["1", "นาง", "นวล", "ใจดี", "4"])

    assert isinstance(guest, GuestRow)
    assert (guest.title, guest.first_name, guest.last_name) == ("นาง", "นวล", "ใจดี")
    assert guest.table == "4"


def test_a_title_column_settles_where_the_name_begins() -> None:
    """Beside it `นางนวล` and `นายิกา` are names, even where the title is left empty."""
    guests = read(
        ["คำนำหน้า", "ชื่อ", "นามสกุล"],
        ["นาง", "นางนวล", "ใจดี"],
        ["", "นายิกา", "ใจดี"],
        ["", "นางเอก", "ใจดี"],
        ["", "ดร.สุดา", "ใจดี"],
    )

    parts = [(g.title, g.first_name) for g in guests if isinstance(g, GuestRow)]
    assert parts == [("นาง", "นางนวล"), ("", "นายิกา"), ("", "นางเอก"), ("ดร.", "สุดา")]


def test_every_fault_of_a_row_is_told() -> None:
    """One round of corrections is enough."""
    found = faults(
        ["ลำดับ", "ชื่อ", "นามสกุล", "ที่นั่ง", "ผู้ติดตาม", "EPC"],
        ["1", "", "", "-1", "สอง", "ZZ"],
    )

    assert set(found) == {
        (2, "ชื่อ", "no_name"),
        (2, "ผู้ติดตาม", "companions_not_a_number"),
        (2, "EPC", "credential_not_hex"),
        (2, "ที่นั่ง", "seat_negative"),
    }


def test_a_formula_in_a_name_is_not_also_no_name() -> None:
    """A faulty cell is told once."""
    assert faults(["ชื่อ", "นามสกุล"], ['=HYPERLINK("x")', ""]) == [(2, "ชื่อ", "formula")]


def test_the_later_of_two_equal_credentials_is_at_fault() -> None:
    """And it names the earlier row."""
    found = read(["ลำดับ", "ชื่อ", "บัตร"], ["1", "ก ข", "62E3086CED"], ["2", "ค ง", "62e3086ced"])

    assert isinstance(found[0], GuestRow)
    assert isinstance(found[1], list)
    assert [(f.code, f.message.en) for f in found[1]] == [
        ("credential_duplicate", "credential of row 2 again")
    ]


def test_a_row_said_twice_is_one_fault() -> None:
    """Number, name and credential repeated together are one mistake, not three."""
    row = ["1", "ก ข", "62E3086CED"]

    assert faults(["ลำดับ", "ชื่อ", "บัตร"], row, row) == [(3, "ลำดับ", "duplicate_row")]


def test_a_number_given_twice_is_a_fault() -> None:
    """Else one guest would overwrite the other."""
    assert faults(["ลำดับ", "ชื่อ"], ["1", "ก ข"], ["๑", "ค ง"]) == [(3, "ลำดับ", "duplicate_number")]


def test_without_numbers_name_and_organisation_must_differ() -> None:
    """With numbers two guests may be called the same."""
    rows = [["ก ข", "กรม", "62E3086CED"], ["ก  ข", "กรม", "62E3086CEE"]]

    assert faults(["ชื่อ", "หน่วยงาน", "บัตร"], *rows) == [(3, "ชื่อ", "duplicate_guest")]
    assert faults(["ลำดับ", "ชื่อ", "หน่วยงาน"], ["1", "ก ข", "กรม"], ["2", "ก ข", "กรม"]) == []


def test_cells_beyond_the_header_of_a_csv_are_a_fault() -> None:
    """A comma in a name would shift every column silently."""
    assert faults(["ชื่อ", "โต๊ะ"], ["ใจดี", " กิตติ", "4"]) == [(2, "3", "extra_cells")]
    assert faults(["ชื่อ", "โต๊ะ"], ["กิตติ ใจดี", "4", "", ""]) == []


def test_empty_rows_repeated_headers_and_headings_mean_no_guest() -> None:
    """A heading names the group where the list has no column for it."""
    found = read(
        ["ลำดับ", "ชื่อ", "โต๊ะ"],
        ["", "", ""],
        ["คณะรัฐมนตรี", "", ""],
        ["1", "ก ข", "1"],
        ["ลำดับ", "ชื่อ", "โต๊ะ"],
        ["กลุ่มที่ 2 คณะทูต", "", ""],
        ["2", "ค ง", "1"],
    )

    assert [g.group for g in found if isinstance(g, GuestRow)] == ["คณะรัฐมนตรี", "กลุ่มที่ 2 คณะทูต"]
    assert len(found) == 2


def test_a_number_without_a_guest_is_a_fault() -> None:
    """A row that lost its cells is not passed over."""
    for number in ("12", "๑๒", "A-12"):
        assert faults(["ลำดับ", "ชื่อ", "โต๊ะ"], [number, "", ""]) == [(2, "ชื่อ", "no_name")]


def test_the_event_sets_the_limit_of_companions() -> None:
    """One more than allowed is a fault."""
    (guest,) = read(["ชื่อ", "ผู้ติดตาม"], ["ก ข", "2"], limit=2)
    (refused,) = read(["ชื่อ", "ผู้ติดตาม"], ["ก ข", "3"], limit=2)

    assert isinstance(guest, GuestRow)
    assert isinstance(refused, list)


HEADERS = [
    names.split("|")[0]
    for field, names in SYNONYMS.items()
    if field not in (Field.NAME, Field.FULL_NAME)
]
CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "-", "1", "๑", "-1", "ตอบรับ", "VIP", "=1", "62E3086CED", "นายกิตติ"]),
)


@given(st.lists(st.lists(CELLS, max_size=len(HEADERS) + 2), max_size=6))
def test_no_row_raises(rows: list[list[str]]) -> None:
    """Whatever the cells hold, a row is a guest with a name, faults with sentences, or nothing."""
    for found in read(HEADERS, *rows):
        if isinstance(found, GuestRow):
            assert found.first_name or found.last_name
        else:
            assert found
            assert all(fault.to_json()["message"]["th"] for fault in found)


@given(
    st.permutations(range(len(HEADERS))),
    st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)),
)
def test_the_order_of_columns_does_not_matter(order: list[int], row: list[str]) -> None:
    """The same cells under the same headers are the same guest or the same faults."""
    straight = read(HEADERS, row)
    shuffled = read([HEADERS[i] for i in order], [row[i] for i in order])

    assert _plain(straight) == _plain(shuffled)


def _plain(found: Read) -> list[object]:
    return [
        one if isinstance(one, GuestRow) else sorted((f.column, f.code) for f in one)
        for one in found
    ]
