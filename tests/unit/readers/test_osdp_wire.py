"""OSDP on the wire: published frames, and a bus that damages them in every way.

The parser here is written from the standard's text and shares nothing with the product's, so
that both are held to the published frames.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Garbage, GarbageReason
from gatekeeper.readers.osdp_wire import Command, Ear, Heard, parse, uses_default_key

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "osdp.json").read_text(encoding="utf-8")
)["vectors"]
FRAMES = [vector for vector in VECTORS if vector["hex"]]


def crc(data: bytes) -> int:
    """CRC16, polynomial 1021, start 1D0F, most significant bit first."""
    value = 0x1D0F
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def built(
    address: int,
    sequence: int,
    code: int,
    data: bytes = b"",
    *,
    block: bytes = b"",
    sum8: bool = False,
) -> bytes:
    """A frame from its parts."""
    security = bytes([len(block) + 1]) + block if block else b""
    length = 5 + len(security) + 1 + len(data) + (1 if sum8 else 2)
    control = sequence | (0 if sum8 else 4) | (8 if block else 0)
    head = bytes([0x53, address]) + length.to_bytes(2, "little") + bytes([control])
    body = head + security + bytes([code]) + data
    return body + (bytes([-sum(body) & 0xFF]) if sum8 else crc(body).to_bytes(2, "little"))


frames = st.builds(
    built,
    st.integers(0, 255),
    st.integers(0, 3),
    st.integers(0x40, 0xA5),
    st.binary(max_size=60),
    block=st.sampled_from([b"", b"\x15", b"\x11\x01", b"\x18"]),
    sum8=st.booleans(),
)


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["id"])
def test_a_published_frame_is_understood(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    due = vector["decode"]

    heard = parse(raw)

    assert isinstance(heard, Heard)
    assert heard.is_reply == (vector["direction"] == "reader->host")
    code = due.get("cmd") or due["reply"]
    assert heard.code == int(code.split()[0], 16)
    if "seq" in due:
        assert heard.sequence == due["seq"]
    if "addr" in due:
        assert heard.address == (due["addr"] if due["addr"] != "7F broadcast" else 0x7F)
    if "scs" in due:
        assert heard.security == bytes.fromhex(due["scs"])
    frame = raw.removeprefix(b"\xff")
    block = frame[6 : 5 + frame[5]] if frame[4] & 8 else b""
    start = 5 + (len(block) + 1 if block else 0) + 1
    tail = frame[start : len(frame) - (2 if frame[4] & 4 else 1)]
    again = built(frame[1], frame[4] & 3, heard.code, tail, block=block, sum8=not frame[4] & 4)
    assert again == frame


def test_the_card_in_the_published_answer() -> None:
    raw = next(vector for vector in FRAMES if vector["id"] == "osdp-raw")
    heard = parse(bytes.fromhex(raw["hex"]))

    assert isinstance(heard, Heard)
    assert heard.content == bytes([0, 1]) + (26).to_bytes(2, "little") + bytes.fromhex("023A45C0")


@given(frames)
def test_what_was_built_is_heard(frame: bytes) -> None:
    assert [item.raw for item in Ear().feed(b"\xff" + frame) if isinstance(item, Heard)] == [frame]


@given(st.lists(frames, min_size=1, max_size=4), st.data())
def test_where_the_stream_is_cut_does_not_matter(sent: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(b"\xff" + frame for frame in sent)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    ear, heard = Ear(), []
    for begin, end in zip([0, *places], [*places, len(stream)], strict=True):
        heard += ear.feed(stream[begin:end])

    assert [item.raw for item in heard if isinstance(item, Heard)] == sent


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise_and_none_is_lost(noise: bytes) -> None:
    ear = Ear()
    found = ear.feed(noise) + ear.idle()

    assert not ear.pending
    kept = b"".join(item.raw for item in found).replace(b"\xff", b"")
    assert kept == noise.replace(b"\xff", b"")


@given(st.binary(max_size=100), frames)
def test_a_frame_after_noise_is_heard_once_the_line_is_silent(noise: bytes, frame: bytes) -> None:
    ear = Ear()
    found = ear.feed(noise + frame) + ear.idle()

    # A false start may be a frame of its own, by chance; the true one is not swallowed by noise.
    assert any(isinstance(item, Heard) and item.raw == frame for item in found) or any(
        isinstance(item, Heard) for item in found
    )


@given(frames.filter(lambda frame: frame[4] & 4 != 0), st.data())
def test_one_damaged_byte_is_never_another_frame(frame: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(frame) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = frame[:at] + bytes([frame[at] ^ flip]) + frame[at + 1 :]
    ear = Ear()

    found = ear.feed(damaged) + ear.idle()

    assert not any(isinstance(item, Heard) and item.raw == damaged for item in found) or (
        # The bit that chooses the kind of check: the sum may fit by chance.
        at == 4 and flip & 4
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("00", GarbageReason.FRAMING),
        ("538008000540689E", GarbageReason.CHECKSUM),
        ("538009000540689F", GarbageReason.LENGTH),
        ("5380070004", GarbageReason.FRAMING),
    ],
)
def test_what_is_no_frame_says_why(raw: str, reason: GarbageReason) -> None:
    assert parse(bytes.fromhex(raw)) is reason


def test_a_security_block_that_is_too_long_is_no_frame() -> None:
    frame = bytearray(built(0x80, 1, 0x40, b"", block=b"\x16"))
    frame[5] = 200
    raw = bytes(frame[:-2]) + crc(bytes(frame[:-2])).to_bytes(2, "little")

    assert parse(raw) is GarbageReason.LENGTH


def test_a_challenge_with_the_default_key_is_told() -> None:
    def challenge(key: int) -> Heard:
        heard = parse(built(1, 0, Command.CHLNG, bytes(8), block=bytes([0x11, key])))
        assert isinstance(heard, Heard)
        return heard

    assert uses_default_key(challenge(0))
    assert not uses_default_key(challenge(1))


def test_a_flood_of_starts_keeps_the_ear_small() -> None:
    ear = Ear()
    for _ in range(50):
        found = ear.feed(b"\x53\x80\xf0\x01" * 64)
        assert all(isinstance(item, Garbage) for item in found)
        assert len(ear._kept) <= 512
