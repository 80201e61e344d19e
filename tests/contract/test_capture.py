"""A captured session is the reader again: every driver reads the same from its replay."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from rigs import rig

from firmware_sim.devices import DEVICES
from gatekeeper.config import ReaderSettings
from gatekeeper.model import CardRead, Presentation
from gatekeeper.readers import REGISTRY, driver_class, make_reader
from gatekeeper.readers.capture import (
    CaptureWriter,
    Direction,
    Header,
    Piece,
    read_header,
    read_pieces,
)
from gatekeeper.readers.capture_line import overhear
from gatekeeper.readers.capture_mask import Masker
from gatekeeper.readers.capture_replay import Replay, decoded
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import CODECS
from gatekeeper.readers.codecs.frames import Tag
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.serial_reader import SerialReader

DEADLINE_S = 20.0
SERIAL = [
    name
    for name in sorted(REGISTRY)
    if name in DEVICES
    and issubclass(driver_class(name), SerialReader)
    and driver_class(name).line == "serial"  # a replay plays on a pty
    and driver_class(name).wire in CODECS
]
every_driver = pytest.mark.parametrize("driver", SERIAL)
_SESSIONS: dict[str, tuple[list[CardRead], list[Piece], ReaderSettings]] = {}


def session(driver: str, folder: Path) -> tuple[list[CardRead], list[Piece], ReaderSettings]:
    """What a driver read at its device while it was listened in on; recorded once."""
    if driver not in _SESSIONS:
        pieces: list[Piece] = []
        begun_ns = time.monotonic_ns()

        def note(direction: Direction, data: bytes = b"", *, baud: int | None = None) -> None:
            t_us = (time.monotonic_ns() - begun_ns) // 1000
            pieces.append(Piece(t_us, direction, data, baud))

        with rig(driver, folder) as device:
            reader = make_reader(device.settings, SystemClock())
            assert isinstance(reader, SerialReader)
            overhear(reader, note)
            device.tap(device.cards[0])

            def tap_again() -> None:
                # Some send a card once, when it comes.
                device.take(device.cards[0])
                device.tap(device.cards[0])

            reads = read_until(reader, 3, tap_again)
        _SESSIONS[driver] = reads, pieces, device.settings
    return _SESSIONS[driver]


def read_until(
    reader: SerialReader, count: int, on_read: Callable[[], None] = lambda: None
) -> list[CardRead]:
    reads: list[CardRead] = []
    until = time.monotonic() + DEADLINE_S
    with reader:
        while len(reads) < count:
            assert time.monotonic() < until, f"{len(reads)} reads; {reader.problem()}"
            found = reader.read()
            if found:
                reads += found
                on_read()
    return reads


def what(reads: list[CardRead]) -> list[tuple[object, ...]]:
    return [(read.credential, read.antenna, read.rssi_dbm) for read in reads]


@contextmanager
def played(pieces: list[Piece], link: Path, speed: float = 1.0) -> Iterator[Replay]:
    stop = threading.Event()
    replay = Replay(pieces, link, speed=speed, stop=stop)
    replay.plug()
    thread = threading.Thread(target=replay.run)
    thread.start()
    try:
        yield replay
    finally:
        stop.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
        assert not link.is_symlink()


def header_of(settings: ReaderSettings) -> Header:
    reader = driver_class(settings.driver)
    return Header(settings.driver, reader.wire, reader.line, 9600, 1.0, chosen(settings))


def chosen(settings: ReaderSettings) -> tuple[tuple[str, str | int], ...]:
    reader = make_reader(settings, SystemClock())
    assert isinstance(reader, SerialReader)
    return tuple(reader.codec_options.items())


@every_driver
def test_the_same_driver_reads_the_same_from_the_replay(driver: str, tmp_path: Path) -> None:
    reads, pieces, settings = session(driver, tmp_path)
    settings = msgspec.structs.replace(settings, url=str(tmp_path / "again"))

    with played(pieces, tmp_path / "again"):
        reader = make_reader(settings, SystemClock())
        assert isinstance(reader, SerialReader)
        again = read_until(reader, len(reads))

    assert what(again) == what(reads)


@every_driver
def test_a_capture_comes_back_from_its_file_and_decodes_to_the_same_tags(
    driver: str, tmp_path: Path
) -> None:
    reads, pieces, settings = session(driver, tmp_path)
    stream = io.StringIO()
    writer = CaptureWriter(stream, header_of(settings))
    for piece in pieces:
        writer.add(piece)

    lines = stream.getvalue().encode().splitlines(keepends=True)
    header = read_header(lines[0])
    tags = [f for _, f in decoded(header, read_pieces(lines[1:])) if isinstance(f, Tag)]

    assert list(read_pieces(lines[1:])) == pieces
    assert header == header_of(settings)
    assert [tag.credential for tag in tags][: len(reads)] == [read.credential for read in reads]


@every_driver
def test_a_masked_session_has_the_same_reads_of_another_card(driver: str, tmp_path: Path) -> None:
    """As many bytes at the same times; a tag read stays a tag read, or is blanked and counted."""
    reads, pieces, settings = session(driver, tmp_path)
    masker = Masker(driver_class(driver).wire, dict(chosen(settings)), b"key")

    masked = [p for piece in pieces for p in masker.feed(piece)] + masker.end()
    header = header_of(settings)
    before = [f for _, f in decoded(header, pieces) if isinstance(f, Tag)]
    after = [f for _, f in decoded(header, masked) if isinstance(f, Tag)]

    assert [shape(piece) for piece in masked] == [shape(piece) for piece in pieces]
    assert [p for p in masked if p.direction is Direction.OUT] == [
        p for p in pieces if p.direction is Direction.OUT
    ]
    assert len(after) == masker.masked >= len(reads) > 0
    assert len(after) == len(before)
    assert len({tag.credential for tag in after}) == 1
    assert {tag.credential for tag in after}.isdisjoint(tag.credential for tag in before)
    number = reads[0].credential.partition(":")[2]
    assert number.encode() not in b"".join(piece.data for piece in masked)
    assert [t.antenna for t in after] == [t.antenna for t in before]


def shape(piece: Piece) -> tuple[object, ...]:
    return (piece.t_us, piece.direction, len(piece.data), piece.baud)


def test_a_session_that_lost_its_line_loses_it_again(tmp_path: Path) -> None:
    """The port goes and comes as it did."""
    held = bytes.fromhex("0236324533303836434544303803")
    pieces = [
        Piece(0, Direction.OPENED),
        *(Piece(10_000 * n, Direction.IN, held) for n in (1, 2, 3)),
        Piece(100_000, Direction.LOST),
        Piece(200_000, Direction.OPENED),
        *(Piece(200_000 + 10_000 * n, Direction.IN, held) for n in (1, 2)),
        Piece(300_000, Direction.LOST),
    ]
    link = tmp_path / "again"
    settings = ReaderSettings("gate1", "rdm6300", str(link), gate="door")
    settings = msgspec.structs.replace(settings, options={"gone_after_ms": 60})
    seen: list[str] = []
    done = threading.Event()

    def note(shown: Presentation) -> None:
        seen.append(shown.credential)
        if len(seen) == 2:
            done.set()

    with played(pieces, link, speed=0.5):
        pump = Pump(settings, note)
        pump.start()
        try:
            assert done.wait(DEADLINE_S)
        finally:
            pump.stop()

    assert seen == ["em4100:62E3086CED"] * 2
    assert pump.counters()["opened"] == 2
