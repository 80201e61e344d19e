"""The simulator as a process: links, commands, a whole small reception read by a raw host."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.comparison import reconcile

READERS = """
[[readers]]
id = "uhf1"
device = "r2000"
gate = "hall-a"
antennas = 2

[[readers]]
id = "uhf2"
device = "r2000"
gate = "hall-b"
antennas = 2

[[readers]]
id = "lf1"
device = "rdm6300"
gate = "hall-c"

[[readers]]
id = "out1"
device = "r2000"
gate = "exit"
direction = "out"
"""
FAULTS = """
[faults]
lost = 0.03
damaged = 0.03
doubled = 0.03
noise = 0.04
cut = 0.03
ghost = 30
silent = 2
unplug = 2
reset = 2
baud = 2
"""
CROWD = """
[crowd]
minutes = 4
speed = 240
mix = { linger = 0.0, leave = 0.2, twice = 0.1, hold = 0.03, couples = 0.3, same_instant = 0.1 }
"""
A, EPC = "em4100:62E3086CED", "epc:300833B2DDD9014000000001"
REASONS = {"ok": "ok", "revoked": "revoked", "cancelled": "invitation_cancelled"}


@pytest.fixture
def small(start_simulator: Callable[..., Any]) -> Any:
    """Four readers, no crowd."""
    return start_simulator(READERS)


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something, and fail where it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_tap_is_read_by_a_host(
    small: Any, raw: Any, open_host: Callable[[Path, int], int]
) -> None:
    """Two equal frames at least, and a line of truth about them."""
    fd = open_host(small.folder / "lf1", 9600)

    answer = small.command(f"tap lf1 {A.lower()} 500")
    data = raw.read_for(fd, 5.0, lambda data: len(data) >= 28)

    assert (answer["ok"], answer["credential"], answer["ms"]) == (True, A, 500.0)
    assert raw.lf_numbers(data)[:2] == [A[7:]] * 2
    until(lambda: any(row["type"] == "presentation" for row in small.truth()))
    assert [row["credential"] for row in small.truth()] == [A]


def test_unplug_and_replug(small: Any, raw: Any, open_host: Callable[[Path, int], int]) -> None:
    """The link goes and comes; the port that is opened then works."""
    link = small.folder / "lf1"
    open_host(link, 9600)

    small.command("unplug lf1")
    assert not link.is_symlink()
    small.command("replug lf1")
    fd = open_host(link, 9600)
    small.command(f"tap lf1 {A}")

    assert raw.lf_numbers(raw.receive(fd, 28)) == [A[7:]] * 2


def test_status_tells_readers_and_hosts(small: Any, open_host: Callable[[Path, int], int]) -> None:
    """Who is plugged in, who has the port open, at which baud rate."""
    open_host(small.folder / "lf1", 9600)
    open_host(small.folder / "uhf1", 9600)
    small.command("unplug uhf2")
    readers = small.command("status")["readers"]

    seen = {
        name: (row["plugged"], row["host"], row["baud_agreed"]) for name, row in readers.items()
    }
    assert seen == {
        "uhf1": (True, True, False),
        "uhf2": (False, False, False),
        "lf1": (True, True, True),
        "out1": (True, False, False),
    }


@pytest.mark.parametrize(
    "words",
    [
        "dance",
        "tap",
        f"tap nowhere {A}",
        f"tap lf1 {EPC}",
        "tap lf1 em4100:XYZ",
        f"tap lf1 {A} -5",
        f"tap uhf1 {EPC} 100 9",
        "fault lf1 typo 1",
        "fault lf1 lost much",
        "silence lf1",
        "unplug",
    ],
)
def test_a_wrong_command_is_answered(small: Any, words: str) -> None:
    """With what is wrong, and the simulator goes on."""
    answer = small.command(words)

    assert not answer["ok"]
    assert answer["error"]
    assert small.command("status")["ok"]


def test_the_socket_takes_the_same_commands(small: Any) -> None:
    """Several lines at once, an answer for each."""
    with socket.socket(socket.AF_UNIX) as client, client.makefile("rw") as stream:
        client.connect(str(small.folder / "control.sock"))
        stream.write("fault lf1 lost 0.5\nsilence lf1 1\nnonsense\n")
        stream.flush()
        answers = [json.loads(stream.readline()) for _ in range(3)]

    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert small.command("status")["readers"]["lf1"]["silent"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(small: Any, number: signal.Signals) -> None:
    """Links and socket are gone, `done` is said, exit 0."""
    small.process.send_signal(number)
    output, _ = small.process.communicate(timeout=10)

    assert (small.process.returncode, output) == (0, "done\n")
    assert [path.name for path in small.folder.iterdir()] == ["truth.jsonl"]


def test_it_ends_with_its_parent_where_asked(start_simulator: Callable[..., Any]) -> None:
    """When standard input is closed."""
    simulator = start_simulator(READERS, "--until-eof")
    simulator.process.stdin.close()

    assert simulator.process.wait(10) == 0


def test_a_bad_scenario_is_one_line_and_exit_1(tmp_path: Path) -> None:
    """No traceback, no link."""
    (tmp_path / "bad.toml").write_text("[crowd]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "firmware_sim", str(tmp_path / "bad.toml"), "--dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "bad.toml: readers is missing" in done.stderr


def people(folder: Path, count: int) -> dict[str, str]:
    """A people file for `count` guests; kinds by credential."""
    dice = random.Random(5)
    kinds = {}
    for number in range(count):
        scheme, size = ("em4100", 5) if number % 4 == 0 else ("epc", 12)
        kind = "ok" if number % 8 else dice.choice(["revoked", "cancelled"])
        kinds[f"{scheme}:{dice.randbytes(size).hex().upper()}"] = kind
    rows = [{"credential": tag, "kind": kind} for tag, kind in kinds.items()]
    (folder / "people.json").write_text(json.dumps(rows), encoding="utf-8")
    return kinds


@pytest.mark.slow
@pytest.mark.parametrize("faults", ["", FAULTS], ids=["perfect line", "faults"])
def test_a_small_reception_is_reconciled_with_a_raw_host(
    tmp_path: Path, start_simulator: Callable[..., Any], raw: Any, faults: str
) -> None:
    """Nobody missed, nobody judged wrongly, whatever befell the lines."""
    kinds = people(tmp_path, 32)
    crowd = 'people = "people.json"\n' + READERS + CROWD + faults
    simulator = start_simulator(crowd, "--wait-start", "--stay", "--seed", "11")
    host = raw.RawHost(
        [
            raw.HostReader(name, simulator.folder / name, device, gate, name == "out1", antennas)
            for name, device, gate, antennas in (
                ("uhf1", "r2000", "hall-a", (1, 2)),
                ("uhf2", "r2000", "hall-b", (1, 2)),
                ("lf1", "rdm6300", "hall-c", (1,)),
                ("out1", "r2000", "exit", (1,)),
            )
        ],
        {tag: REASONS[kind] for tag, kind in kinds.items()},
    )
    host.start()
    try:
        until(
            lambda: all(r["baud_agreed"] for r in simulator.command("status")["readers"].values())
        )
        (simulator.folder / "start").touch()
        assert simulator.line() == '{"event": "crowd_done"}'
    finally:
        host.stop()

    truth = simulator.truth()
    result = reconcile(truth, host.journal)
    assert result.details == []
    assert result.clean
    assert result.presentations >= 33
    (end,) = [row for row in truth if row["type"] == "end"]
    assert end["crowd"]["gave_up"] == 0
    assert bool(faults) == any(row["type"] == "frame" for row in truth)


def test_a_reader_that_no_host_opens_is_waited_for(
    tmp_path: Path, start_simulator: Callable[..., Any], raw: Any
) -> None:
    """Guests tap in vain, then again when the host is there; nobody is lost by it."""
    tag = "em4100:62E3086CED"
    (tmp_path / "people.csv").write_text(f"credential,kind\n{tag},ok\n", encoding="utf-8")
    text = (
        'people = "people.csv"\n[[readers]]\nid = "lf1"\ndevice = "rdm6300"\ngate = "hall"\n'
        "[crowd]\nminutes = 0\n[crowd.mix]\nhold = 0\ntwice = 0\nuninvited = 0\nlinger = 0\n"
    )
    simulator = start_simulator(text, "--stay")
    until(lambda: simulator.command("status")["readers"]["lf1"]["frames"]["unheard"] > 0)

    host = raw.RawHost(
        [raw.HostReader("lf1", simulator.folder / "lf1", "rdm6300", "hall")], {tag: "ok"}
    )
    host.start()
    try:
        assert simulator.line() == '{"event": "crowd_done"}'
    finally:
        host.stop()

    assert reconcile(simulator.truth(), host.journal).clean
    assert [row["reason"] for row in host.journal] == ["granted"]


def test_links_are_where_the_host_looks(small: Any) -> None:
    """DIR/<reader-id>, each a character device."""
    for name in ("uhf1", "uhf2", "lf1", "out1"):
        assert str((small.folder / name).readlink()).startswith("/dev/pts/")
