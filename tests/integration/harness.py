"""A whole site in a temporary directory: settings, simulated readers, real processes.

    with Site(tmp_path) as site:
        site.invite(["em4100:62E3086CED"])
        site.simulate()
        site.serve()
        seq = site.tap("lf1", "em4100:62E3086CED").seq

Everything is the real thing: `python -m firmware_sim` on pseudo-terminals, `gatekeeper serve`
or `gatekeeper node`, the journal read as any process reads it. Waiting is for events, with a
deadline that says what was waited for. Whatever was started is ended with the `with`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from gatekeeper import config as configuration
from gatekeeper.db.engine import Database
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.migrate import open_database
from gatekeeper.db.passes import set_credential_state
from gatekeeper.errors import GatekeeperError, LinkError
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import VerifyResult, verify
from gatekeeper.link.client import LinkClient
from gatekeeper.locks import owner
from gatekeeper.model import (
    EntryKind,
    Holder,
    JournalEntry,
    NodeStatus,
    Pass,
    PassState,
    pack_holder,
)
from gatekeeper.node.copy import PassCopy

__all__ = ["DEADLINE_S", "ROOT", "Program", "Site", "free_port", "until"]

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0
TRIES = 30
"""How often a tag is shown again within the deadline."""
EVENT = "reception"
T = TypeVar("T")

READERS = {"lf1": "rdm6300", "lf2": "rdm6300", "uhf1": "r2000"}
"""The default site: reader -> driver; each serves the gate of the same name."""
EXIT = "lf2"
"""The reader whose gate lets people out."""


def until(what: str, condition: Callable[[], T | None], deadline_s: float = DEADLINE_S) -> T:
    """What `condition` gives as soon as it is true; asked often, as processes tell no events."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        pause.wait(0.005)
    raise AssertionError(f"{what}: not within {deadline_s:.0f} s")


def free_port() -> int:
    """A loopback port that nobody has, and that stays free for a server that is killed and
    started again: none that the kernel gives to outgoing connections, each given once."""
    for port in _ports:
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_ports = iter(range(10_000 + 2_000 * _WORKER + os.getpid() % 1_000, 12_000 + 2_000 * _WORKER))
"""Apart for tests that run side by side."""


class Program:
    """A process of ours with its output kept; ended by `end`."""

    def __init__(self, arguments: Sequence[str], **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def output(self) -> str:
        """Everything it said so far."""
        with self._more:
            return "\n".join(self.lines)

    def wait_line(self, part: str, deadline_s: float = DEADLINE_S) -> str:
        """The first line that contains `part`."""

        def found() -> str | None:
            return next((line for line in self.lines if part in line), None)

        with self._more:
            line = self._more.wait_for(
                lambda: found() or (not self._reader.is_alive() and "ended"), deadline_s
            )
        if not line or line == "ended":
            raise AssertionError(f"no line with {part!r}; said:\n{self.output}")
        return line

    def wait(self, deadline_s: float = DEADLINE_S) -> int:
        """Its exit status."""
        status = self.process.wait(deadline_s)
        self._reader.join(deadline_s)
        return status

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.wait()

    def end(self, deadline_s: float = DEADLINE_S) -> int:
        """SIGTERM, then its exit status; killed where it does not end."""
        self.process.terminate()
        try:
            return self.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"did not end on SIGTERM; said:\n{self.output}") from None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.decode("utf-8", "replace").rstrip())
                self._more.notify_all()
        self.process.stdout.close()
        with self._more:
            self._more.notify_all()


class Site:
    """One installation. Start what the test needs; leaving the `with` ends it all."""

    def __init__(self, home: Path, readers: dict[str, str] | None = None) -> None:
        self.home = home
        self.data = home / "data"
        self.lines = home / "lines"
        self.file = home / "gatekeeper.toml"
        self.readers = READERS if readers is None else readers
        self.port = free_port()
        self.database_url = ""
        """Of the main database in the settings; empty: the file beside the journal."""
        self.totp = False
        """Whether administrators and the pass office must sign in with a code as well."""
        self.programs: list[Program] = []
        self.simulator: Program | None = None
        self.data.mkdir(parents=True, exist_ok=True)
        self.write_settings()
        self.link = LinkClient.for_data(self.data, deadline_s=10.0)
        self.journal = JournalReader(self.data / "journal.sqlite3")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()
        self.journal.close()
        for program in reversed(self.programs):
            if program.process.poll() is None:
                program.process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    program.wait(15)
                program.process.kill()
            program.wait()
            if program.process.stdin:
                program.process.stdin.close()

    def write_settings(self, extra: str = "") -> None:
        """The settings file: a gate for each reader, all of one event; `extra` TOML behind."""
        parts = [
            f'data = "data"\n[web]\nport = {self.port}\nrequire_totp = {str(self.totp).lower()}\n'
        ]
        if self.database_url:
            parts.append(f'[database]\nurl = "{self.database_url}"\n')
        for reader, driver in self.readers.items():
            direction = "out" if reader == EXIT else "in"
            parts.append(
                f'[[gates]]\nid = "{reader}"\nevent = "{EVENT}"\ndirection = "{direction}"\n'
                f'[[readers]]\nid = "{reader}"\ndriver = "{driver}"\ngate = "{reader}"\n'
                f'url = "{self.lines / reader}"\n'
            )
        self.file.write_text("\n".join(parts) + extra)

    @property
    def config(self) -> configuration.Config:
        """The settings as the processes read them."""
        return configuration.load(self.file)

    # --- the simulated readers

    def simulate(self, extra: str = "") -> Program:
        """Start the simulated readers; `extra` TOML behind them: boards and doors."""
        scenario = ["seed = 1"]
        for reader, device in self.readers.items():
            direction = "out" if reader == EXIT else "in"
            scenario.append(
                f'[[readers]]\nid = "{reader}"\ndevice = "{device}"\ngate = "{reader}"\n'
                f'direction = "{direction}"\n' + ("antennas = 1\n" if device == "r2000" else "")
            )
        file = self.home / "scenario.toml"
        file.write_text("\n".join(scenario) + "\n" + extra)
        self.simulator = self.program("firmware_sim", str(file), "--dir", str(self.lines))
        self.simulator.wait_line("ready")
        return self.simulator

    def command(self, *words: str) -> dict[str, Any]:
        """A command to the simulator, e.g. `unplug lf1`; its answer, which must be ok."""
        folder = os.open(self.lines, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(DEADLINE_S)
                sock.connect(f"/proc/self/fd/{folder}/control.sock")
                sock.sendall((" ".join(words) + "\n").encode())
                with sock.makefile() as answers:
                    answer: dict[str, Any] = json.loads(answers.readline())
        finally:
            os.close(folder)
        assert answer.get("ok"), f"{words}: {answer}"
        return answer

    def tap(self, reader: str, credential: str) -> JournalEntry:
        """Show a tag to a reader and return the entry that it became.

        As people do, it is shown again while nothing happens: a tag that has not yet left
        the field is the same presentation, and the same tap.
        """
        before = self.journal.head()
        for _ in range(TRIES):
            self.command("tap", reader, credential)
            with suppress(AssertionError):
                return self.entry(
                    before,
                    lambda e: e.credential == credential and e.reader == reader,
                    DEADLINE_S / TRIES,
                )
        raise AssertionError(f"no entry for a tap at {reader}: not within {DEADLINE_S:.0f} s")

    # --- the product's processes

    def program(self, *arguments: str, **environment: str) -> Program:
        """Start a Python module as a process of this test."""
        program = Program(arguments, **environment)
        self.programs.append(program)
        return program

    def gatekeeper(self, *arguments: str, **environment: str) -> Program:
        """Start a command of the product on this site's settings."""
        return self.program(
            "gatekeeper", arguments[0], "--config", str(self.file), *arguments[1:], **environment
        )

    def forget(self, program: Program) -> None:
        """A program that has ended and is of no more interest."""
        self.programs.remove(program)
        if program.process.stdin:
            program.process.stdin.close()

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run a command of the product to its end: exit status and output."""
        program = self.gatekeeper(*arguments, **environment)
        status = program.wait()
        return status, program.output

    def node(self) -> Program:
        """Start the node alone and wait until it decides."""
        program = self.gatekeeper("node")
        self.wait_ready()
        return program

    def serve(self) -> Program:
        """Start all processes and wait until the node decides."""
        program = self.gatekeeper("serve")
        self.wait_ready()
        return program

    def status(self) -> NodeStatus | None:
        """How the node is; None while it does not answer."""
        try:
            return self.link.status()
        except LinkError:
            return None

    def wait_status(
        self, what: str, condition: Callable[[NodeStatus], bool], deadline_s: float = DEADLINE_S
    ) -> NodeStatus:
        """The node's status as soon as `condition` holds."""

        def look() -> NodeStatus | None:
            found = self.status()
            return found if found and condition(found) else None

        return until(what, look, deadline_s)

    def wait_ready(self) -> NodeStatus:
        """Until the node decides and every simulated reader is up."""

        def ready(found: NodeStatus) -> bool:
            up = [reader.state == "up" for reader in found.readers]
            return found.ready and (self.simulator is None or all(up))

        return self.wait_status("a node that decides", ready)

    def pid(self, name: str) -> int:
        """Process id of the running node, web, worker or serve."""
        return until(f"a running {name}", lambda: owner(self.data, name))

    def kill(self, name: str) -> int:
        """kill -9 the running node, web or worker, and wait until it is gone; its process id."""
        pid = self.pid(name)
        pidfd = os.pidfd_open(pid)
        try:
            os.kill(pid, signal.SIGKILL)
            assert select.select([pidfd], [], [], DEADLINE_S)[0], f"{name} survived kill -9"
        finally:
            os.close(pidfd)
        return pid

    # --- passes and the record

    def fill(self, passes: Iterable[tuple[str, str]], **fields: Any) -> None:
        """Give the node its own copy of passes (id, credential), as from a main database."""
        encode = msgspec.msgpack.Encoder().encode
        PassCopy(self.data / "passes.copy").replace(
            (
                (
                    credential,
                    encode(
                        Pass(
                            id=pass_id,
                            credential=credential,
                            event=EVENT,
                            holder=pack_holder(Holder(name=f"Guest {pass_id}")),
                            **fields,
                        )
                    ),
                )
                for pass_id, credential in passes
            ),
            0,
            "test",
        )

    @property
    def database(self) -> Database:
        """The main database, made if it is not there."""
        return open_database(self.config.database_url)

    def invite(self, credentials: Iterable[str]) -> None:
        """Put guests with these credentials on the event's list, as an import would."""
        rows = [
            GuestRow(external_key=str(n), first_name="Guest", last_name=str(n), credential=c)
            for n, c in enumerate(credentials, 1)
        ]
        database = self.database
        with database.session() as session:
            counts = apply_guests(session, EVENT, rows)
        database.close()
        assert not counts.faults, counts.faults

    def set_state(self, credential: str, state: PassState) -> None:
        """Revoke, suspend or reinstate a card at the desk."""
        database = self.database
        with database.session() as session:
            set_credential_state(session, credential, state, "test")
        database.close()

    def entry(
        self,
        after: int,
        condition: Callable[[JournalEntry], bool],
        deadline_s: float = DEADLINE_S,
    ) -> JournalEntry:
        """The first entry above `after` that fulfils `condition`."""

        def look() -> JournalEntry | None:
            with suppress(GatekeeperError):
                return next(filter(condition, self.journal.since(after)), None)
            return None

        return until("an entry in the journal", look, deadline_s)

    def decisions(self) -> list[JournalEntry]:
        """Every decision in the journal."""
        return [e for e in self.journal.replay() if e.kind is EntryKind.DECISION]

    def verify(self) -> VerifyResult:
        """The proof that the journal is whole."""
        return verify(self.data / "journal.sqlite3", load_key(self.data / "journal.key"))
