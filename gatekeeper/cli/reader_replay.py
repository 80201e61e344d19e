"""`gatekeeper readers replay`: a captured session again, on a pty or decoded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from gatekeeper.cli.options import Number, no_config
from gatekeeper.cli.reader_lines import pairs, until_told
from gatekeeper.errors import CodecError, UserError
from gatekeeper.readers.capture import Header, Piece, read_header, read_pieces
from gatekeeper.readers.capture_replay import Replay, decoded
from gatekeeper.readers.codecs.frames import as_line

__all__ = ["command"]


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--speed", type=Number(0.01, 1000.0), default=1.0, show_default=True)
@click.option("--link", type=click.Path(path_type=Path), help="Where the port is to appear.")
@click.option("--decode", "decode_it", is_flag=True, help="Print the frames instead.")
@click.option("--option", "settings", multiple=True, metavar="K=V", help="A variant to decode.")
@no_config
def command(
    file: Path, speed: float, link: Path | None, decode_it: bool, settings: tuple[str, ...]
) -> None:
    """Play FILE, a capture, as the reader of the session did.

    With --link a port appears there; a driver that opens it gets the same bytes at the same
    times. With --decode the reader's frames are printed as `gatekeeper decode` does, with
    the second of each.
    """
    if (link is None) == (not decode_it):
        raise click.UsageError("give either --link PATH or --decode")
    header, pieces = load(file)
    told = tuple((name, str(value)) for name, value in pairs(settings).items())
    header = replace(header, options=(*header.options, *told))
    if decode_it:
        _decode(file, header, pieces)
        return
    assert link is not None  # noqa: S101 (narrows the type)
    with until_told() as stop:
        replay = Replay(pieces, link, speed=speed, stop=stop)
        replay.plug()
        click.echo(f"… {header.driver} at {link}: open it to begin; Ctrl-C ends it", err=True)
        replay.run()
    click.echo(f"{replay.played} bytes played")


def load(file: Path) -> tuple[Header, list[Piece]]:
    """A capture as values. Raises UserError naming the file, the line, what was seen and due."""
    try:
        with file.open("rb") as stream:
            header = read_header(stream.readline())
            return header, list(read_pieces(stream))
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
    except UserError as error:
        raise UserError(f"{file}: {error}") from error


def _decode(file: Path, header: Header, pieces: list[Piece]) -> None:
    try:
        for t_us, frame in decoded(header, pieces):
            line = {"t": t_us / 1e6, **as_line(frame)}
            click.echo(json.dumps(line, ensure_ascii=False))
    except CodecError as error:
        raise UserError(f"{file}: {error}") from error
