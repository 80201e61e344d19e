"""The demo from beginning to end: make the site, start it, let the crowd in, reconcile.

`run` is the only entrance. What people see of it (addresses, progress, the reconciliation)
goes through the `Stage` that the command line passes in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gatekeeper import config as settings
from gatekeeper.demo.people import Site, fill, write_people
from gatekeeper.demo.programs import ProgramError, Server, Simulator
from gatekeeper.demo.scenario import write_scenario
from gatekeeper.demo.site import EVENT, Lane, lanes_of, prepare
from gatekeeper.demo.watch import DurableWatch, FeedWatch
from gatekeeper.link.client import LinkClient
from gatekeeper.locks import Lock

__all__ = ["SPEED_MAX", "Options", "Stage", "run"]

DOORS_IN_S = 14.0
"""From laying out the site to the opening of its doors: enough to start, and to come early."""
SETTLE_S = 20.0
SPEED_MAX = 1000.0


class Options(msgspec.Struct, frozen=True):
    """What the demo's command line says."""

    data: Path
    port: int
    guests: int = 1200
    guests_file: Path | None = None
    lanes: int = 4
    speed: float = 5.0
    seed: int = 1
    faults: bool = False
    until_done: bool = False


class Stage(Protocol):
    """Where people see the demo."""

    def step(self, text: str) -> None:
        """Something that takes a moment has begun."""

    def open(self, url: str, lanes: tuple[Lane, ...], site: Site) -> None:
        """Everything runs; these are the addresses and accounts."""

    def progress(self, counts: dict[str, Any], crowd: dict[str, Any]) -> None:
        """Once a second: counts of the live page and of the crowd."""

    def crowd_done(self) -> None:
        """The crowd is through."""


def run(options: Options, stage: Stage) -> dict[str, Any] | None:
    """Run the demo until Ctrl-C, or with `until_done` until the crowd is through.

    Gives the reconciliation, or None where the demo was ended before. Raises UserError,
    AlreadyRunning, ConfigError, ImportFault or ProgramError.
    """
    data = options.data.absolute()
    if data.is_dir():
        # Before anything of an earlier demo is set aside: is it still running?
        Lock(data, "serve").acquire().release()
    lanes = lanes_of(options.lanes)
    file = prepare(data, lanes, options.port)
    config = settings.load(file, port=options.port)
    seed, work = options.seed, data / "sim"
    doors = time.time() + DOORS_IN_S
    stage.step("guests")
    schemes = frozenset(reader.scheme for lane in lanes for reader in lane.readers if lane.entrance)
    site = fill(
        config,
        guests=options.guests,
        guests_file=options.guests_file,
        doors_open_at=doors,
        schemes=schemes,
        seed=seed,
    )
    write_people(site.people, work / "people.json")
    scenario = work / "reception.toml"
    write_scenario(
        scenario,
        lanes,
        work / "people.json",
        doors_open_at=doors,
        seed=seed,
        speed=options.speed,
        faults=options.faults,
    )
    return _play(options, config, lanes, site, scenario, stage)


def _play(
    options: Options,
    config: settings.Config,
    lanes: tuple[Lane, ...],
    site: Site,
    scenario: Path,
    stage: Stage,
) -> dict[str, Any] | None:
    work, url = scenario.parent, f"http://127.0.0.1:{options.port}"
    simulator = server = None
    link = LinkClient.for_data(config.data)
    try:
        stage.step("readers")
        simulator = Simulator(scenario, work, work / "simulator.log")
        simulator.wait_ready()
        stage.step("server")
        assert config.source is not None  # noqa: S101 (narrows the type)
        server = Server(config.source, config.data / "serve.log")
        server.wait_ready(link, url)
        watcher = next(account for account in site.accounts if account.role == "auditor")
        room = f"event:{EVENT}"
        with (
            DurableWatch(link, work / "durable.jsonl") as durable,
            FeedWatch(url, watcher.name, watcher.password, room, work / "feed.jsonl") as feed,
        ):
            stage.open(url, lanes, site)
            simulator.say("start")
            _watch(simulator, server, feed, options.until_done, stage)
            simulator.end()
            _settle(durable, feed)
    except KeyboardInterrupt:
        return None
    finally:
        for program in (simulator, server):
            if program is not None:
                program.end()
        link.close()
    return _reconcile(config, work)


def _watch(
    simulator: Simulator, server: Server, feed: FeedWatch, until_done: bool, stage: Stage
) -> None:
    """Until the crowd is through (`until_done`), or until Ctrl-C."""
    told = False
    while True:
        if simulator.crowd_done.wait(1.0) and not told:
            told = True
            stage.crowd_done()
            if until_done:
                return
        elif told:
            time.sleep(1.0)
        if not server.running:
            raise ProgramError("gatekeeper serve ended by itself; see serve.log")
        if not simulator.running:
            raise ProgramError("the simulator ended by itself; see simulator.log")
        simulator.say("status")
        stage.progress(feed.counts, simulator.status)


def _settle(durable: DurableWatch, feed: FeedWatch) -> None:
    """Until nothing new has come to the disk or to the feed for a second."""
    until = time.monotonic() + SETTLE_S
    quiet_since, heads = time.monotonic(), (durable.head, feed.head)
    while time.monotonic() < until:
        if (durable.head, feed.head) != heads:
            quiet_since, heads = time.monotonic(), (durable.head, feed.head)
        if time.monotonic() - quiet_since > 1.0:
            return
        time.sleep(0.05)


def _reconcile(config: settings.Config, work: Path) -> dict[str, Any]:
    """Compare the crowd's truth with the journal, by the simulator's own hand."""
    exporting = [sys.executable, "-m", "gatekeeper", "journal", "export"]
    exporting += ["--data", str(config.data), "--output", str(work / "journal.jsonl")]
    subprocess.run(exporting, check=True)
    command = [sys.executable, "-m", "firmware_sim.reconcile", "--json"]
    for name, file in (
        ("truth", "truth.jsonl"),
        ("journal", "journal.jsonl"),
        ("durable", "durable.jsonl"),
        ("feed", "feed.jsonl"),
    ):
        command += [f"--{name}", str(work / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise ProgramError(f"the reconciliation failed: {done.stderr.strip()[-300:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
