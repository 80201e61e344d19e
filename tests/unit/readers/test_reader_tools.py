"""`gatekeeper readers watch|capture|replay`, as a person or a script runs them."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gatekeeper.cli import reader_watch
from gatekeeper.cli.readers import TOOLS, command
from gatekeeper.locks import Lock

PROGRAM = [sys.executable, "-u", "-c", "from gatekeeper.cli import main; main()", "readers"]
HELD = bytes.fromhex("0236324533303836434544303803")
HURT = HELD[:-2] + b"9" + HELD[-1:]
CARD = "62E3086CED"
DEADLINE_S = 30
LIMIT = 1000
"""Bytes that a file may have where the disk is said to be full."""


@contextmanager
def started(*arguments: str, **more: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def lines_until(process: subprocess.Popen[str], kind: str) -> list[dict[str, Any]]:
    """Objects that the program prints, up to the first of `kind`."""
    assert process.stdout is not None
    found = []
    for text in process.stdout:
        found.append(json.loads(text))
        if found[-1]["kind"] == kind:
            return found
    raise AssertionError(f"no {kind} among {found}")


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """As after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE_S)
    return process.returncode, out, err


@pytest.mark.parametrize("show", [False, True])
def test_watch_shows_frames_health_and_a_summary(plug: Callable[[str], Any], show: bool) -> None:
    device = plug("lf1")
    extra = ["--show-credentials"] if show else []

    with started("watch", "rdm6300", str(device.link), "--json", *extra) as process:
        lines_until(process, "state")
        device.write(HURT + HELD + HELD)
        seen = lines_until(process, "presentation")
        status, out, _ = ended(process)

    assert status == 0
    assert [line["kind"] for line in seen] == ["garbage", "tag", "tag", "presentation"]
    assert seen[1]["credential"] == (f"em4100:{CARD}" if show else "em4100:…6CED")
    assert (HELD.hex().upper() in json.dumps(seen)) == show
    assert (CARD in json.dumps(seen)) == show
    summary = json.loads(out.splitlines()[-1])
    assert {k: summary[k] for k in ("tag", "garbage", "presentation")} == {
        "tag": 2,
        "garbage": 1,
        "presentation": 1,
    }


def test_watch_refuses_while_a_node_runs(tmp_path: Path) -> None:
    settings = tmp_path / "gatekeeper.toml"
    settings.write_text(
        '[[gates]]\nid = "door"\n\n[[readers]]\nid = "lf1"\ndriver = "rdm6300"\n'
        'url = "/dev/nowhere"\ngate = "door"\n'
    )
    arguments = ["--config", str(settings), "--reader", "lf1"]

    with Lock(tmp_path, "node").acquire():
        held = CliRunner().invoke(reader_watch.command, arguments)
    free = CliRunner().invoke(reader_watch.command, arguments)
    other = CliRunner().invoke(reader_watch.command, [*arguments[:3], "lf2"])

    assert "the node is running (process" in str(held.exception)
    assert "/dev/nowhere" in str(free.exception)
    assert other.exit_code == 2
    assert "readers of" in other.output


def test_watch_refuses_a_port_that_is_held(plug: Callable[[str], Any]) -> None:
    device = plug("lf1")
    with started("watch", "rdm6300", str(device.link), "--json") as process:
        lines_until(process, "state")
        second = subprocess.run(
            [*PROGRAM, "watch", "rdm6300", str(device.link)],
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        ended(process)

    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert "running node" in second.stderr


def test_watch_ends_when_nobody_reads_any_more(plug: Callable[[str], Any]) -> None:
    """`gatekeeper readers watch … | head`: it ends by itself and without a word."""
    device = plug("lf1")

    with started("watch", "rdm6300", str(device.link), "--json") as process:
        lines_until(process, "state")
        assert process.stdout is not None
        process.stdout.close()
        device.write(HELD)

        assert process.wait(DEADLINE_S) == 1
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_full_disk_ends_a_capture_in_one_line(plug: Callable[[str], Any], tmp_path: Path) -> None:
    """A limit on the file's size stands for the disk; to the driver it is no fault of its line."""
    device = plug("lf1")
    file = tmp_path / "trace.jsonl"

    with started(
        "capture", "rdm6300", str(device.link), str(file), preexec_fn=limit_files
    ) as process:
        assert process.stderr is not None
        assert "capturing" in process.stderr.readline()
        until = time.monotonic() + DEADLINE_S
        while process.poll() is None:
            assert time.monotonic() < until
            device.write(HELD)
            threading.Event().wait(0.02)

        assert process.returncode == 1
        assert process.stderr.read() == "gatekeeper: File too large\n"
    assert file.stat().st_size <= LIMIT


def limit_files() -> None:
    """In the child: no file beyond LIMIT."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def test_a_capture_is_replayed_and_decoded(plug: Callable[[str], Any], tmp_path: Path) -> None:
    device = plug("lf1")
    file = tmp_path / "trace.jsonl"

    with started("capture", "rdm6300", str(device.link), str(file)) as process:
        assert process.stderr is not None
        assert "capturing" in process.stderr.readline()
        device.write(HELD)
        wait_for(file, HELD)
        status, out, _ = ended(process)
    shown = run("replay", str(file), "--decode")

    assert status == 0
    assert "14 bytes of the reader, 0 of the host" in out
    assert "card numbers in it are real" in out
    assert file.stat().st_mode & 0o777 == 0o600
    (line,) = [json.loads(text) for text in shown.stdout.splitlines()]
    assert (line["kind"], line["credential"]) == ("tag", f"em4100:{CARD}")
    assert line["t"] > 0
    assert run("capture", "rdm6300", str(device.link), str(file)).returncode == 1


def test_a_masked_capture_holds_no_card_number(plug: Callable[[str], Any], tmp_path: Path) -> None:
    device = plug("lf1")
    file = tmp_path / "trace.jsonl"

    with started("capture", "rdm6300", str(device.link), str(file), "--mask") as process:
        assert process.stderr is not None
        process.stderr.readline()
        device.write(HELD + HURT)
        wait_for(file, bytes(len(HURT)))
        status, out, _ = ended(process)
    text = file.read_text()

    assert status == 0
    assert "1 tag reads have made-up numbers; 1 other frames or pieces" in out
    assert '"masked": true' in text
    assert CARD.encode().hex().upper() not in text


def wait_for(file: Path, due: bytes) -> None:
    """Until the file of a running program ends with these bytes of the reader."""
    until, pause = time.monotonic() + DEADLINE_S, threading.Event()
    while not heard(file).endswith(due):
        assert time.monotonic() < until, file.read_text()
        pause.wait(0.02)


def heard(file: Path) -> bytes:
    whole = [line for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    lines = [json.loads(line) for line in whole]
    return b"".join(bytes.fromhex(line["hex"]) for line in lines if line.get("dir") == "in")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["watch"],
        ["watch", "morse", "/dev/x"],
        ["watch", "rdm6300", "/dev/x", "--option", "colour=red"],
        ["watch", "rdm6300", "/dev/x", "--option", "colour"],
        ["watch", "rdm6300", "/dev/x", "--config", "x", "--reader", "y"],
        ["capture", "morse", "/dev/x", "y"],
        ["replay", "x"],
        ["replay", "x", "--decode", "--link", "y"],
        ["probe", "morse://x"],
    ],
)
def test_wrong_use_is_exit_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(command, arguments).exit_code == 2


@pytest.mark.parametrize(
    "option",
    [
        "6E5F0A91C2D34B7788AA01FE5C93D2B4",
        "key 6e5f0a91c2d34b77",
        "key:6e5f0a91c2d34b77",
        "=6e5f0a91",
    ],
)
def test_an_option_that_may_be_a_key_is_not_repeated(option: str) -> None:
    done = CliRunner().invoke(command, ["watch", "osdp", "/dev/x", "--option", option])

    assert done.exit_code == 2
    assert "NAME=VALUE is due" in done.output
    assert "6e5f" not in done.output.lower()


def test_what_is_no_capture_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}\n")

    done = run("replay", str(tmp_path / "x"), "--decode")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "x: line 1: gatekeeper_capture None seen" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("probe", "{}/absent"),
        ("watch", "rdm6300", "{}/absent", "--seconds", "1"),
        ("capture", "rdm6300", "{}/absent", "{}/trace", "--seconds", "1"),
        ("replay", "{}/absent", "--decode"),
    ],
)
def test_what_is_not_there_is_one_line_on_stderr(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(*(argument.format(tmp_path) for argument in arguments))

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert str(tmp_path / "absent") in done.stderr


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_every_tool_says_what_it_does(tool: str) -> None:
    done = CliRunner().invoke(command, [tool, "--help"])

    assert done.exit_code == 0
    assert done.output.split("\n")[2].strip()
