"""Every vector decodes as its document says: valid ones to their content, others to garbage.

tests/vectors/<wire>.json is the judge; this file only says how its words are compared.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import wire_entries

from gatekeeper.credential import canonical
from gatekeeper.readers.codecs import CODECS, make_codec
from gatekeeper.readers.codecs.frames import Frame, Garbage, GarbageReason, Tag

VECTORS = Path(__file__).parent.parent / "vectors"


def load(wire: str) -> list[dict[str, Any]]:
    content: dict[str, Any] = json.loads((VECTORS / f"{wire}.json").read_text(encoding="utf-8"))
    vectors: list[dict[str, Any]] = content["vectors"]
    return [vector for vector in vectors if vector["hex"]]  # without: keys, which no wire carries


def options_of(wire: str, identity: str) -> dict[str, str]:
    known: dict[str, dict[str, str]] = getattr(wire_entries.load(wire), "VECTOR_OPTIONS", {})
    return known.get(identity, {})


CLONES = sorted(wire_entries.load("rdm6300").VECTOR_OPTIONS)

ALL = [
    pytest.param(wire, vector, id=vector["id"]) for wire in sorted(CODECS) for vector in load(wire)
]
SINGLE = [
    pytest.param(wire, vector, id=vector["id"])
    for wire in sorted(CODECS)
    for vector in load(wire)
    if not hasattr(wire_entries.load(wire), "WEAK")
    if vector["valid"] and "frames" not in vector["decode"]
]


def decode(wire: str, data: bytes, options: dict[str, str]) -> list[Frame]:
    codec = make_codec(wire, options)
    return codec.feed(data) + codec.idle()


def test_every_wire_has_vectors_with_their_sources() -> None:
    for wire in CODECS:
        vectors = load(wire)

        assert len(vectors) >= 3, wire
        assert {vector["origin"] for vector in vectors} <= {"captured", "published", "computed"}
        assert all(vector["source"] for vector in vectors)


@pytest.mark.parametrize(("wire", "vector"), ALL)
def test_a_vector_decodes_as_stated(wire: str, vector: dict[str, Any]) -> None:
    data, due = bytes.fromhex(vector["hex"]), vector["decode"]
    # A clone's frame is no frame until its option is given.
    is_clone = not vector["valid"] and vector["id"] in CLONES
    options = {} if is_clone else options_of(wire, vector["id"])

    frames = decode(wire, data, options)

    if not vector["valid"]:
        refused = getattr(wire_entries.load(wire), "REFUSED", {})
        reason = GarbageReason(refused.get(vector["id"], "checksum"))
        assert frames == [Garbage(reason, data)]
        return
    assert b"".join(frame.raw for frame in frames) == data
    assert len(frames) == due.get("frames", 1)
    assert len(set(frames)) == due.get("events", 1)
    wire_entries.load(wire).says(frames[0], due)
    if isinstance(frames[0], Tag):
        assert frames[0].credential == canonical(frames[0].credential)


@pytest.mark.parametrize("identity", CLONES)
def test_a_clone_is_tolerated_only_when_asked_for(identity: str) -> None:
    (vector,) = (vector for vector in load("rdm6300") if vector["id"] == identity)
    data, tag = bytes.fromhex(vector["hex"]), Tag(f"em4100:{vector['decode']['hex10']}")

    assert [tag] == decode("rdm6300", data, options_of("rdm6300", identity))
    assert tag not in decode("rdm6300", data, {})


@pytest.mark.parametrize("check", [0x02, 0x03])
def test_the_raw_check_byte_may_look_like_a_start_or_an_end(check: int) -> None:
    text = f"00000000{check:02X}"
    data = b"\x02" + text.encode() + bytes([check, 0x03])

    frames = decode("rdm6300", data * 3, {"checksum": "raw"})

    assert frames == [Tag(f"em4100:{text}")] * 3


@pytest.mark.parametrize(("wire", "vector"), SINGLE)
def test_each_single_damage_to_a_published_frame_costs_that_frame_only(
    wire: str, vector: dict[str, Any]
) -> None:
    """Every byte of the frame, every value it could be damaged to: nothing left to chance."""
    options = options_of(wire, vector["id"])
    whole = bytes.fromhex(vector["hex"])
    (frame,) = decode(wire, whole, options)
    codec = make_codec(wire, options)

    for place in range(len(whole)):
        for value in set(range(256)) - {whole[place]}:
            damaged = bytearray(whole)
            damaged[place] = value
            found = codec.feed(whole + damaged + whole) + codec.idle()
            survivors = [f for f in found if not isinstance(f, Garbage)]

            assert survivors == [frame, frame], (place, value)


def test_a_lost_a0_in_an_epc_makes_no_other_tag() -> None:
    """The next frame's A0 would take the place of the check, and the sum would be right."""
    (vector,) = (v for v in load("r2000") if v["id"] == "r2000-epc-with-a0")
    whole, after = bytes.fromhex(vector["hex"]), bytes.fromhex("A00A018B00001900000001B0")
    lost = whole[:7] + whole[8:]
    assert whole[7] == 0xA0
    assert sum(lost + after[:1]) & 0xFF == 0

    found = decode("r2000", lost + after, {})

    assert [frame.raw for frame in found] == [lost, after]
    assert isinstance(found[0], Garbage)


@pytest.mark.parametrize("lost", [1, 2, 4, 5, 6, 9])
def test_a_frame_that_lost_bytes_does_not_take_them_from_the_next(lost: int) -> None:
    """Even where the sum fits by accident: the frame that begins inside is the real one."""
    after = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")
    head = bytes.fromhex("A01301898C3000")
    body = bytes(21 - len(head) - 1 - lost)
    value = -sum(head + after[:lost]) & 0xFF
    cut = head + bytes([value]) + body
    assert len(cut + after[:lost]) == 21
    assert sum(cut + after[:lost]) & 0xFF == 0

    assert [frame.raw for frame in decode("r2000", cut + after, {})] == [cut, after]


def test_a_tag_whose_check_is_a0_is_read() -> None:
    content = bytes.fromhex("A01301898C3000300833B2DDD90140000000")
    tags = [content + bytes([n, rssi]) for n in range(256) for rssi in (50, 60)]
    (chosen,) = (tag for tag in tags if -sum(tag) & 0xFF == 0xA0 and tag[-1] == 60)
    whole = chosen + b"\xa0"
    end = bytes.fromhex("A00A018B00001900000001B0")

    assert [f.raw for f in decode("r2000", whole, {})] == [whole]
    assert [f.raw for f in decode("r2000", whole + whole + end, {})] == [whole, whole, end]
    assert decode("r2000", whole + b"\x13\x37", {})[0].raw == whole
