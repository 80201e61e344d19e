"""`gatekeeper decode`: bytes of a capture to JSON lines. A tool, not a part of any gate."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from gatekeeper.cli.option_pair import pair
from gatekeeper.cli.options import no_config
from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import CODECS, make_codec
from gatekeeper.readers.codecs.frames import Frame, as_line

__all__ = ["command"]

READ_SIZE = 65536


@click.command("decode")
@click.argument("wire", metavar="WIRE")
@click.argument("file", metavar="[FILE | -]", required=False)
@click.option("--hex", "pieces", multiple=True, metavar="HEX", help="Bytes; all are one stream.")
@click.option(
    "--option", "settings", multiple=True, metavar="K=V", help="A variant, e.g. checksum=sum."
)
@no_config
def command(
    wire: str, file: str | None, pieces: tuple[str, ...], settings: tuple[str, ...]
) -> None:
    """Decode the bytes of a reader to one JSON object a line.

    WIRE is the wire format. The bytes come from --hex, from FILE as they are, or, with -,
    from standard input, and each line is printed as soon as it is known.
    """
    if wire not in CODECS:
        raise click.UsageError(f"wire {wire!r} is not known; known: {', '.join(sorted(CODECS))}")
    if bool(pieces) == (file is not None):
        raise click.UsageError("give either --hex, or FILE, or - for standard input")
    try:
        codec = make_codec(wire, dict(pair(text) for text in settings))
    except CodecError as error:
        raise click.UsageError(f"{wire}: {error}") from error
    source = [_bytes(piece) for piece in pieces] if file is None else _chunks(file)
    for data in source:
        _print(codec.feed(data))
    _print(codec.idle())


def _bytes(text: str) -> bytes:
    digits = re.sub(r"[\s:]+", "", text)
    if len(digits) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        raise click.UsageError(f"--hex {text!r} seen; pairs of hexadecimal digits are due")
    return bytes.fromhex(digits)


def _chunks(file: str) -> Iterator[bytes]:
    if file == "-":
        # As bytes come, not when a buffer is full: a capture may be live.
        while data := os.read(sys.stdin.fileno(), READ_SIZE):
            yield data
        return
    try:
        with Path(file).open("rb") as stream:
            while data := stream.read(READ_SIZE):
                yield data
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be read: {error.strerror}") from error


def _print(frames: Iterable[Frame]) -> None:
    text = "".join(json.dumps(as_line(frame), ensure_ascii=False) + "\n" for frame in frames)
    if text:
        sys.stdout.write(text)
        sys.stdout.flush()
