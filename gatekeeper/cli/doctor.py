"""`gatekeeper doctor`: what is wrong with this installation, in words."""

from __future__ import annotations

import click
import msgspec

from gatekeeper.cli.examine import examine
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config

__all__ = ["command"]


@click.command("doctor")
@with_config
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def command(settings: Config, as_json: bool) -> None:
    """Say what is wrong with this installation; exit 1 if anything is."""
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            click.echo(f"{'OK   ' if finding.ok else 'WRONG'}  {finding.what}: {finding.seen}")
            if finding.remedy and not finding.ok:
                click.echo(f"       -> {finding.remedy}")
    well = all(finding.ok for finding in findings)
    if as_json:
        report = {"ok": well, "findings": findings}
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    if not well and not as_json:
        wrong = ", ".join(finding.what for finding in findings if not finding.ok)
        click.echo(f"gatekeeper: wrong here: {wrong}", err=True)
    if not well:
        raise SystemExit(1)
