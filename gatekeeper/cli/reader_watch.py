"""`gatekeeper readers watch`: what a reader says, as it says it. Decides and records nothing."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from gatekeeper.cli.options import Number
from gatekeeper.cli.reader_lines import (
    Outlet,
    from_settings,
    from_words,
    reader_of,
    running,
    until_told,
)
from gatekeeper.credential import masked
from gatekeeper.model import Presentation, ReaderStatus
from gatekeeper.readers.capture import Direction
from gatekeeper.readers.capture_line import overhear
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, as_line
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["command"]


@click.command("watch")
@click.argument("driver", required=False)
@click.argument("url", required=False)
@click.option("--option", "options", multiple=True, metavar="K=V", help="An option of the driver.")
@click.option("--config", "config_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reader", "identity", metavar="ID", help="A reader of the settings.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@click.option("--show-credentials", is_flag=True, help="Card numbers whole; masked without.")
@click.option("--seconds", type=Number(0.1), help="End after so long.")
@click.option("--data", hidden=True)
def command(
    driver: str | None,
    url: str | None,
    options: tuple[str, ...],
    config_file: Path | None,
    identity: str | None,
    as_json: bool,
    show_credentials: bool,
    seconds: float | None,
    data: str | None,
) -> None:
    """Show live frames, health and counters of one reader until Ctrl-C.

    Either DRIVER URL, or --config FILE --reader ID. The reader is started and polled as at a
    gate, but nothing is decided or recorded. Refuses while a node holds the reader.
    """
    if (driver and url) and not (config_file or identity):
        settings = from_words(driver, url, options)
    elif config_file and identity and not driver:
        settings = from_settings(config_file, identity)
    else:
        raise click.UsageError("give either DRIVER URL, or --config FILE --reader ID")
    reader = reader_of(settings)
    outlet = Outlet()
    screen = Screen(outlet, as_json=as_json, show=show_credentials)
    if isinstance(reader, SerialReader):
        overhear(reader, Ear(reader, screen))
    pump = Pump(settings, screen.presentation, on_state=screen.state, reader=reader)
    with until_told(seconds) as stop:
        outlet.on_failure = stop.set
        with running(pump):
            stop.wait()
    screen.summary(pump)
    outlet.check()


class Ear:
    """Frames out of what passes on the line; a Listener."""

    def __init__(self, reader: SerialReader, screen: Screen) -> None:
        self._reader, self._screen = reader, screen
        self._quiet_s, self._heard = reader.transport.quiet_s, 0.0
        self._listen_anew()

    def __call__(self, direction: Direction, data: bytes = b"", *, baud: int | None = None) -> None:
        now, frames = time.monotonic(), list[Frame]()
        if direction is Direction.LOST or now - self._heard >= self._quiet_s:
            frames += self._codec.idle()
        if self._options != self._reader.codec_options:
            self._listen_anew()
        if direction is Direction.IN:
            self._heard = now
            frames += self._codec.feed(data)
        for frame in frames:
            self._screen.frame(frame)

    def _listen_anew(self) -> None:
        """As the driver does, which may have found out which variant speaks."""
        self._options = self._reader.codec_options
        self._codec = make_codec(self._reader.wire, self._options)


class Screen:
    """Prints, from whichever thread; counts what it printed."""

    def __init__(self, outlet: Outlet, *, as_json: bool, show: bool) -> None:
        self._outlet, self._as_json, self._show = outlet, as_json, show
        self._lock, self.counts = threading.Lock(), Counter[str]()

    def frame(self, frame: Frame) -> None:
        """A frame as `decode` prints it; without `show` nothing that may hold a number."""
        line: dict[str, Any] = dict(as_line(frame))
        if not self._show:
            line = _without_numbers(frame, line)
        self._print(line)

    def presentation(self, shown: Presentation) -> None:
        """What a gate would have been asked to decide on."""
        credential = shown.credential if self._show else masked(shown.credential)
        line = {"kind": "presentation", "credential": credential, "frames": shown.frames}
        if shown.antenna is not None:
            line["antenna"] = shown.antenna
        self._print(line)

    def state(self, status: ReaderStatus) -> None:
        """Health, at each change."""
        self._print({"kind": "state", "state": status.state.value, "detail": status.detail})

    def summary(self, pump: Pump) -> None:
        """What was seen, in the end."""
        counted = {name: n for name, n in sorted(pump.counters().items()) if n}
        shown = {name: self.counts[name] for name in ("tag", "frame", "garbage", "presentation")}
        self._print({"kind": "summary", **shown, "counters": counted})

    def _print(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False) if self._as_json else _words(line)
        with self._lock:
            self.counts[line["kind"]] += 1
            self._outlet.give(lambda: click.echo(text))


def _without_numbers(frame: Frame, line: dict[str, Any]) -> dict[str, Any]:
    if isinstance(frame, Garbage):
        return {"kind": "garbage", "reason": line["reason"], "bytes": len(frame.raw)}
    if isinstance(frame, Answer):
        return {"kind": "frame", "name": frame.name, "bytes": len(frame.raw)}
    kept = {name: line[name] for name in ("antenna", "rssi_dbm") if name in line}
    return kept | {"kind": "tag", "credential": masked(frame.credential)}


def _words(line: dict[str, Any]) -> str:
    """`tag         em4100:…6CED antenna=1 rssi_dbm=-60`."""
    rest = {name: value for name, value in line.items() if name != "kind" and value != ""}
    first = [str(rest.pop(name)) for name in ("credential", "name", "state") if name in rest]
    more = [
        f"{name}={json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}"
        for name, value in rest.items()
    ]
    return f"{line['kind']:<12} {' '.join([*first, *more])}"
