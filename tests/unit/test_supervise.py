"""The supervisor: what dies is back, what is told to end ends, nobody outlives it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper import supervise
from gatekeeper.supervise import PARENT, Child, Supervisor

DEADLINE_S = 20

STANDS = "import time, os; print('up', os.getpid(), flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(600)"
)
FALLS = "raise SystemExit(3)"


class Log(io.StringIO):
    """Lines of the children, with somebody waiting for them."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        with self._more:
            self.lines.append(text.rstrip())
            self._more.notify_all()
        return len(text)

    def wait(self, condition: Callable[[list[str]], bool]) -> None:
        with self._more:
            assert self._more.wait_for(lambda: condition(self.lines), DEADLINE_S), self.lines


BEATS = """
import os, time
from gatekeeper.pulse import Pulse
Pulse("node").start()
print("up", os.getpid(), flush=True)
time.sleep(600)
"""


def child(name: str, code: str, patience_s: float | None = None) -> Child:
    return Child(name, [sys.executable, "-c", code], os.environ, patience_s=patience_s)


@pytest.fixture
def run() -> Callable[..., None]:
    """Runs a supervisor in this (the main) thread while `story` runs in another."""

    def go(children: list[Child], out: Log, story: Callable[[], None]) -> None:
        supervisor = Supervisor(children, out)
        failure: list[BaseException] = []

        def tell() -> None:
            try:
                story()
            except BaseException as error:
                failure.append(error)
            finally:
                supervisor.stop()

        teller = threading.Thread(target=tell)
        teller.start()
        supervisor.run()
        teller.join()
        if failure:
            raise failure[0]

    return go


def test_a_killed_child_is_started_again_and_its_lines_carry_its_name(
    run: Callable[..., None],
) -> None:
    out, kept = Log(), child("node", STANDS)

    def story() -> None:
        out.wait(lambda lines: len(lines) == 1)
        os.kill(int(out.lines[0].split()[-1]), signal.SIGKILL)
        out.wait(lambda lines: len(lines) == 2)

    run([kept], out, story)

    assert all(line.startswith("node   | up ") for line in out.lines)
    assert len(set(out.lines)) == 2
    assert kept.restarts == 1
    assert kept.pid is None


def test_one_that_keeps_falling_is_never_given_up_and_disturbs_nobody(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "PAUSES_S", (0.0, 0.0, 0.01))
    out, falling, standing = Log(), child("web", "print('try');" + FALLS), child("node", STANDS)

    run([falling, standing], out, lambda: out.wait(lambda lines: lines.count("web    | try") >= 6))

    assert falling.restarts >= 5
    assert standing.restarts == 0


def test_pauses_grow_with_each_early_death() -> None:
    out, falling = Log(), child("web", FALLS)
    pauses = []
    for _ in range(len(supervise.PAUSES_S) + 2):
        falling.start(out)
        before = supervise.time.monotonic()
        falling.reap()
        pauses.append(falling.due - before)

    due = [*supervise.PAUSES_S[1:], *[supervise.PAUSES_S[-1]] * 3]
    assert all(pause >= wanted for pause, wanted in zip(pauses, due, strict=True))
    assert pauses[0] < supervise.PAUSES_S[2] + DEADLINE_S


def test_one_that_does_not_end_when_asked_is_killed(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "PATIENCE_S", 0.2)
    out, stubborn = Log(), child("worker", STUBBORN)

    run([stubborn], out, lambda: out.wait(lambda lines: lines == ["worker | up"]))

    assert stubborn.pid is None


def test_one_that_is_stopped_is_killed_and_started_again(run: Callable[..., None]) -> None:
    """A stopped process takes SIGTERM only once it goes on, so never."""
    out, stopped, standing = Log(), child("node", BEATS, 3.0), child("web", BEATS, 3.0)

    def story() -> None:
        out.wait(lambda lines: len(lines) == 2)
        first = next(line for line in out.lines if line.startswith("node"))
        os.kill(int(first.split()[-1]), signal.SIGSTOP)
        out.wait(lambda lines: len(lines) == 3)

    run([stopped, standing], out, story)

    assert out.lines[-1].startswith("node   | up ")
    assert (stopped.restarts, standing.restarts) == (1, 0)


def test_one_that_never_gives_a_first_sign_is_started_again(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "FIRST_SIGN_S", 0.5)
    out, silent = Log(), child("web", STANDS, 0.2)

    run([silent], out, lambda: out.wait(lambda lines: len(lines) == 2))

    assert silent.restarts >= 1


def test_a_supervisor_that_was_held_up_blames_no_child(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stops the whole machine for a while stops whoever should have given a sign."""
    monkeypatch.setattr(supervise, "OWN_SIGN_S", 0.01)
    monkeypatch.setattr(supervise, "LATE_S", 0.0)
    out, silent = Log(), child("web", STANDS, 60.0)
    forgiven = threading.Event()
    forgive = silent.forgive
    monkeypatch.setattr(silent, "forgive", lambda s: (forgive(s), forgiven.set()))

    run([silent], out, lambda: forgiven.wait(DEADLINE_S))

    assert forgiven.is_set()
    assert silent.restarts == 0


def test_children_do_not_wait_for_whoever_stopped_listening(run: Callable[..., None]) -> None:
    class Gone(Log):
        def write(self, text: str) -> int:
            super().write(text)
            raise BrokenPipeError

    out, loud = Gone(), child("web", "\nwhile True: print('x' * 1000, flush=True)")

    run([loud], out, lambda: out.wait(lambda lines: len(lines) > 200))


SUPERVISE = """
import os, sys
from gatekeeper.supervise import Child, Supervisor
code = '''
from gatekeeper.supervise import die_with_parent
import os, time
die_with_parent()
print("up", os.getpid(), flush=True)
time.sleep(600)
'''
Supervisor([Child("node", [sys.executable, "-c", code], os.environ)], sys.stdout).run()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_children_end_with_the_supervisor_however_it_ends(number: signal.Signals) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline().split()[-1])
    pidfd = os.pidfd_open(pid)

    supervisor.send_signal(number)

    assert supervise.select.select([pidfd], [], [], DEADLINE_S)[0], "the child lives on"
    os.close(pidfd)
    assert supervisor.wait(DEADLINE_S) == (-9 if number is signal.SIGKILL else 0)
    supervisor.stdout.close()


def test_a_child_born_after_its_supervisor_died_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = (
        "from gatekeeper.supervise import die_with_parent\n"
        f"die_with_parent()\nopen({str(tmp_path / 'lived')!r}, 'w')"
    )

    # A process id that is never anybody's parent here.
    subprocess.run([sys.executable, "-c", code], env={**os.environ, PARENT: "1"}, check=True)

    assert not (tmp_path / "lived").exists()
