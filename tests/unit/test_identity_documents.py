"""Numbers of documents: written in one way, checked, never repeated in a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.documents import check_digit_fits, document_number
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind

HEADS = st.text("0123456789", min_size=12, max_size=12).filter(lambda head: head[0] != "9")


def number_of(head: str) -> str:
    """The head with the digit that fits, counted as the Department of Provincial Administration
    does."""
    total = sum(int(digit) * weight for digit, weight in zip(head, range(13, 1, -1), strict=True))
    return f"{head}{(11 - total % 11) % 10}"


@given(HEADS)
def test_a_right_number_is_taken_however_it_is_written(head: str) -> None:
    """With dashes, spaces, Thai digits."""
    number = number_of(head)
    written = f"{number[0]}-{number[1:5]}-{number[5:10]} {number[10:12]} {number[12]}"
    thai = written.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    assert document_number(DocumentKind.NATIONAL_ID, written) == number
    assert document_number(DocumentKind.NATIONAL_ID, thai) == number


@given(HEADS, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_refused_but_for_the_blind_place_of_the_check(
    head: str, place: int, by: int
) -> None:
    """Remainders 0 and 10 share a check digit: those slips alone pass."""
    number = number_of(head)
    slip = f"{number[:place]}{(int(number[place]) + by) % 10}{number[place + 1 :]}"
    if slip[0] == "9":
        return
    blind = check_digit_fits(slip)

    if blind:
        total = sum(int(d) * (13 - at) for at, d in enumerate(slip[:12])) % 11
        before = sum(int(d) * (13 - at) for at, d in enumerate(number[:12])) % 11
        assert {total, before} == {0, 10} or {total, before} == {1, 11} or total == before
    else:
        with pytest.raises(UserError, match="check digit"):
            document_number(DocumentKind.NATIONAL_ID, slip)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (DocumentKind.NATIONAL_ID, "110370207181"),
        (DocumentKind.NATIONAL_ID, "11037020718111"),
        (DocumentKind.NATIONAL_ID, "11037020718l1"),
        (DocumentKind.NATIONAL_ID, "٣103702071811"),
        (DocumentKind.PASSPORT, "AA"),
        (DocumentKind.PASSPORT, "ABCDEFGHI"),
        (DocumentKind.PASSPORT, "AA1234567890123"),
        (DocumentKind.DRIVING_LICENCE, "1234567"),
        (DocumentKind.OFFICIAL_CARD, "กขค"),
    ],
)
def test_what_cannot_be_a_number_is_refused(kind: DocumentKind, typed: str) -> None:
    """What is due is said; what was typed is not, since messages get into logs."""
    with pytest.raises(UserError) as refused:
        document_number(kind, typed)

    assert refused.value.field == "document_number"
    assert typed not in f"{refused.value} {refused.value.th}"


@pytest.mark.parametrize(
    ("kind", "typed", "plain"),
    [
        (DocumentKind.PASSPORT, "aa 1234567", "AA1234567"),
        (DocumentKind.PASSPORT, "c01x00t47", "C01X00T47"),
        (DocumentKind.DRIVING_LICENCE, "๕๕๐๑-๒๓๔๕", "55012345"),
        (DocumentKind.OFFICIAL_CARD, "กท ๑๒๓/๒๕๖๙", "กท1232569"),
    ],
)
def test_other_documents_are_written_in_one_way(kind: DocumentKind, typed: str, plain: str) -> None:
    """Capital letters, Arabic digits, nothing between."""
    assert document_number(kind, typed) == plain


@given(st.sampled_from(list(DocumentKind)), st.text(max_size=30))
def test_no_text_breaks_it(kind: DocumentKind, text: str) -> None:
    """A number or a refusal."""
    try:
        plain = document_number(kind, text)
    except UserError:
        return

    assert document_number(kind, plain) == plain
