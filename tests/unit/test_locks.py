"""One process of a kind per data directory; the lock falls with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gatekeeper.errors import AlreadyRunning, ConfigError
from gatekeeper.locks import Lock, note, owner

HOLD = """
import sys, pathlib
from gatekeeper.locks import Lock
Lock(pathlib.Path(sys.argv[1]), "node").acquire()
print("held", flush=True)
sys.stdin.read()
"""


def holding(data: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_owner_is_refused_and_told_the_first_ones_process(tmp_path: Path) -> None:
    process = holding(tmp_path)

    with pytest.raises(AlreadyRunning, match=f"process {process.pid}"):
        Lock(tmp_path, "node").acquire()

    assert owner(tmp_path, "node") == process.pid
    process.kill()
    process.communicate()


def test_a_killed_owner_gives_the_lock_back(tmp_path: Path) -> None:
    process = holding(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with Lock(tmp_path, "node").acquire():
        assert owner(tmp_path, "node") == os.getpid()
    assert owner(tmp_path, "node") is None


def test_a_patient_one_gets_it_when_the_owner_ends(tmp_path: Path) -> None:
    process = holding(tmp_path)
    killer = threading.Timer(0.05, process.kill)
    killer.start()

    Lock(tmp_path, "node").acquire(wait_s=30).release()

    process.communicate()


def test_kinds_do_not_disturb_each_other(tmp_path: Path) -> None:
    with Lock(tmp_path, "node").acquire(), Lock(tmp_path, "web").acquire():
        assert owner(tmp_path, "worker") is None


def test_a_directory_that_is_a_file_is_a_setting_to_mend(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(ConfigError, match="no usable data directory"):
        Lock(tmp_path / "data", "node").acquire()


def test_the_owner_leaves_a_line_for_others(tmp_path: Path) -> None:
    """Where it listens, say; it is true only while the lock is held."""
    lock = Lock(tmp_path, "web").acquire()
    lock.tell("127.0.0.1 8080")

    assert note(tmp_path, "web") == "127.0.0.1 8080"
    assert owner(tmp_path, "web") == os.getpid()

    lock.release()
    assert note(tmp_path, "web") == ""
    with Lock(tmp_path, "web").acquire():
        assert note(tmp_path, "web") == ""
