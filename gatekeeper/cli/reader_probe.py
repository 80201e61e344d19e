"""`gatekeeper readers probe`: which reader is on this port, and what to put into the settings."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from gatekeeper.cli.options import Number, no_config
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.probe import LISTEN_S, Finding, Heard, Prober, candidates
from gatekeeper.readers.transport import check_url

__all__ = ["command", "settings_lines"]

BY_ID = Path("/dev/serial/by-id")
SHOWN = 24
"""Bytes of the unknown that a message shows."""


@click.command("probe")
@click.argument("port")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.option(
    "--listen",
    "listen_s",
    type=Number(0.0, 60.0),
    default=LISTEN_S,
    show_default=True,
    metavar="SECONDS",
    help="How long to listen at each speed before anything is asked.",
)
@no_config
def command(port: str, as_json: bool, listen_s: float) -> None:
    """Find out which reader is on PORT, by listening and then by harmless questions.

    Hold a card to the reader meanwhile: some kinds say nothing without one. Nothing is sent
    that changes a reader. Ends with 1 where nothing is recognised.
    """
    try:
        check_url(port)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error
    prober = Prober(port, SystemClock(), among=candidates(), listen_s=listen_s, say=_progress)
    try:
        finding = prober.run()
    except TransportError as error:
        raise TransportError(f"{error} (does a running node hold it? stop that first)") from error
    if finding is None:
        raise click.ClickException(f"{port}: {nothing(prober.heard)}")
    lines = settings_lines(finding, stable_name(port))
    if as_json:
        click.echo(json.dumps(asdict(finding) | {"options": dict(finding.options), "toml": lines}))
        return
    how = "answered" if finding.answered else "was heard"
    click.echo(f"{finding.driver}: {finding.title}")
    click.echo(f"It {how} at {finding.baud} baud ({finding.evidence}).")
    if finding.firmware:
        click.echo(f"Firmware: {finding.firmware}")
    click.echo(f"\nFor the settings:\n\n{lines}")


def settings_lines(finding: Finding, url: str) -> str:
    """The table of the settings file for this reader; its gate is left to be named."""
    pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in finding.options)
    options = f"options = {{ {pairs} }}\n" if pairs else ""
    return (
        f'[[readers]]\nid = "reader1"\ndriver = "{finding.driver}"\nurl = {json.dumps(url)}\n'
        f'gate = "…"  # the gate that it serves\n{options}'
    )


def nothing(heard: Heard) -> str:
    """What to say where no reader was recognised: what was heard, what to try."""
    if not heard.by_baud:
        return (
            "nothing was heard and nothing answered; check power and cable (TX and RX crossed?), "
            "and hold a card to the reader while this runs"
        )
    texts = [baud for baud, data in heard.by_baud.items() if _is_text(data)]
    if texts:
        return (
            f"lines of text were heard at {texts[0]} baud: a scanner or a Wiegand converter, "
            "whose form must be told in the settings (drivers scanner, wiegand)"
        )
    baud, data = max(heard.by_baud.items(), key=lambda item: len(item[1]))
    return (
        f"{len(data)} bytes were heard at {baud} baud that no driver knows: "
        f"{data[:SHOWN].hex().upper()}{'…' if len(data) > SHOWN else ''}"
    )


def stable_name(port: str, folder: Path = BY_ID) -> str:
    """The name of `port` that stays the same when adapters are plugged in another order."""
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return port
    same = [name for name in names if name.resolve() == Path(port).resolve()]
    return str(same[0]) if same else port


def _progress(text: str) -> None:
    """For a person who waits; a program reads nothing on stderr but the one line of an error."""
    if sys.stderr.isatty():
        click.echo(f"… {text}", err=True)


def _is_text(data: bytes) -> bool:
    """Printable ASCII with line ends."""
    return data[-1:] in (b"\r", b"\n") and all(0x20 <= b < 0x7F or b in b"\r\n\t" for b in data)
