"""`gatekeeper readers thai-id`: a Thai identity card at a desk, read and printed sparingly."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from gatekeeper.cli.options import Number, no_config
from gatekeeper.readers.by_hand import ByHand
from gatekeeper.readers.desk_card import read_thai_id
from gatekeeper.readers.thai_id import Name, ThaiId

__all__ = ["command"]


@click.command("thai-id")
@click.option("--reader", default="", metavar="NAME", help="Part of its name; default: the only.")
@click.option(
    "--wait",
    "wait_s",
    type=Number(0.0, 3600.0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for a card to be put in.",
)
@click.option("--birth-date", "birth", is_flag=True, help="Read the date of birth as well.")
@click.option("--show-number", is_flag=True, help="Print the whole number, not its end alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@no_config
@click.pass_context
def command(
    context: click.Context,
    reader: str,
    wait_s: float,
    birth: bool,
    show_number: bool,
    as_json: bool,
) -> None:
    """Read number and names from a Thai identity card in a contact reader.

    Ends with 1, and says why in Thai and English, where the data must be entered by hand.
    Photo and address are never read, and nothing is stored.
    """
    if wait_s and not as_json:
        click.echo("… insert the card / เสียบบัตร", err=True)
    outcome = read_thai_id(reader, wait_s=wait_s, birth=birth)
    told = by_hand(outcome) if isinstance(outcome, ByHand) else card(outcome, show_number)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif isinstance(outcome, ByHand):
        click.echo(f"{outcome.th}\n{outcome.en} ({outcome.trouble}: {outcome.detail})")
    else:
        click.echo(f"{told['number']}\n{spoken(outcome.name_th)}\n{spoken(outcome.name_en)}")
        if outcome.birth:
            click.echo(str(outcome.birth))
    if isinstance(outcome, ByHand):
        context.exit(1)


def by_hand(outcome: ByHand) -> dict[str, Any]:
    """What went wrong, as JSON types."""
    message = {"th": outcome.th, "en": outcome.en}
    reason = {"reason": outcome.trouble.value, "message": message, "detail": outcome.detail}
    return {"result": "by_hand", **reason}


def card(read: ThaiId, show_number: bool) -> dict[str, Any]:
    """What was read, as JSON types; the date of birth only where it was asked for."""
    told = {
        "result": "read",
        "number": read.number if show_number else read.masked,
        "name_th": asdict(read.name_th),
        "name_en": asdict(read.name_en),
    }
    return told | ({"birth_date": str(read.birth)} if read.birth else {})


def spoken(name: Name) -> str:
    """A name on one line; a Thai title is written joined to the name."""
    thai = not name.first.isascii()
    given = f"{name.title}{name.first}" if thai else f"{name.title} {name.first}"
    return " ".join(part for part in (given.strip(), name.middle, name.last) if part)
