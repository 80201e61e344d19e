"""Made-up guests."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from gatekeeper import credential
from gatekeeper.db.engine import Database
from gatekeeper.db.guests import apply_guests
from gatekeeper.office.sample import FATES, SEATS, sample_guests
from gatekeeper.office.text import clean


def test_the_same_seed_gives_the_same_guests() -> None:
    """And another seed gives others."""
    assert list(sample_guests(300, 7)) == list(sample_guests(300, 7))
    assert list(sample_guests(300, 7)) != list(sample_guests(300, 8))


@pytest.mark.parametrize("count", [1, 39, 40, 1200])
def test_as_many_guests_as_asked_for(count: int) -> None:
    """From forty on, one of each fate at least."""
    guests = list(sample_guests(count, 1))

    fates = Counter(guest.fate for guest in guests)
    assert len(guests) == count
    assert set(fates) == (set(FATES) if count >= 40 else {"ok"})
    assert fates["ok"] >= count * 0.8


def test_every_tag_is_unique_and_canonical() -> None:
    """Of both kinds, in the wished proportion."""
    tags = [guest.row.credential or "" for guest in sample_guests(20_000, 3, lf_share=0.25)]

    assert len(set(tags)) == len(tags)
    assert all(credential.canonical(tag) == tag for tag in tags[:500])
    assert all(tag.startswith(("epc:300833B2DDD9", "em4100:")) for tag in tags)
    low_frequency = sum(tag.startswith("em4100:") for tag in tags)
    assert 0.22 < low_frequency / len(tags) < 0.28


def test_no_low_frequency_cards_where_no_lane_reads_them() -> None:
    """A site of UHF lanes alone gets UHF tags alone."""
    tags = [guest.row.credential or "" for guest in sample_guests(500, 1, lf_share=0)]

    assert all(tag.startswith("epc:") for tag in tags)


def test_they_are_a_plausible_reception() -> None:
    """Tables of ten, both scripts, VIPs with a greeter, companions within the limit."""
    rows = [guest.row for guest in sample_guests(1200, 1)]

    assert max(Counter(row.table for row in rows).values()) == SEATS
    assert len({(row.table, row.seat) for row in rows}) == 1200
    assert any(row.first_name == "José" for row in rows)
    assert all(row.greeter for row in rows if row.vip)
    assert 20 < sum(row.vip for row in rows) < 400
    assert {row.companions for row in rows} <= set(range(10))
    assert {row.reply for row in rows} == {"accepted", "declined", "no_reply", "representative"}
    assert {"พล.ต.อ.", "ศ.ดร.", "ม.ร.ว.", "H.E. Mr."} <= {row.title for row in rows}


def test_a_cancelled_guest_is_cancelled_in_the_list() -> None:
    """The one fate that a list itself can say."""
    for guest in sample_guests(1200, 1):
        assert guest.row.cancelled is (guest.fate == "cancelled")


def test_their_texts_are_clean() -> None:
    """As the import would have them."""
    for guest in islice(sample_guests(1200, 2), 1200):
        row = guest.row
        for text in (row.first_name, row.last_name, row.name_latin, row.organisation, row.note):
            assert clean(text) == text


def test_the_database_takes_them_all(sqlite: Database) -> None:
    """Without a fault."""
    rows = [guest.row for guest in sample_guests(1200, 1)]

    with sqlite.session() as session:
        counts = apply_guests(session, "gala", rows)

    assert (counts.imported, counts.faults) == (1200, [])
