"""`python -m firmware_sim SCENARIO --dir DIR`: readers on pseudo-terminals, and a crowd."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from firmware_sim.control import Control
from firmware_sim.crowd import Reception
from firmware_sim.people import read_people
from firmware_sim.scenario import Scenario, ScenarioError, load
from firmware_sim.site import Site

TRUTH_NAME = "truth.jsonl"
START_NAME = "start"
_START_POLL_S = 0.05


def main(arguments: list[str] | None = None) -> int:
    """Run a scenario to its end; 0 when done, 1 for a bad scenario, 2 for wrong use."""
    options = _parser().parse_args(arguments)
    try:
        scenario = load(
            options.scenario, seed=options.seed, speed=options.speed, people=options.people
        )
        people = read_people(scenario.people) if scenario.people else {}
        options.dir.mkdir(parents=True, exist_ok=True)
    except (ScenarioError, OSError, ValueError) as error:
        sys.stderr.write(f"firmware_sim: {error}\n")
        return 1
    with (options.dir / TRUTH_NAME).open("w", encoding="utf-8") as truth_file:
        try:
            run = Run(Site(scenario, options.dir, truth_file, people), scenario, options)
        except ScenarioError as error:
            sys.stderr.write(f"firmware_sim: {options.scenario}: {error}\n")
            return 1
        run.play()
    return 0


class Run:
    """One run: start the readers, start the crowd, end both."""

    def __init__(self, site: Site, scenario: Scenario, options: argparse.Namespace) -> None:
        self.site, self.scenario, self.options = site, scenario, options
        self.control = Control(site, self.begin, site.loop.stop)
        self.begun = False
        self.crowd: Reception | None = None
        if scenario.crowd is not None:
            self.crowd = Reception(site, scenario.crowd, self._crowd_done)
            self.control.report = self.crowd.report

    def play(self) -> None:
        """Everything from `ready` to `done`."""
        self._end_on_signals()
        if self.options.until_eof:
            self.control.on_end_of_input = self.site.loop.stop
        start_file = self.options.dir / START_NAME
        start_file.unlink(missing_ok=True)
        self.site.start()
        self.control.open()
        try:
            self._say("ready")
            if self.options.wait_start:
                self._look_for(start_file)
            else:
                self.begin()
            self.site.loop.run()
        finally:
            self.control.close()
            self.site.stop()
        self._say("done")

    def begin(self) -> None:
        """Let the crowd come, once."""
        if self.begun or self.crowd is None:
            return
        self.begun = True
        self.site.truth.note(type="begin", at=time.time(), ns=time.monotonic_ns())
        self.crowd.begin()

    def _crowd_done(self) -> None:
        assert self.crowd is not None  # noqa: S101 (narrows the type: only a crowd calls this)
        self.site.truth.note(
            type="end",
            at=time.time(),
            ns=time.monotonic_ns(),
            cpu_s=round(time.process_time(), 3),
            **self.site.truth.counts,
            **self.crowd.report(),
        )
        if self.options.stay:
            self._say('{"event": "crowd_done"}')
        else:
            self.site.loop.stop()

    def _end_on_signals(self) -> None:
        """End at SIGTERM and SIGINT, at once: the descriptor wakes the sleeping loop."""
        woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        self.site.loop.watch(woken, self.site.loop.stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def _look_for(self, start_file: Path) -> None:
        if start_file.exists():
            self.begin()
        elif not self.begun:
            self.site.loop.after(_START_POLL_S, lambda: self._look_for(start_file))

    @staticmethod
    def _say(word: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody listens: the work goes on
            sys.stdout.write(word + "\n")
            sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="firmware_sim", description=__doc__)
    parser.add_argument("scenario", type=Path, help="TOML file; see firmware_sim/README.md")
    parser.add_argument("--dir", type=Path, required=True, help="where links and truth.jsonl go")
    parser.add_argument("--seed", type=int, help="instead of the scenario's")
    parser.add_argument("--speed", type=float, help="instead of the scenario's")
    parser.add_argument("--people", type=Path, help="instead of the scenario's people file")
    parser.add_argument(
        "--wait-start",
        action="store_true",
        help="let the crowd come only after the command `start`, or when DIR/start appears",
    )
    parser.add_argument(
        "--stay", action="store_true", help="keep the readers after the crowd is through"
    )
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input is closed"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
