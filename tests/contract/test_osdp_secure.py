"""The secure channel on a recorded bus, checked by a hand that shares nothing with libosdp.

Keys, cryptograms, MACs and the card's bits are computed here from the standard's text (SIA OSDP
2.1.7, annex D) with an AES of this file's own, which is held to FIPS 197; the derivation is held to
the published values of annex E.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osdp_sys
import pytest

from firmware_sim.osdp_bits import card_bits
from gatekeeper.readers.osdp_panel import Panel

KEY = bytes.fromhex("9F2C47E05B1A83D6F04E7C9215A8B36D")
ADDRESS = 5
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "osdp.json").read_text("utf-8"))


def _times(a: int, b: int) -> int:
    """Product in the field of AES."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1 ^ 0x11B) & 0x1FF if a & 0x80 else a << 1
        b >>= 1
    return product & 0xFF


def _substitute(byte: int) -> int:
    inverse = next((n for n in range(256) if _times(byte, n) == 1), 0)
    spread = inverse
    for turn in range(1, 5):
        spread ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
    return spread ^ 0x63


SBOX = [_substitute(byte) for byte in range(256)]
UNBOX = [SBOX.index(byte) for byte in range(256)]


def _round_keys(key: bytes) -> list[bytes]:
    words = [key[at : at + 4] for at in range(0, 16, 4)]
    constant = 1
    for n in range(4, 44):
        word = words[-1]
        if n % 4 == 0:
            word = bytes(SBOX[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _times(constant, 2)
        words.append(xor(words[-4], word))
    return [b"".join(words[at : at + 4]) for at in range(0, 44, 4)]


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _mix(state: bytes, row: tuple[int, ...]) -> bytes:
    mixed = bytearray()
    for column in range(0, 16, 4):
        for n in range(4):
            value = 0
            for place in range(4):
                value ^= _times(state[column + place], row[(place - n) % 4])
            mixed.append(value)
    return bytes(mixed)


def encrypt(key: bytes, block: bytes) -> bytes:
    keys = _round_keys(key)
    state = xor(block, keys[0])
    for turn in range(1, 11):
        state = bytes(SBOX[state[(n + 4 * (n % 4)) % 16]] for n in range(16))
        if turn < 10:
            state = _mix(state, (2, 3, 1, 1))
        state = xor(state, keys[turn])
    return state


def decrypt(key: bytes, block: bytes) -> bytes:
    keys = _round_keys(key)
    state = xor(block, keys[10])
    for turn in range(9, -1, -1):
        state = bytes(UNBOX[state[(n - 4 * (n % 4)) % 16]] for n in range(16))
        state = xor(state, keys[turn])
        if turn:
            state = _mix(state, (14, 11, 13, 9))
    return state


@dataclass
class Session:
    """Keys of one session, by the standard."""

    key: bytes
    cp_random: bytes

    def derived(self, kind: int) -> bytes:
        return encrypt(self.key, bytes([1, kind]) + self.cp_random[:6] + bytes(8))

    @property
    def enc(self) -> bytes:
        return self.derived(0x82)

    def cryptogram(self, first: bytes, second: bytes) -> bytes:
        return encrypt(self.enc, first + second)

    def first_mac(self, cp_cryptogram: bytes) -> bytes:
        return encrypt(self.derived(2), encrypt(self.derived(1), cp_cryptogram))

    def mac(self, message: bytes, before: bytes) -> bytes:
        if len(message) % 16:
            message += b"\x80"
            message += bytes(-len(message) % 16)
        blocks = [message[at : at + 16] for at in range(0, len(message), 16)]
        for block in blocks[:-1]:
            before = encrypt(self.derived(1), xor(before, block))
        return encrypt(self.derived(2), xor(before, blocks[-1]))

    def plain(self, data: bytes, mac: bytes) -> bytes:
        before, found = bytes(byte ^ 0xFF for byte in mac), b""
        for at in range(0, len(data), 16):
            block = data[at : at + 16]
            found += xor(before, decrypt(self.enc, block))
            before = block
        return found.rstrip(b"\0").removesuffix(b"\x80")


def test_this_file_s_aes_is_the_standard_s() -> None:
    """FIPS 197, appendix B and C.1."""
    key = bytes(range(16))
    plain = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

    assert encrypt(key, plain).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
    assert decrypt(key, encrypt(key, plain)) == plain


def test_the_published_derivation_is_this_one() -> None:
    published = next(v for v in VECTORS["vectors"] if v["id"] == "osdp-sc-keys")["decode"]
    due = {name: bytes.fromhex(value) for name, value in published.items()}

    session = Session(due["scbk_d"], due["cp_random"])

    assert due["scbk_d"] == bytes(range(0x30, 0x40))
    assert session.enc == due["s_enc"]
    assert session.derived(1) == due["s_mac1"]
    assert session.derived(2) == due["s_mac2"]
    assert session.cryptogram(due["cp_random"], due["pd_random"]) == due["pd_cryptogram"]
    assert session.cryptogram(due["pd_random"], due["cp_random"]) == due["cp_cryptogram"]
    assert session.first_mac(due["cp_cryptogram"]) == due["rmac_i"]


class _Wire:
    """libosdp's peripheral end in memory."""

    id = 1

    def __init__(self) -> None:
        self.heard, self.said = b"", b""

    def read(self, most: int) -> bytes:
        taken, self.heard = self.heard[:most], self.heard[most:]
        return taken

    def write(self, data: bytes) -> int:
        self.said += bytes(data)
        return len(data)

    def flush(self) -> None:
        self.heard = b""


@pytest.fixture(scope="module")
def recorded() -> tuple[list[tuple[bytes, bytes]], list[dict[str, Any]]]:
    """Commands and replies of a session with one card in it, and the events it led to."""
    osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
    wire = _Wire()
    info = {
        "name": "reader",
        "address": ADDRESS,
        "flags": 0,
        "scbk": KEY,
        "channel": wire,
        "version": 1,
        "model": 1,
        "vendor_code": 1,
        "serial_number": 1,
        "firmware_version": 1,
    }
    reader = osdp_sys.PeripheralDevice(info, capabilities=[])
    events: list[dict[str, Any]] = []
    panel = Panel(
        ADDRESS, KEY, enforce=True, on_event=events.append, on_done=lambda _command, _ok: None
    )
    exchanges: list[tuple[bytes, bytes]] = []
    bits, data = card_bits("w26:123:4567")
    while not events:
        command = panel.next_frame()
        if not command:
            continue  # libosdp's pause between polls
        wire.heard, wire.said = command, b""
        for _ in range(4):
            reader.refresh()
        exchanges.append((command, wire.said))
        panel.hear(wire.said)
        if len(exchanges) == 6:
            card = {"event": 1, "reader_no": 0, "format": 1, "direction": 0}
            reader.submit_event(card | {"length": bits, "data": data})
    return exchanges, events


def crc_fits(frame: bytes) -> bool:
    value = 0x1D0F
    for byte in frame[:-2]:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value == int.from_bytes(frame[-2:], "little")


def test_every_recorded_frame_is_osdp(recorded: Any) -> None:
    exchanges, _ = recorded
    for number, (command, reply) in enumerate(exchanges):
        assert command[0] == 0xFF
        for frame, address in ((command[1:], ADDRESS), (reply, ADDRESS | 0x80)):
            assert frame[0] == 0x53
            assert frame[1] == address
            assert int.from_bytes(frame[2:4], "little") == len(frame)
            assert frame[4] & 4
            assert crc_fits(frame)
        assert command[5] & 3 == reply[4] & 3, number


def test_sequence_numbers_go_on_as_the_standard_wants(recorded: Any) -> None:
    """0 begins, then 1, 2, 3, 1, …; a challenge begins anew with 0 or goes on."""
    numbers = [command[5] & 3 for command, _ in recorded[0]]

    assert numbers[0] == 0
    for before, after in itertools.pairwise(numbers):
        assert after in (before % 3 + 1, 0)


def test_the_session_is_the_standard_s_and_the_card_is_in_it_encrypted(recorded: Any) -> None:
    exchanges, events = recorded
    frames = [(command[1:], reply) for command, reply in exchanges]
    at = next(n for n, (command, _) in enumerate(frames) if command[5:9] == b"\x03\x11\x01\x76")
    cp_random = frames[at][0][9:17]
    answer = frames[at][1]
    assert answer[5:9] == b"\x03\x12\x01\x76"
    pd_random, pd_cryptogram = answer[17:25], answer[25:41]
    session = Session(KEY, cp_random)
    assert pd_cryptogram == session.cryptogram(cp_random, pd_random)

    command, reply = frames[at + 1]
    assert command[5:9] == b"\x03\x13\x01\x77"
    assert command[9:25] == session.cryptogram(pd_random, cp_random)
    mac = session.first_mac(command[9:25])
    assert reply[5:9] == b"\x03\x14\x01\x78"
    assert reply[9:25] == mac

    told = b""
    for command, reply in frames[at + 2 :]:
        for frame in (command, reply):
            before, mac = mac, session.mac(frame[:-6], mac)
            assert frame[-6:-2] == mac[:4]
        assert command[5:8] == b"\x02\x15\x60"
        if reply[6] == 0x18:
            told = session.plain(reply[8:-6], before)
    bits, data = card_bits("w26:123:4567")
    assert told == bytes([0, 1]) + bits.to_bytes(2, "little") + data
    assert [(event["length"], event["data"]) for event in events] == [(bits, data)]
    assert all(data not in reply for _, reply in frames)
