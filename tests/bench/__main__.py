"""`make bench`: run every bench_*.py beside this file and print its figures.

Each module has `run() -> list[dict]` whose rows hold `name`, `value`, `unit` and, where a
baseline was measured in the same run, `baseline`, `baseline_name` and `ratio`; `aim` says
what was hoped for. Every module runs in a process of its own, so that memory and threads of
one do not colour the next. `--write` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
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


def collect(names: list[str]) -> list[dict[str, Any]]:
    """Run the chosen modules one after another; a failing one becomes a row that says so."""
    rows: list[dict[str, Any]] = []
    for module in sorted(HERE.glob("bench_*.py")):
        if names and module.stem.removeprefix("bench_") not in names:
            continue
        print(f"{module.stem} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", "--one", module.name],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        print(f"{module.stem}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            rows.append(
                {"name": f"{module.stem}: FAILED", "value": done.returncode, "unit": "exit"}
            )
        else:
            rows.extend(json.loads(done.stdout.splitlines()[-1]))
    return rows


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


def write(text: str) -> None:
    """Replace the figures in docs/performance.md."""
    document = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = document.partition(BEGIN)
    tail = rest.partition(END)[2]
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    stamp = time.strftime("%Y-%m-%d", time.gmtime())
    body = f"{BEGIN}\nMeasured {stamp} on {machine}, 2 cores, by `make bench`.\n\n{text}\n{END}"
    DOCUMENT.write_text(f"{head}{body}{tail}", encoding="utf-8")


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
    rows = collect(arguments.names)
    print(json.dumps(rows, indent=1) if arguments.json else table(rows))
    if arguments.write:
        write(table(rows))
    return int(any("FAILED" in row["name"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
