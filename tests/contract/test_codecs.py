"""The five promises of a codec, and its bounds, for every codec in the registry.

A codec joins with wires/<wire>.py: the variants to try it under, and how a valid frame is
made. Damage is done to valid frames: random bytes almost never form one. A wire whose check
lets damage pass by its nature says why in WEAK.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wire_entries import load

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import CODECS, codec_class, make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason, Tag, as_line
from gatekeeper.readers.codecs.r2000_table import Command
from gatekeeper.readers.codecs.stream import NOISE_MAX, StreamCodec

Options = dict[str, str]


WIRES = {wire: load(wire) for wire in CODECS}
SAYS_ANY = {wire: entry.SAYS_ANY for wire, entry in WIRES.items() if hasattr(entry, "SAYS_ANY")}
"""Scheme of which a wire can say every value, by wire."""
CASES = [
    pytest.param(wire, options, id="-".join([wire, *options.values()]))
    for wire, entry in WIRES.items()
    for options in entry.VARIANTS
]
untimed = settings(deadline=None)
"""How long a codec takes is the fuzzer's business, not that of a machine with other work."""
every_codec = pytest.mark.parametrize(("wire", "options"), CASES)


def frames_of(wire: str, options: Options) -> st.SearchStrategy[Frame]:
    found: st.SearchStrategy[Frame] = WIRES[wire].frames(options)
    return found


def decode(codec: StreamCodec, data: bytes) -> list[Frame]:
    return codec.feed(data) + codec.idle()


def decode_passages(codec: StreamCodec, passages: list[bytes]) -> list[Frame]:
    """What comes of these, one right behind the other, or apart in time where the wire says so."""
    if hasattr(WIRES[codec.wire], "APART"):
        return [frame for passage in passages for frame in decode(codec, passage)]
    return decode(codec, b"".join(passages))


def good(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if not isinstance(frame, Garbage)]


def is_within(some: list[Frame], among: list[Frame]) -> bool:
    """Whether `some` come in this order among others."""
    rest = iter(among)
    return all(frame in rest for frame in some)


def start_of(codec: StreamCodec) -> int:
    return 0x00 if codec.start is None else codec.start


def bare(wire: str, raw: bytes, *, tail: bool = False) -> bytes:
    """`raw` without the padding that this wire leaves free, on both sides or at the tail."""
    padding: bytes = getattr(WIRES[wire], "PADDING", b"")
    if not padding:
        return raw
    return raw.rstrip(padding) if tail else raw.strip(padding)


def refuse_accidents(codec: StreamCodec, found: list[Frame], sent: list[Frame]) -> None:
    """A check of 8 bits fits by accident once in 256 times; then the bytes are a frame."""
    for frame in good(found):
        assert bare(codec.wire, codec.encode(frame)) == bare(codec.wire, frame.raw)
        assume(frame in sent)


def test_every_codec_has_the_name_of_its_wire() -> None:
    assert all(codec_class(wire).wire == wire for wire in CODECS)


@every_codec
@untimed
@given(data=st.data())
def test_what_was_encoded_comes_back(wire: str, options: Options, data: st.DataObject) -> None:
    codec = make_codec(wire, options)
    sent = data.draw(st.lists(frames_of(wire, options), min_size=1, max_size=5))

    found = decode(codec, b"".join(codec.encode(frame) for frame in sent))

    assert found == sent
    assert codec.pending == 0


@every_codec
@untimed
@given(data=st.data())
def test_where_the_stream_is_cut_does_not_matter(
    wire: str, options: Options, data: st.DataObject
) -> None:
    codec, cut = make_codec(wire, options), make_codec(wire, options)
    pieces = data.draw(st.lists(line_pieces(wire, options), max_size=6))
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))

    whole = codec.feed(stream)
    parts = [
        frame
        for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for frame in cut.feed(stream[begin:end])
    ]

    assert parts == whole
    assert cut.pending == codec.pending
    assert cut.idle() == codec.idle()


@every_codec
@untimed
@given(data=st.data())
def test_no_bytes_make_it_raise_and_none_is_lost(
    wire: str, options: Options, data: st.DataObject
) -> None:
    codec = make_codec(wire, options)
    pieces = data.draw(st.lists(line_pieces(wire, options), max_size=8))

    frames: list[Frame] = []
    for piece in pieces:
        frames += codec.feed(piece)
        assert codec.pending <= codec.longest + NOISE_MAX
    frames += codec.idle()

    assert b"".join(frame.raw for frame in frames) == b"".join(pieces)
    assert codec.pending == 0
    assert all(as_line(frame)["kind"] in {"tag", "frame", "garbage"} for frame in frames)


@every_codec
@untimed
@given(data=st.data())
def test_a_good_frame_after_noise_is_read(wire: str, options: Options, data: st.DataObject) -> None:
    codec = make_codec(wire, options)
    noise = data.draw(st.binary(max_size=80) | start_rich(codec))
    frame = data.draw(frames_of(wire, options))

    found = decode_passages(codec, [noise, codec.encode(frame)])
    refuse_accidents(codec, found, [frame])

    assert good(found) == [frame]


@every_codec
@untimed
@given(data=st.data())
def test_one_damaged_byte_costs_that_frame_only(
    wire: str, options: Options, data: st.DataObject
) -> None:
    codec = make_codec(wire, options)
    sent = data.draw(st.lists(frames_of(wire, options), min_size=3, max_size=5))
    wires = [bytearray(codec.encode(frame)) for frame in sent]
    hurt = data.draw(st.integers(0, len(sent) - 1))
    place = data.draw(st.integers(0, len(wires[hurt]) - 1))
    flip = data.draw(st.integers(1, 255))

    wires[hurt][place] ^= flip
    found = decode_passages(codec, [bytes(each) for each in wires])
    others = sent[:hurt] + sent[hurt + 1 :]
    if hasattr(WIRES[wire], "WEAK"):
        # What was hurt may come out as another frame; its neighbours may not.
        spared = sent[:hurt] + sent[hurt + 2 :] if hasattr(WIRES[wire], "COUPLED") else others
        assert is_within(spared, good(found))
        return
    refuse_accidents(codec, found, others)

    assert good(found) == others


@every_codec
@untimed
@given(data=st.data())
def test_half_a_frame_is_nothing_until_the_line_falls_silent(
    wire: str, options: Options, data: st.DataObject
) -> None:
    codec = make_codec(wire, options)
    frame = data.draw(frames_of(wire, options))
    whole = codec.encode(frame)
    half = whole[: data.draw(st.integers(1, len(bare(wire, whole, tail=True)) - 1))]

    assert codec.feed(half) == []
    assert codec.pending == len(half)
    given_up = codec.idle()

    assert given_up[0] == Garbage(GarbageReason.LENGTH, given_up[0].raw)
    assert all(bare(wire, codec.encode(frame)) in half for frame in good(given_up))
    assert decode(codec, whole) == [frame]


@every_codec
@untimed
@given(data=st.data())
def test_a_false_start_holds_the_decoder_no_longer_than_one_frame(
    wire: str, options: Options, data: st.DataObject
) -> None:
    codec = make_codec(wire, options)
    frame = data.draw(frames_of(wire, options))
    whole = codec.encode(frame)
    count = 2 * codec.longest // len(whole) + 2
    start = bytes([start_of(codec)]) + data.draw(st.binary(max_size=3))

    if hasattr(WIRES[wire], "APART"):
        found = decode(codec, start) + codec.feed(whole * count)
    else:
        found = codec.feed(start + whole * count)
    refuse_accidents(codec, found, [frame])

    assert len(good(found)) * len(whole) >= len(whole) * count - codec.longest - len(whole)


@every_codec
def test_a_flood_of_start_bytes_is_bounded(wire: str, options: Options) -> None:
    codec = make_codec(wire, options)
    flood = bytes([start_of(codec)]) * 100_000

    frames = codec.feed(flood)

    assert codec.pending <= codec.longest + NOISE_MAX
    assert all(isinstance(frame, Garbage) and len(frame.raw) <= NOISE_MAX for frame in frames)


@every_codec
def test_it_refuses_to_encode_what_its_wire_cannot_carry(wire: str, options: Options) -> None:
    codec = make_codec(wire, options)

    for frame in (
        Garbage(GarbageReason.FRAMING, b"\x00"),
        Tag("qr:hello"),
        Tag("epc:" + "00" * 63),
        Answer("no_such_answer"),
    ):
        if isinstance(frame, Tag) and frame.credential.startswith(SAYS_ANY.get(wire, "-")):
            continue
        with pytest.raises(CodecError):
            codec.encode(frame)


@every_codec
def test_an_option_that_is_not_due_is_refused_by_name(wire: str, options: Options) -> None:
    with pytest.raises(CodecError, match=r"'colour' seen; known options: "):
        make_codec(wire, {**options, "colour": "red"})
    for option in codec_class(wire).options:
        with pytest.raises(CodecError, match=rf"{option.name}=\? seen; .+ is due"):
            make_codec(wire, {option.name: "?"})


def test_an_unknown_wire_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        CodecError, match=rf"'morse' seen; one of {', '.join(sorted(CODECS))} is due"
    ):
        make_codec("morse")


def start_rich(codec: StreamCodec) -> st.SearchStrategy[bytes]:
    """Noise in which start bytes and small lengths are common."""
    some = st.sampled_from([start_of(codec)] * 2 + [0x03, 0x04, 0x0A, 0x13, 0x41, 0x89, 0x8B])
    return st.lists(some, max_size=40).map(bytes)


@st.composite
def line_pieces(draw: st.DrawFn, wire: str, options: Options) -> bytes:
    """What a line may carry: noise, a frame, half a frame, a damaged frame."""
    codec = make_codec(wire, options)
    kind = draw(st.sampled_from(["noise", "starts", "frame", "half", "damaged"]))
    if kind == "noise":
        return draw(st.binary(max_size=300))
    if kind == "starts":
        return draw(start_rich(codec))
    whole = bytearray(codec.encode(draw(frames_of(wire, options))))
    place = draw(st.integers(0, len(whole) - 1))
    if kind == "half":
        return bytes(whole[:place])
    if kind == "damaged":
        whole[place] ^= draw(st.integers(1, 255))
    return bytes(whole)


def test_every_command_of_the_table_has_a_name_of_its_own() -> None:
    names = [command.name.lower() for command in Command]

    assert len(names) == len(set(names))
