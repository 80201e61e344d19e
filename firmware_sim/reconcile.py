"""`python -m firmware_sim.reconcile`: files in, the reconciliation out.

    python -m firmware_sim.reconcile --truth truth.jsonl --journal export.jsonl
        [--durable FILE] [--feed FILE] [--outages FILE] [--json]

Exit 0 when nothing is wrong, 1 when something is or a file cannot be read. What is compared,
and how, is comparison.py's part.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from firmware_sim.comparison import reconcile
from firmware_sim.tally import Row

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Compare files; 0 when nothing is wrong, 1 when something is or a file is bad."""
    parser = argparse.ArgumentParser(
        prog="firmware_sim.reconcile",
        description="Compare what happened on the wires with what the journal says.",
    )
    for name in ("truth", "journal"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("durable", "feed", "outages"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    options = parser.parse_args(arguments)
    try:
        result = reconcile(
            _read(options.truth),
            _read(options.journal),
            durable=_read(options.durable),
            feed=_read(options.feed),
            outages=_read(options.outages),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"reconcile: {error!r}\n")
        return 1
    report = result.report()
    if options.json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        for name, value in report.items():
            sys.stdout.write(f"{name:20} {value}\n")
    return 0 if result.clean else 1


def _read(file: Path | None) -> list[Row]:
    if file is None:
        return []
    whole, _, rest = file.read_text(encoding="utf-8").rpartition("\n")
    rows: list[Row] = [json.loads(line) for line in whole.splitlines() if line.strip()]
    # A last line without an end may be half a line, of a writer at work or killed.
    with contextlib.suppress(ValueError):
        rows += [json.loads(rest)] if rest.strip() else []
    return rows


if __name__ == "__main__":
    sys.exit(main())
