"""What the simulated readers put on the wire, against frames that others have published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import a0, rdm6300
from firmware_sim.faults import LF_GHOSTS
from firmware_sim.field import credential_bytes

# Number, frame, source.
LF_PUBLISHED = [
    ("62E3086CED", "0236324533303836434544303803", "Seeed wiki 125Khz_RFID_module-UART"),
    ("01000734E0", "0230313030303733344530443203", "Seeed wiki 125Khz_RFID_module-UART"),
    ("13005D1DA5", "0231333030354431444135463603", "number from a public parser's comment"),
    ("000000078F", "0230303030303030373846383803", "esprfid/esp-rfid issue 411 (a ghost)"),
    ("F000060007", "0246303030303630303037463103", "esprfid/esp-rfid issue 411 (a ghost)"),
    ("4FFB388FFF", "0234464642333838464646464303", "esprfid/esp-rfid issue 411 (a ghost)"),
    ("DA9386B5EA", "0244413933383642354541393003", "esprfid/esp-rfid issue 411 (a ghost)"),
]
LF_SUM_CLONE = ("2E00AF0EC9", "0232453030414630454339423403")  # lomassubedi/rfid_attendance

# Command, channel, EPC, raw RSSI, frame; from a public race timing driver's comments.
UHF_PUBLISHED = [
    (0x89, 35, "300833B2DDD9014000000001", 55, "A01301898C3000300833B2DDD901400000000137BB"),
    (0x89, 53, "300833B2DDD9014000000001", 54, "A0130189D43000300833B2DDD90140000000013674"),
    (0x89, 53, "E2004074850A0103163070E1", 53, "A0130189D43000E2004074850A0103163070E135CA"),
    (0x89, 53, "E2004074850A0103169067DD", 47, "A0130189D43000E2004074850A0103169067DD2F7D"),
    (0x8B, 4, "3009663781DB02974876FC6A", 103, "A013018B1030003009663781DB02974876FC6A672B"),
]


@pytest.mark.parametrize(("number", "published", "source"), LF_PUBLISHED)
def test_an_rdm6300_frame_is_the_published_one(number: str, published: str, source: str) -> None:
    """Checksum by XOR, upper-case digits, 02 and 03 around them."""
    assert rdm6300.frame(bytes.fromhex(number)) == bytes.fromhex(published), source


def test_an_rdm6300_frame_is_not_that_of_the_clone_with_a_sum() -> None:
    """The simulator is the original, not the clone."""
    number, clone = LF_SUM_CLONE

    assert rdm6300.frame(bytes.fromhex(number)) != bytes.fromhex(clone)


def test_ghosts_are_the_published_ones() -> None:
    """A ghost is no invention: it was logged by somebody, with a valid checksum."""
    assert set(LF_GHOSTS) <= {number for number, _, _ in LF_PUBLISHED}


@pytest.mark.parametrize(("command", "channel", "epc", "rssi", "published"), UHF_PUBLISHED)
def test_an_r2000_tag_frame_is_the_published_one(
    command: int, channel: int, epc: str, rssi: int, published: str
) -> None:
    """Antenna and channel in one byte, PC by the EPC's length, sum zero."""
    data = a0.tag_data(1, channel, bytes.fromhex(epc), rssi)

    assert a0.frame(1, command, data) == bytes.fromhex(published)


def test_an_r2000_round_end_is_the_published_one() -> None:
    """Antenna 1, 25 tags a second, one tag in all."""
    assert a0.frame(1, 0x8B, a0.round_end(1, 25, 1)).hex().upper() == "A00A018B00001900000001B0"


def test_an_r2000_error_is_the_one_of_the_code_table() -> None:
    """Antenna missing (pyImpinj/enums.py), in the frame of the published commands."""
    assert a0.frame(1, 0x89, bytes([a0.Code.ANTENNA_MISSING])).hex().upper() == "A004018922B0"


def test_published_commands_are_understood() -> None:
    """Set work antenna 1; session inventory S1, target A, once."""
    found = a0.Parser().feed(bytes.fromhex("A004017400E7A006018B010001CC"))

    assert found == [a0.Request(1, 0x74, b"\x00"), a0.Request(1, 0x8B, b"\x01\x00\x01")]


def test_a_command_with_a_wrong_checksum_is_dropped() -> None:
    """Published as the frame that a reader ignored."""
    assert a0.Parser().feed(bytes.fromhex("A00401890171")) == []


@given(st.binary(max_size=30), st.binary(max_size=40), st.integers(0, 0xFF))
def test_a_command_is_found_wherever_the_bytes_are_cut(
    data: bytes, noise: bytes, address: int
) -> None:
    """Byte by byte or whole, the same requests come out."""
    stream = noise + a0.frame(address, 0x89, data)
    whole = a0.Parser().feed(stream)
    parser = a0.Parser()

    assert [request for byte in stream for request in parser.feed(bytes([byte]))] == whole


@given(st.binary(min_size=1, max_size=31).map(lambda half: half * 2))
def test_the_pc_word_counts_the_words_of_the_epc(epc: bytes) -> None:
    """EPC Gen2: the five highest bits of PC."""
    data = a0.tag_data(4, 63, epc, 200)

    assert (data[0], data[1] >> 3, data[3:-1], data[-1]) == (0xFF, len(epc) // 2, epc, 200)


@pytest.mark.parametrize(
    "text", ["em4100:62E3", "epc:3", "epc:30083", "uid:04A1B2", "w26:1", "qr:", "x:1", "", "epc:"]
)
def test_a_tag_that_no_simulated_reader_reads_is_refused(text: str) -> None:
    """Only whole numbers of a known scheme have bytes."""
    with pytest.raises(ValueError, match=r"."):
        credential_bytes(text)
