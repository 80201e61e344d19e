"""The capture file: what is written is read, what is no capture is refused by line."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.credential import canonical, is_untrusted
from gatekeeper.errors import ConfigError, UserError
from gatekeeper.readers.capture import (
    CaptureWriter,
    Direction,
    Header,
    Piece,
    read_header,
    read_pieces,
)
from gatekeeper.readers.capture_line import overhear
from gatekeeper.readers.capture_mask import Masker, stand_in
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Garbage, Tag

HEADER = Header("r2000", "r2000", "serial", 115200, 1_795_361_538.25, (("phase", "auto"),))
TAG = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")
END = bytes.fromhex("A00A018B00001900000001B0")
ASKED = bytes.fromhex("A004FF89FFD5")

pieces = st.builds(
    Piece,
    st.integers(0, 10**12),
    st.sampled_from([Direction.IN, Direction.OUT]),
    st.binary(min_size=1, max_size=30),
) | st.builds(Piece, st.integers(0, 10**12), st.sampled_from([Direction.OPENED, Direction.LOST]))


def written(header: Header, some: list[Piece]) -> list[bytes]:
    stream = io.StringIO()
    writer = CaptureWriter(stream, header)
    for piece in some:
        writer.add(piece)
    return stream.getvalue().encode().splitlines(keepends=True)


@given(st.lists(pieces, max_size=20).map(lambda some: sorted(some, key=lambda p: p.t_us)))
def test_what_was_written_is_read(some: list[Piece]) -> None:
    some.append(Piece(10**12, Direction.BAUD, baud=57600))

    lines = written(HEADER, some)

    assert read_header(lines[0]) == HEADER
    assert list(read_pieces(lines[1:])) == some


def test_a_line_that_was_cut_off_is_left_out() -> None:
    """The file of a process that was killed is good up to there."""
    lines = written(HEADER, [Piece(1, Direction.IN, TAG), Piece(2, Direction.IN, END)])

    assert list(read_pieces([lines[1], lines[2][:20]])) == [Piece(1, Direction.IN, TAG)]


@pytest.mark.parametrize(
    ("line", "due"),
    [
        (b'{"t": 1, "dir": "in", "hex": "A"}\n', "line 2: hex 'A' seen; pairs of digits"),
        (b'{"t": 1, "dir": "in", "hex": 5}\n', "line 2: hex 5 seen"),
        (b'{"t": 1, "dir": "up", "hex": "A0"}\n', "line 2: 'up' seen; one of in, out"),
        (b'{"t": 1, "dir": ["in"], "hex": "A0"}\n', r"line 2: \['in'\] seen"),
        (b'{"t": 1, "dir": "in"}\n', "line 2: in with 0 bytes seen"),
        (b'{"t": 1, "event": "lost", "hex": "A0"}\n', "line 2: lost with 1 bytes seen"),
        (b'{"t": 1, "event": "baud"}\n', "line 2: baud with baud None seen"),
        (b'{"t": -1, "dir": "in", "hex": "A0"}\n', "line 2: t -1 seen"),
        (b'{"t": NaN, "dir": "in", "hex": "A0"}\n', "line 2: t nan seen"),
        (b'{"t": 1e999, "dir": "in", "hex": "A0"}\n', "line 2: t inf seen"),
        (b'{"t": true, "dir": "in", "hex": "A0"}\n', "line 2: t True seen"),
        (b"[]\n", "line 2: .* seen; a JSON object is due"),
        (b"\xff\n", "line 2: .* seen; a JSON object is due"),
        (b"[" * 60_000 + b"\n", "line 2: .* seen; a JSON object is due"),
        (b" " * 70_000 + b"{}\n", "line 2: 70003 bytes seen; at most"),
    ],
)
def test_a_line_that_is_none_is_refused_by_number(line: bytes, due: str) -> None:
    with pytest.raises(UserError, match=due):
        list(read_pieces([line]))


def test_times_go_one_way() -> None:
    lines = written(HEADER, [Piece(5_000_000, Direction.OPENED), Piece(1, Direction.LOST)])

    with pytest.raises(UserError, match=r"line 3: t 1e-06 after 5\.0 seen; times in order"):
        list(read_pieces(lines[1:]))


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ((b'"gatekeeper_capture": 1', b'"gatekeeper_capture": 2'), "a capture of version 1"),
        ((b'"r2000"', b'"../r2000"'), "driver '../r2000' seen"),
        ((b"115200", b"-1"), "baud -1 seen"),
        ((b"1795361538.25", b"null"), "started_at None seen"),
        ((b'{"phase": "auto"}', b'{"phase": []}'), "options .* seen"),
    ],
)
def test_a_header_that_is_none_is_refused(change: tuple[bytes, bytes], due: str) -> None:
    line = written(HEADER, [])[0].replace(*change)

    with pytest.raises(UserError, match=due):
        read_header(line)


def test_only_a_line_of_bytes_can_be_listened_in_on() -> None:
    class Other:
        line = "network"

    with pytest.raises(ConfigError, match="a reader on network seen; a line of bytes"):
        overhear(Other(), lambda *_: None)  # type: ignore[arg-type]


credentials = st.one_of(
    st.binary(min_size=5, max_size=5).map(lambda b: f"em4100:{b.hex().upper()}"),
    st.sampled_from([4, 7, 10]).flatmap(
        lambda n: st.binary(min_size=n, max_size=n).map(lambda b: f"uid:{b.hex().upper()}")
    ),
    st.integers(1, 31).flatmap(
        lambda n: st.binary(min_size=2 * n, max_size=2 * n).map(lambda b: f"epc:{b.hex().upper()}")
    ),
    st.builds("w26:{}:{}".format, st.integers(0, 255), st.integers(0, 65535)),
    st.builds("w34:{}:{}".format, st.integers(0, 65535), st.integers(0, 65535)),
    st.builds("w37:0:{}".format, st.integers(0, (1 << 35) - 1)),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=60).map(
        lambda text: f"qr:{text}"
    ),
)


@given(credentials)
def test_a_stand_in_is_a_credential_of_the_same_kind(credential: str) -> None:
    made = stand_in(credential, b"key")

    assert canonical(made) == made
    assert made == stand_in(credential, b"key")
    assert made.partition(":")[0] == credential.partition(":")[0]
    assert is_untrusted(made) == is_untrusted(credential)
    if not credential.startswith("w"):
        assert len(made) == len(credential)


def test_masking_keeps_order_and_blanks_what_it_cannot_make_anew() -> None:
    """A damaged frame may hold a number in part: nothing but its length is left."""
    hurt = TAG[:12] + b"\x00" + TAG[13:]
    masker = Masker("r2000", {}, b"key")
    given_in = [
        Piece(0, Direction.OPENED),
        Piece(1, Direction.OUT, ASKED),
        Piece(2, Direction.IN, TAG[:9]),
        Piece(3, Direction.OUT, ASKED),
        Piece(4, Direction.IN, TAG[9:] + hurt),
        Piece(5, Direction.IN, END),
        Piece(6, Direction.IN, TAG[:11]),
        Piece(900_000, Direction.OUT, ASKED),
        Piece(900_001, Direction.IN, TAG),
        Piece(900_002, Direction.LOST),
    ]

    out = [piece for one in given_in for piece in masker.feed(one)] + masker.end()
    stream = b"".join(piece.data for piece in out if piece.direction is Direction.IN)
    codec = make_codec("r2000")
    frames = codec.feed(stream) + codec.idle()
    tags = [frame for frame in frames if isinstance(frame, Tag)]

    assert [(p.t_us, p.direction, len(p.data)) for p in out] == [
        (p.t_us, p.direction, len(p.data)) for p in given_in
    ]
    assert {tag.credential for tag in tags} == {stand_in("epc:300833B2DDD9014000000001", b"key")}
    assert [(tag.antenna, tag.rssi_dbm) for tag in tags] == [(1, -74)] * 2
    assert all(not any(f.raw) for f in frames if isinstance(f, Garbage))
    assert END in stream
    assert (masker.masked, masker.blanked) == (2, 2)


def test_an_answer_that_holds_a_known_number_is_blanked() -> None:
    number = bytes.fromhex("300833B2DDD9014000000001")
    content = bytes([len(number) + 3, 0x01, 0x81]) + number
    answer = b"\xa0" + content + bytes([-sum(b"\xa0" + content) & 0xFF])
    masker = Masker("r2000", {}, b"key")

    out = masker.feed(Piece(1, Direction.IN, TAG + answer)) + masker.end()

    assert number not in b"".join(piece.data for piece in out)
