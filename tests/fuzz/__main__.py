"""`make fuzz`: every target in processes of its own, as many at once as there are processors.

    python -m tests.fuzz [TARGET …] [--runs N | --seconds S] [--keep]

Runs or time are shared out evenly over the targets. A crash ends that target; its input is
kept in var/fuzz and shown. `--keep` takes what was found into the corpus, minimised. The
processors are left to others where they want them (nice 19).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, TypeAlias

from tests.fuzz import targets

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "fuzz"
SHORT, LONG = 160, 2048
"""Longest input in bytes: most runs are short and fast, some are long, for bounds and time."""
LONG_SHARE = 0.03
CORPUS_MAX = 6000
"""Characters of one target's corpus file."""
ENDLESS = 1 << 31
HANGS_S = 600
"""One input for so long is a find of its own. By the wall's clock, of which a process that yields
to all others (nice 19) may get little; what an input costs is measured in processor time."""

Step: TypeAlias = "tuple[str, int, int, int]"
"""File, line before, line, how often."""


@dataclass(frozen=True)
class Outcome:
    """What became of one target."""

    name: str
    runs: int
    seconds: float
    slowest: float
    """Largest share of its budget (1 ms for 256 bytes) that an input took, uninstrumented."""
    complaint: str
    """What was found, in the words of the check; empty: nothing."""


def fuzz(name: str, runs: int, seconds: float, *, keep: bool) -> Outcome:
    """Fuzz one target, short inputs first."""
    begun, done, slowest, complaint = time.monotonic(), 0, 0.0, ""
    with TemporaryDirectory() as folder:
        found = Path(folder) / "found"
        found.mkdir()
        for data in [*targets.seeds(name), *targets.corpus(name)]:
            (found / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        words = Path(folder) / "words"
        words.write_text(
            "".join(
                '"' + "".join(f"\\x{b:02X}" for b in w) + '"\n' for w in targets.dictionary(name)
            )
        )
        for longest, share in ((SHORT, 1 - LONG_SHARE), (LONG, LONG_SHARE)):
            limits = [f"-runs={max(1, int(runs * share))}", f"-max_len={longest}"]
            limits.append(f"-max_total_time={max(1, int(seconds * share))}" if seconds else "")
            count, share, complaint = _run(name, [*limits, f"-dict={words}", str(found)])
            done, slowest = done + count, max(slowest, share)
            if complaint:
                break
        if keep and not complaint:
            _keep(name, found)
    outcome = Outcome(name, done, time.monotonic() - begun, slowest, complaint)
    print(_line(outcome), flush=True)
    return outcome


def _run(name: str, arguments: list[str]) -> tuple[int, float, str]:
    KEPT.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.fuzz.one", name, "-print_final_stats=1",
            f"-timeout={HANGS_S}", "-rss_limit_mb=1024", f"-artifact_prefix={KEPT / name}-",
            *filter(None, arguments),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        preexec_fn=lambda: os.nice(19) and None,
    )  # fmt: skip
    text = done.stdout.decode("utf-8", "replace")
    counted = re.search(r"stat::number_of_executed_units:\s+(\d+)", text)
    count = int(counted[1]) if counted else 0
    shares = [float(share) for share in re.findall(r"^slowest: ([\d.]+) of", text, re.MULTILINE)]
    slowest = max(shares, default=0.0)
    if done.returncode == 0:
        return count, slowest, ""
    said = re.findall(r"^\s*\w*(?:Error|Exception)\b.*|^ALARM: .*|.*ERROR: libFuzzer.*", text, re.M)
    kept = re.findall(r"Test unit written to (\S+)", text)
    return count, slowest, " ".join([*(said[-1:] or text.splitlines()[-1:]), *kept])


def _keep(name: str, found: Path) -> None:
    """Inputs that together reach all that was reached, the shortest first."""
    inputs = sorted((path.read_bytes() for path in found.iterdir()), key=lambda d: (len(d), d))
    check, seen, lines = targets.build(name).check, set[Step](), list[str]()
    for data in inputs:
        reached = _reached(check, data)
        size = sum(len(line) + 1 for line in lines) + 2 * len(data) + 1
        if reached - seen and size <= CORPUS_MAX:
            seen |= reached
            lines.append(data.hex())
    targets.CORPUS.mkdir(exist_ok=True)
    (targets.CORPUS / targets.file_of(name)).write_text("".join(f"{line}\n" for line in lines))


def _reached(check: Callable[[bytes], None], data: bytes) -> set[Step]:
    """Steps from line to line of the product that `data` leads through, and how often each:
    once, up to three times, up to seven, more."""
    steps: Counter[tuple[str, int, int]] = Counter()
    before: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if "gatekeeper" not in frame.f_code.co_filename:
            return None
        steps[frame.f_code.co_filename, before.get(frame, 0), frame.f_lineno] += 1
        before[frame] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        check(data)
    finally:
        sys.settrace(None)
    return {(*step, min(count.bit_length(), 4)) for step, count in steps.items()}


def _line(outcome: Outcome) -> str:
    rate = outcome.runs / max(outcome.seconds, 1e-9)
    return (
        f"{outcome.name:32} {outcome.runs:>12,} runs {rate:>9,.0f}/s  "
        f"slowest {outcome.slowest:.2f} ms/256 bytes  "
        f"{outcome.complaint or 'nothing found'}"
    )


def main() -> None:
    """Parse, share out, count."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--runs", type=int, default=0, help="executions in all")
    parser.add_argument("--seconds", type=float, default=0.0, help="time in all (default: 120)")
    parser.add_argument("--keep", action="store_true", help="take finds into the corpus")
    given = parser.parse_args()
    known = targets.names()
    chosen = [n for n in known if not given.targets or n.startswith(tuple(given.targets))]
    if not chosen:
        parser.error(f"no such target; known: {', '.join(known)}")
    jobs = os.cpu_count() or 1
    seconds = given.seconds or (0.0 if given.runs else 120.0)
    one = partial(
        fuzz,
        runs=-(-given.runs // len(chosen)) if given.runs else ENDLESS,
        seconds=seconds * min(jobs, len(chosen)) / len(chosen),
        keep=given.keep,
    )
    with ThreadPoolExecutor(jobs) as pool:
        outcomes = list(pool.map(one, chosen))
    found = [outcome for outcome in outcomes if outcome.complaint]
    print(
        f"{sum(o.runs for o in outcomes):,} runs of {len(outcomes)} targets, {len(found)} finds, "
        f"slowest {max(o.slowest for o in outcomes):.2f} ms/256 bytes (1 allowed)"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
