"""Wiegand formats: published numbers, every parity bit, and what is no such format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import credential
from gatekeeper.readers.codecs.frames import GarbageReason
from gatekeeper.readers.codecs.wiegand_formats import (
    FORMATS,
    bits_due,
    credential_of,
    left_aligned,
)

SIZES = {"H10301": (8, 16), "H10306": (16, 16), "H10302": (0, 35), "H10304": (16, 19)}


def encoded(name: str, facility: int, card: int) -> str:
    """Bits of a card as text, put together from the published layout by hand."""
    facility_bits, card_bits = SIZES[name]
    data = (f"{facility:0{facility_bits}b}" if facility_bits else "") + f"{card:0{card_bits}b}"
    half = (len(data) + 1) // 2
    even = str(data[:half].count("1") % 2)
    odd = str(1 - data[-half:].count("1") % 2)
    return even + data + odd


@pytest.mark.parametrize(
    ("name", "bits", "due"),
    [
        # RfidResearchGroup/proxmark3 tools/pm3_tests.sh: 2006F623AE, the leading 1 is a mark.
        ("H10301", f"{0x6F623AE & 0x3FFFFFF:026b}", "w26:123:4567"),
        # RfidResearchGroup/proxmark3 tools/pm3_online_tests.sh
        ("H10301", "10001111100000001010100011", "w26:31:337"),
        ("raw", f"{0x04A1B2C3:032b}", "uid:04A1B2C3"),
        ("raw", f"{0x04A1B2C3D4E5F6:056b}", "uid:04A1B2C3D4E5F6"),
    ],
)
def test_published_cards(name: str, bits: str, due: str) -> None:
    assert credential_of(name, int(bits, 2), len(bits)) == due


@given(st.sampled_from(sorted(SIZES)), st.data())
def test_what_was_encoded_comes_back(name: str, data: st.DataObject) -> None:
    facility_bits, card_bits = SIZES[name]
    facility = data.draw(st.integers(0, (1 << facility_bits) - 1))
    card = data.draw(st.integers(0, (1 << card_bits) - 1))
    bits = encoded(name, facility, card)

    found = credential_of(name, int(bits, 2), len(bits))

    assert found == f"w{len(bits)}:{facility}:{card}"
    assert credential.canonical(str(found)) == found


@given(st.sampled_from(sorted(SIZES)), st.data())
def test_one_wrong_bit_is_never_another_card(name: str, data: st.DataObject) -> None:
    facility_bits, card_bits = SIZES[name]
    bits = encoded(
        name,
        data.draw(st.integers(0, (1 << facility_bits) - 1)),
        data.draw(st.integers(0, (1 << card_bits) - 1)),
    )
    flipped = 1 << data.draw(st.integers(0, len(bits) - 1))

    assert credential_of(name, int(bits, 2) ^ flipped, len(bits)) is GarbageReason.PARITY


@pytest.mark.parametrize("name", FORMATS)
def test_the_number_of_bits_must_be_the_format_s(name: str) -> None:
    for bits in set(range(100)) - set(bits_due(name)):
        assert credential_of(name, 0, bits) is GarbageReason.LENGTH
    assert credential_of(name, 1 << bits_due(name)[0], bits_due(name)[0]) is GarbageReason.LENGTH


def test_a_reversed_uid_is_turned_round() -> None:
    assert credential_of("raw", 0xC3B2A104, 32, reverse=True) == "uid:04A1B2C3"


def test_osdp_s_bits_stand_on_the_left() -> None:
    assert left_aligned(bytes.fromhex("023A45C0"), 26) == 0x023A45C0 >> 6
    assert left_aligned(bytes.fromhex("023A45C0"), 32) == 0x023A45C0
    assert left_aligned(b"\x80", 1) == 1
    assert left_aligned(b"\x80\x00", 1) is None
    assert left_aligned(b"\x80", 9) is None
    assert left_aligned(b"", 0) is None
