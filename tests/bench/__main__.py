"""`make bench`: run every bench_*.py beside this file and print its figures.

Each module has `run() -> list[dict]` whose rows hold `name`, `value`, `unit` and, where a
baseline was measured in the same run, `baseline`, `baseline_name` and `ratio`; `aim` says
what was hoped for. Every module runs in a process of its own, so that memory and threads of
one do not colour the next. `--write` puts their tables into docs/performance.md, each under
the bench's name with its day; those of other benches stay as they were.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LIMIT_S = 900


def run_one(module: Path) -> list[dict[str, Any]]:
    """Import one bench module and run it (inside its own process)."""
    spec = importlib.util.spec_from_file_location(module.stem, module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module.stem] = loaded
    spec.loader.exec_module(loaded)
    rows: list[dict[str, Any]] = loaded.run()
    return rows


def collect(names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows by bench, one run after another; a failing one becomes a row that says so."""
    found: dict[str, list[dict[str, Any]]] = {}
    for module in sorted(HERE.glob("bench_*.py")):
        name = module.stem.removeprefix("bench_")
        if names and name not in names:
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", "--one", module.name],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            found[name] = [{"name": f"{name}: FAILED", "value": done.returncode, "unit": "exit"}]
        else:
            found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def figure(value: Any) -> str:
    """A number with three significant digits, thousands grouped."""
    if not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    lines = [
        "| measure | figure | baseline in the same run | ratio | aim |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        baseline = ""
        if "baseline" in row and row["baseline"] is not None:
            baseline = f"{figure(row['baseline'])} {row['unit']} {row.get('baseline_name', '')}"
        ratio = figure(row["ratio"]) if row.get("ratio") is not None else ""
        lines.append(
            f"| {row['name']} | {figure(row['value'])} {row['unit']} | {baseline.strip()} "
            f"| {ratio} | {row.get('aim', '')} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """What the figures belong to, and how fast it is by a loop that anybody can repeat."""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    began = time.perf_counter()
    sum(number for number in range(10_000_000))
    loop_s = time.perf_counter() - began
    return f"{system}, {os.cpu_count()} processors (a sum of ten million numbers: {loop_s:.2f} s)"


def section(name: str, text: str) -> str:
    """What stands under the bench's name in the document."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"### {name}\nMeasured {day} on {machine()}, by `make bench`.\n\n{text}\n"


def merge(document: str, sections: dict[str, str]) -> str:
    """`document` with these sections between its marks; sections of other benches stay."""
    head, _, rest = document.partition(BEGIN)
    old, _, tail = rest.partition(END)
    parts = {part.partition("\n")[0]: f"### {part.rstrip()}\n" for part in old.split("### ")[1:]}
    parts |= sections
    body = "\n".join(parts[name] for name in sorted(parts))
    return f"{head}{BEGIN}\n{body}{END}{tail}"


def main() -> int:
    """Parse, run, print; exit 1 when a module failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="which benches (default: all)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run_one(HERE / arguments.one)))
        return 0
    found = collect(arguments.names)
    rows = [row for rows in found.values() for row in rows]
    failed = {name for name, rows in found.items() if any("FAILED" in r["name"] for r in rows)}
    print(json.dumps(rows, indent=1) if arguments.json else table(rows))
    if arguments.write:
        done = {name: section(name, table(rows)) for name, rows in found.items()}
        well = {name: text for name, text in done.items() if name not in failed}
        DOCUMENT.write_text(merge(DOCUMENT.read_text(encoding="utf-8"), well), encoding="utf-8")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
