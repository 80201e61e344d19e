"""Signs of life: sent while the work is done, heard by whoever keeps the process running."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Iterator

import pytest

from gatekeeper import pulse
from gatekeeper.pulse import SOCKET, Ear, Pulse, Turns, beat

DEADLINE_S = 20.0


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    ear = Ear()
    monkeypatch.setenv(SOCKET, ear.address)
    yield ear
    ear.close()


def wait(ear: Ear) -> bool:
    return bool(select.select([ear], [], [], DEADLINE_S)[0]) and ear.heard()


def test_a_beat_is_heard_once(ear: Ear) -> None:
    beat()

    assert wait(ear)
    assert not ear.heard()


def test_a_beat_that_nobody_wants_or_hears_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SOCKET, raising=False)
    beat()
    monkeypatch.setenv(SOCKET, "@nobody-listens-here")
    beat()
    monkeypatch.setenv(SOCKET, "/nowhere/socket")
    beat()


def test_an_unread_queue_never_holds_the_sender_up(ear: Ear) -> None:
    """The kernel keeps some hundred; the supervisor may be stopped for longer."""
    for _ in range(5_000):
        beat()

    assert wait(ear)


def test_a_path_is_an_address_too(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd gives one."""
    path = tmp_path_factory.mktemp("n") / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        monkeypatch.setenv(SOCKET, str(path))

        beat()

        sock.settimeout(DEADLINE_S)
        assert sock.recv(64) == b"WATCHDOG=1"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_account_cannot_keep_a_hanging_process_alive(ear: Ear) -> None:
    child = os.fork()
    if not child:
        os.setuid(65534)
        beat()
        os._exit(0)
    os.waitpid(child, 0)

    assert select.select([ear], [], [], DEADLINE_S)[0], "nothing came"
    assert not ear.heard()


def test_what_is_unwell_does_not_beat_and_says_why_once(
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """And leaves behind what each thread was doing."""
    monkeypatch.setattr(pulse, "PERIOD_S", 0.01)
    looked, well = threading.Semaphore(0), threading.Event()

    def check() -> str:
        looked.release()
        if not well.is_set():
            raise RuntimeError("a lock that nobody gives back")
        return ""

    heart = Pulse("node")
    heart.check = check
    with heart:
        for _ in range(5):
            assert looked.acquire(timeout=DEADLINE_S)
        assert not ear.heard()
        well.set()
        assert wait(ear)

    assert caplog.text.count("node hangs: RuntimeError: a lock that nobody gives back") == 1
    assert "most recent call first" in capfd.readouterr().err


def test_a_check_that_hangs_is_no_beat(ear: Ear) -> None:
    began, release = threading.Event(), threading.Event()

    def check() -> str:
        began.set()
        release.wait(DEADLINE_S)
        return ""

    heart = Pulse("node")
    heart.check = check
    with heart:
        assert began.wait(DEADLINE_S)
        assert not ear.heard()
        release.set()
        assert wait(ear)


def test_a_loop_that_does_not_come_round_is_named() -> None:
    patient, impatient = Turns("the feed", 60.0), Turns("the feed", -1.0)
    patient.mark()

    assert patient.problem() == ""
    assert impatient.problem() == "the feed has not come round for 0 s"
