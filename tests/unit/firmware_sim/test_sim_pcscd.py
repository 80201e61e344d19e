"""The service for trials: says what is missing, starts, is killed and starts again, ends."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import pcscd
from firmware_sim.pcscd import READERS_MAX, RUN, Pcscd, PcscdError, missing

ROOT = Path(__file__).parents[3]


@pytest.fixture
def here() -> None:
    """A machine on which it can run."""
    if why := missing():
        pytest.skip(why)


def test_what_is_missing_is_named_with_its_package(monkeypatch: Any) -> None:
    monkeypatch.setattr(pcscd.shutil, "which", lambda _: None)
    assert missing() == "pcscd is not installed; apt-get install pcscd"
    monkeypatch.setattr(pcscd.shutil, "which", lambda name: f"/usr/sbin/{name}")
    monkeypatch.setattr(pcscd, "LIBRARY", Path("/nowhere/libifdvpcd.so"))
    assert missing() == "/nowhere/libifdvpcd.so is not there; apt-get install vsmartcard-vpcd"
    monkeypatch.setattr(pcscd, "LIBRARY", Path("/"))
    monkeypatch.setattr(pcscd.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(pcscd, "RUN", Path("/nowhere"))
    assert missing() == "/nowhere cannot be written; run this as root"


def test_each_reader_has_a_library_and_two_ports_of_its_own(tmp_path: Path) -> None:
    """Entries that share a library share their cards."""
    names = [f"Gate {n}" for n in range(READERS_MAX)]
    service = Pcscd(tmp_path, names)
    entries = [(tmp_path / "readers.d" / f"Gate_{n}").read_text() for n in range(READERS_MAX)]
    ports = sorted(service.ports.values())

    assert len({entry.split("LIBPATH ")[1].split("\n")[0] for entry in entries}) == READERS_MAX
    assert all(after - before >= 2 for before, after in pairwise(ports))
    assert f"DEVICENAME /dev/null:{service.ports['Gate 3']:#X}" in entries[3]
    with pytest.raises(PcscdError, match="8 virtual readers are there"):
        service.add("Gate 8")
    service.forget("Gate 0")
    service.add("Gate 8")
    assert not (tmp_path / "readers.d" / "Gate_0").exists()


@pytest.mark.needs_pcscd
@pytest.mark.usefixtures("here")
def test_it_starts_again_after_it_was_killed(tmp_path: Path) -> None:
    with Pcscd(tmp_path) as service:
        first = service.pid
        service.kill()
        assert (RUN / "pcscd.comm").exists(), "a killed one leaves its socket behind"
        service.start()
        assert service.pid not in (0, first)
        service.stop()
        assert service.pid == 0
        assert not (RUN / "pcscd.comm").exists()


@pytest.mark.needs_pcscd
@pytest.mark.usefixtures("here")
def test_a_second_one_waits_for_the_machine(tmp_path: Path) -> None:
    held = r"gatekeeper-pcscd\.lock was held by others for 0 s"
    with Pcscd(tmp_path / "first"), pytest.raises(PcscdError, match=held):
        Pcscd(tmp_path / "second").take_lock(0.0)


@pytest.mark.needs_pcscd
@pytest.mark.usefixtures("here")
def test_a_service_that_cannot_start_says_where_its_words_are(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pcscd, "_programs", lambda: ["false"])
    broken = r"pcscd did not start; see .+pcscd\.log"
    with pytest.raises(PcscdError, match=broken), Pcscd(tmp_path):
        raise AssertionError
    monkeypatch.undo()

    with Pcscd(tmp_path / "lock-is-free") as service:
        assert service.ports


@pytest.mark.needs_pcscd
@pytest.mark.usefixtures("here")
def test_the_command_tells_its_readers_and_ends_with_its_input(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_sim.pcscd", "--dir", str(tmp_path), "--reader", "Desk"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    process.communicate(timeout=20)

    assert list(told["readers"]) == ["Desk 00 00"]
    assert process.returncode == 0
    assert not Path(f"/proc/{told['pid']}").exists()
