"""`gatekeeper explain`: what a gate would decide, and by which rule, without recording it.

The running node is asked. Where none runs, the same code decides on what it would start
with: its copy of the passes (or the main database where there is no copy) and the journal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
import msgspec

from gatekeeper import locks
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.errors import CredentialError, UserError
from gatekeeper.link.client import LinkClient
from gatekeeper.link.messages import Explained
from gatekeeper.reasons import next_step

__all__ = ["command"]

BUDDHIST_ERA = 543
"""Years between 2569 and 2026."""


@click.command("explain")
@with_config
@click.argument("credential")
@click.option("--gate", required=True, help="Identifier of the gate.")
@click.option("--at", help="Local time, 2026-11-22T18:30 (or 2569-…); default: now.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def command(settings: Config, credential: str, gate: str, at: str | None, as_json: bool) -> None:
    """Say what GATE would decide on CREDENTIAL and by which rule; records nothing."""
    when = None if at is None else _time(at, settings.site.timezone)
    if locks.owner(settings.data, "node") is None:
        source, found = "what the node would start with", _offline(settings, credential, gate, when)
    else:
        client = LinkClient.for_data(settings.data)
        try:
            source, found = "the running node", client.explain(credential, gate, when)
        finally:
            client.close()
    report = _report(found, gate, when, source)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
        return
    for key, value in report.items():
        if value not in (None, ""):
            click.echo(f"{key:<12} {_line(value)}")


def _offline(settings: Config, credential: str, gate: str, at: float | None) -> Explained:
    from gatekeeper.explaining import explain_offline

    try:
        return explain_offline(settings, credential, gate, at)
    except CredentialError as error:
        raise UserError(str(error)) from error


def _time(text: str, zone: str) -> float:
    """UTC seconds of a local time; years from 2400 on are of the Buddhist era."""
    try:
        year, rest = text.strip().split("-", 1)
        if int(year) >= 2400:
            text = f"{int(year) - BUDDHIST_ERA:04d}-{rest}"
        when = datetime.fromisoformat(text)
        when = (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        seen = f"{text!r} seen; 2026-11-22T18:30 is due"
        raise click.BadParameter(seen, param_hint="--at") from error
    return when.timestamp()


def _report(found: Explained, gate: str, at: float | None, source: str) -> dict[str, object]:
    reason = found.decision.reason
    first = found.decision.first_seen_at
    seated = bool(found.holder and (found.holder.table or found.holder.seat))
    return {
        "credential": found.credential,
        "gate": gate,
        "at": _iso(at) if at is not None else None,
        "verdict": reason.verdict,
        "reason": reason,
        "class": reason.cls,
        "rule": found.decision.rule,
        "sentence": reason.text.headline._asdict(),
        "next_step": next_step(reason, seated=seated)._asdict(),
        "pass_id": found.decision.pass_id,
        "holder": found.holder.name if found.holder else None,
        "first_seen": _iso(first) if first is not None else None,
        "source": source,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(value: object) -> str:
    return f"{value['th']} / {value['en']}" if isinstance(value, dict) else str(value)
