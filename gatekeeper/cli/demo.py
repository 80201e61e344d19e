"""`gatekeeper demo`: a made-up site with a reception under way."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gatekeeper.cli.options import Number
from gatekeeper.demo.people import MAX_GUESTS, Site
from gatekeeper.demo.run import SPEED_MAX, Options, run
from gatekeeper.demo.site import EVENT, MAX_LANES, Lane

__all__ = ["command"]

STEPS = {
    "guests": "Inviting the guests …",
    "readers": "Plugging in the simulated readers …",
    "server": "Starting node, web and worker …",
}
FAILURES = ("missed", "wrong_accept", "wrong_refuse")


class Quiet:
    """A stage for programs: says nothing but what is asked for at the end."""

    def step(self, text: str) -> None:
        """Nothing to see."""

    def open(self, url: str, lanes: tuple[Lane, ...], site: Site) -> None:
        """Nothing to see."""

    def progress(self, counts: dict[str, Any], crowd: dict[str, Any]) -> None:
        """Nothing to see."""

    def crowd_done(self) -> None:
        """Nothing to see."""


class Terminal:
    """A stage for people, on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live: Live | None = None

    def step(self, text: str) -> None:
        """Name what takes a moment."""
        self._console.print(STEPS[text], style="dim")

    def open(self, url: str, lanes: tuple[Lane, ...], site: Site) -> None:
        """Print addresses and accounts, then a line that keeps up with the reception."""
        # Without a frame and folded, so that every address is whole on 80 columns, or in a file.
        table = Table(title="Gatekeeper demo", title_justify="left", show_header=False, box=None)
        table.add_column()
        table.add_column(overflow="fold")
        table.add_row("Live reception", f"{url}/events/{EVENT}/live")
        table.add_row("Wall screen", f"{url}/events/{EVENT}/wall")
        for lane in lanes:
            table.add_row(f"Checkpoint: {lane.name_en}", f"{url}/checkpoint/{lane.gate}")
        table.add_row()
        table.add_row("Sign in", f"{url}/login (one click a role, from this machine)")
        for account in site.accounts:
            table.add_row(f"  {account.role}", f"{account.name} / {account.password}")
        self._console.print(table)
        self._console.print("Ctrl-C ends it.")
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=2)
            self._live.start()

    def progress(self, counts: dict[str, Any], crowd: dict[str, Any]) -> None:
        """Keep the line up to date."""
        if self._live is not None and counts:
            self._live.update(
                Text(
                    f"arrived {counts.get('arrived', 0)} of {counts.get('expected', 0)}, "
                    f"inside {counts.get('inside', 0)}, refused {counts.get('refused', 0)}"
                )
            )

    def crowd_done(self) -> None:
        """Say so."""
        self.close()
        self._console.print("The crowd is through; the screens stay until Ctrl-C.")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None


@click.command("demo")
@click.option(
    "--guests",
    default=1200,
    show_default=True,
    type=click.IntRange(1, MAX_GUESTS),
    help="Made-up guests.",
)
@click.option(
    "--guests-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An office's own list (XLSX or CSV) instead of made-up guests.",
)
@click.option("--faults", is_flag=True, help="Damage the wires, unplug readers, and the like.")
@click.option(
    "--lanes",
    default=4,
    show_default=True,
    type=click.IntRange(1, MAX_LANES),
    help="Entrances, UHF and card by turns.",
)
@click.option(
    "--speed",
    default=5.0,
    show_default=True,
    type=Number(0, SPEED_MAX, min_open=True),
    help="An hour's reception this fast.",
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same crowd.")
@click.option(
    "--port", default=8080, show_default=True, envvar="PORT", type=click.IntRange(1, 65535)
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    envvar="DATA",
    show_default=True,
    help="An empty directory, or an earlier demo's.",
)
@click.option("--until-done", is_flag=True, help="End when the crowd is through, and reconcile.")
@click.option("--headless", is_flag=True, help="Show no addresses and no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print the reconciliation as JSON.")
def command(headless: bool, as_json: bool, **given: Any) -> None:
    """A made-up site with a reception under way.

    Simulated readers at byte level, real drivers, real journal, real screens. With
    --until-done it exits with 1 if a read was missed or wrongly accepted or refused.
    """
    stage = Quiet() if headless else Terminal()
    try:
        result = run(Options(**given), stage)
    finally:
        if isinstance(stage, Terminal):
            stage.close()
    if result is None:
        click.echo("Ended.", err=True)
        return
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _readable(result))
    if any(result[name] for name in FAILURES):
        sys.exit(1)


def _readable(result: dict[str, Any]) -> str:
    lines = []
    for name, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {item}" for key, item in value.items())
        lines.append(f"{name}: {value}")
    return "\n".join(lines)
