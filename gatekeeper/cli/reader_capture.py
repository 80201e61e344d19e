"""`gatekeeper readers capture`: a wire session to a file, to look at or to send to a developer."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TextIO

import click

from gatekeeper.cli.options import Number, no_config
from gatekeeper.cli.reader_lines import Outlet, from_words, reader_of, running, until_told
from gatekeeper.errors import CodecError, ConfigError, UserError
from gatekeeper.readers.capture import CaptureWriter, Direction, Header, Piece
from gatekeeper.readers.capture_line import overhear
from gatekeeper.readers.capture_mask import Masker
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["command"]

REAL = "The card numbers in it are real: treat it like a list of cards, or use --mask."


@click.command("capture")
@click.argument("driver")
@click.argument("url")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--option", "options", multiple=True, metavar="K=V", help="An option of the driver.")
@click.option("--mask", is_flag=True, help="Replace card numbers by made-up ones.")
@click.option("--seconds", type=Number(0.1), help="End after so long.")
@no_config
def command(
    driver: str,
    url: str,
    file: Path,
    options: tuple[str, ...],
    mask: bool,
    seconds: float | None,
) -> None:
    """Write what passes between driver and reader to FILE until Ctrl-C.

    Both directions, with times, as text. The driver is started and polled as at a gate. Card
    numbers in the file are real unless --mask is given: then each card gets one made-up
    number, in frames that are made anew, and what cannot be made anew is blanked. Where a
    driver finds out a variant by itself (chafon's layout), name it: --mask knows only what
    it is told.
    """
    settings = from_words(driver, url, options)
    reader = reader_of(settings)
    if not isinstance(reader, SerialReader):
        raise click.UsageError(f"{driver} is not on a line of bytes; there is nothing to capture")
    header = Header(
        driver=driver,
        wire=reader.wire,
        line=reader.line,
        baud=int(reader.chosen["baud"]) if "baud" in reader.chosen else None,
        started_at=round(time.time(), 3),
        options=tuple(reader.chosen.items()),
        masked=mask,
    )
    masker = None
    if mask:
        masker = _masker(reader)
    with _new(file) as stream, until_told(seconds) as stop:
        outlet = Outlet(stop.set)
        tape = Tape(CaptureWriter(stream, header), masker, outlet)
        overhear(reader, tape)
        with running(Pump(settings, lambda _shown: None, reader=reader)):
            click.echo(f"… capturing to {file}; Ctrl-C ends it", err=True)
            stop.wait()
        tape.end()
        outlet.give(stream.flush)
        outlet.check()
    click.echo(f"{file}: {tape.said()}")
    click.echo(f"{tape.masking()}" if masker else REAL)


class Tape:
    """Writes what passes; a Listener."""

    def __init__(self, writer: CaptureWriter, masker: Masker | None, outlet: Outlet) -> None:
        self._writer, self._masker, self._outlet = writer, masker, outlet
        self._begun_ns = time.monotonic_ns()
        self._lock, self._bytes, self._ended = threading.Lock(), Counter[str](), False

    def __call__(self, direction: Direction, data: bytes = b"", *, baud: int | None = None) -> None:
        with self._lock:
            if self._ended:
                return
            self._bytes[direction.value] += len(data)
            t_us = (time.monotonic_ns() - self._begun_ns) // 1000
            piece = Piece(t_us, direction, data, baud)
            for known in self._masker.feed(piece) if self._masker else [piece]:
                self._outlet.give(partial(self._writer.add, known))

    def end(self) -> None:
        """Write what was held back; nothing more after that."""
        with self._lock:
            self._ended = True
            for piece in self._masker.end() if self._masker else []:
                self._outlet.give(partial(self._writer.add, piece))

    def said(self) -> str:
        """What the file holds."""
        return f"{self._bytes['in']} bytes of the reader, {self._bytes['out']} of the host"

    def masking(self) -> str:
        """What became of card numbers."""
        masker = self._masker
        if masker is None:
            return ""
        return (
            f"{masker.masked} tag reads have made-up numbers; {masker.blanked} other frames or "
            "pieces of garbage are blanked."
        )


def _masker(reader: SerialReader) -> Masker:
    try:
        return Masker(reader.wire, reader.codec_options, secrets.token_bytes(32))
    except (CodecError, ConfigError) as error:
        raise click.UsageError(f"--mask: {error}") from error


def _new(file: Path) -> TextIO:
    """A file for this user alone; one that exists is not overwritten."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UserError(f"{file}: cannot be made: {error.strerror}") from error
    return os.fdopen(descriptor, "w", encoding="utf-8")
