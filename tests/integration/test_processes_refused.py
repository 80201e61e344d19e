"""Bad input and bad days: each is a clear word, nothing is lost, and what heals goes on."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from harness import Program, Site, free_port, until

from gatekeeper.model import EntryKind, NodeStatus, Reason

CARD, OTHER = "em4100:62E3086CED", "em4100:0102030405"
FAULT_STAYS_S = 2.0
"""Longer than four of the journal's tries to write again."""


READER = '[[readers]]\nid = "x"\ndriver = "{}"\nurl = "/dev/x"\ngate = "{}"\n'


@pytest.mark.parametrize("command", ["serve", "node"])
@pytest.mark.parametrize(
    ("extra", "key"),
    [
        (READER.format("rfid9000", "lf1"), 'driver = "rfid9000"'),
        (READER.format("rdm6300", "nope"), 'gate = "nope"'),
        ('[site]\nlogo = "crest"\n', 'logo = "crest"'),
    ],
    ids=["unknown driver", "unknown gate", "unknown key"],
)
def test_a_wrong_setting_is_refused_by_file_line_and_name(
    site: Site, command: str, extra: str, key: str
) -> None:
    site.write_settings(extra)
    line = site.file.read_text().splitlines().index(key) + 1

    status, output = site.run(command)

    assert status == 1
    assert len(output.splitlines()) == 1
    assert f"{site.file}:{line}:" in output
    assert key.split()[-1].strip('"') in output or key.split()[0] in output
    assert not (site.data / "journal.sqlite3").exists()


@pytest.mark.parametrize("command", ["serve", "node", "web", "worker", "doctor"])
def test_a_settings_file_that_is_none_is_refused(site: Site, command: str) -> None:
    site.file.write_text("[web\nport = 80")

    status, output = site.run(command)

    assert status == 1
    assert len(output.splitlines()) == 1
    assert "not valid TOML" in output


def test_a_port_in_use_is_refused_before_anything_starts(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()

        status, output = site.run("serve")

    assert status == 1
    assert f"port {site.port} cannot be used" in output
    assert len(output.splitlines()) == 1
    assert not (site.data / "journal.sqlite3").exists()


def test_a_data_directory_that_cannot_be_is_refused(site: Site) -> None:
    (site.home / "file").write_text("")

    status, output = site.run("node", "--data", str(site.home / "file" / "data"))

    assert status == 1
    assert "no usable data directory" in output


@contextmanager
def no_growth(site: Site, node: Program) -> Iterator[None]:
    """The kernel refuses the node every further byte in any file."""
    _, hard = resource.prlimit(node.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def full_disk(site: Site, node: Program) -> Iterator[None]:
    """The file system that holds the data directory has no free block left, and gets none.

    What the journal frees when it opens its file again (its log is folded in and deleted) is
    taken at once, as by whatever filled the disk before.
    """
    ballast = site.data / "ballast"
    healed = threading.Event()

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            while not healed.wait(0.002):
                for size in (1 << 16, 1 << 12, 1):
                    with contextlib.suppress(OSError):
                        while file.write(b"x" * size):
                            pass

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield
    finally:
        healed.set()
        thread.join()
        ballast.unlink()


def _may_mount() -> bool:
    """Whether this account holds CAP_SYS_ADMIN (bit 21 of the effective set)."""
    status = Path("/proc/self/status").read_text()
    held = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(held.split()[1], 16) >> 21 & 1)


@pytest.fixture(params=["tmpfs", "ext4"])
def small_disk(site: Site, request: pytest.FixtureRequest) -> Iterator[None]:
    """The data directory on a file system of its own, of some megabytes.

    ext4 keeps a journal of its own and delays the choice of blocks; tmpfs does neither.
    """
    if request.param == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(site.data)]
    else:
        image = site.home / "disk"
        with image.open("wb") as file:
            file.truncate(24 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
        command = ["mount", "-o", "loop", str(image), str(site.data)]
    subprocess.run(command, check=True)
    yield
    for program in site.programs:
        program.kill()
    site.journal.close()
    leave = ["umount", str(site.data)]  # the children of a killed `serve` end soon after it
    until("nobody there", lambda: subprocess.run(leave, check=False).returncode == 0)


def test_while_nothing_can_be_written_nobody_passes_and_it_heals_by_itself(site: Site) -> None:
    _starve(site, no_growth)


# Where this account may mount; elsewhere the limit above stands for the full disk.
if _may_mount():

    @pytest.mark.usefixtures("small_disk")
    def test_a_full_disk_denies_with_a_reason_and_heals_by_itself(site: Site) -> None:
        _starve(site, full_disk)

    @pytest.mark.usefixtures("small_disk")
    def test_on_a_full_disk_pages_say_so_and_no_process_dies(site: Site) -> None:
        """The main database, the node's copy and the keys lie on that disk, too."""
        site.invite([CARD, OTHER])
        site.simulate()
        serve = site.serve()
        until("pages that answer", lambda: _health(site)[0] == 200)
        site.tap("lf1", CARD)
        before = {name: site.pid(name) for name in ("node", "web", "worker")}

        with full_disk(site, serve):
            _wear_out(site)
            status, health = until("unwell", lambda: _unwell(site))
            assert (status, health["problem"]) == (503, "journal")
            answer = site.link.explain(OTHER, "lf1")
            assert answer.decision.reason is Reason.GRANTED

        until("pages that are well", lambda: _health(site)[0] == 200)
        site.wait_status("well again", lambda s: s.journal_ok and s.unrecorded == 0)
        assert site.tap("lf1", OTHER).reason is Reason.GRANTED
        assert {name: site.pid(name) for name in before} == before, serve.output
        assert site.verify().ok


def _health(site: Site) -> tuple[int, dict[str, Any]]:
    """The answer of /healthz: its status (0: none) and what it says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{site.port}/healthz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except OSError:
        return 0, {}


def _unwell(site: Site) -> tuple[int, dict[str, Any]] | None:
    found = _health(site)
    return found if found[0] == 503 else None


def _wear_out(site: Site) -> None:
    """Show a card that is inside until its entry cannot be written, and stays so.

    A fault that the journal gets over by itself in a moment is none that this test is about.
    """
    tapped = faulty_since = 0.0

    def refused(status: NodeStatus) -> bool:
        nonlocal tapped, faulty_since
        now = time.monotonic()
        if status.unrecorded > 0:
            faulty_since = faulty_since or now
            return now - faulty_since > FAULT_STAYS_S
        faulty_since = 0.0
        if now - tapped > 1.0:
            tapped = now
            site.command("tap", "lf1", CARD)
        return False

    site.wait_status("a denial that cannot be recorded", refused)


def _starve(site: Site, fault: object) -> None:
    site.fill([("p1", CARD), ("p2", OTHER)])
    site.simulate()
    node = site.node()
    granted = site.tap("lf1", CARD)

    with fault(site, node):  # type: ignore[operator]
        _wear_out(site)
        before = site.link.status().unrecorded
        site.command("tap", "lf1", OTHER)
        status = site.wait_status("the fault shown", lambda s: s.unrecorded > before)
        assert not status.journal_ok
        assert status.problem
        answer = site.link.explain(OTHER, "lf1")
        assert answer.decision.reason is Reason.GRANTED, "a denied entry must not count as inside"

    site.wait_status("well again", lambda s: s.journal_ok and s.unrecorded == 0)
    denied = site.entry(granted.seq, lambda e: e.credential == OTHER)
    assert (denied.reason, denied.late) == (Reason.SYSTEM_FAULT, True)
    assert any(e.kind is EntryKind.NODE and e.state for e in site.journal.since(granted.seq))
    assert site.tap("lf1", OTHER).reason is Reason.GRANTED
    assert site.verify().ok


def test_doctor_finds_a_well_site_well_and_names_what_is_wrong(site: Site) -> None:
    site.invite([CARD])
    site.simulate()
    serve = site.serve()
    serve.wait_line("listening")
    site.tap("lf1", CARD)

    status, output = site.run("doctor")
    assert (status, "WRONG" in output) == (0, False), output

    site.command("unplug", "lf1")
    site.wait_status("lf1 down", lambda s: any(r.state == "down" for r in s.readers))
    status, output = site.run("doctor", "--json")
    report = json.loads(output)
    assert status == 1
    assert report["ok"] is False
    wrong = {finding["what"]: finding for finding in report["findings"] if not finding["ok"]}
    assert "reader lf1" in wrong
    assert wrong["reader lf1"]["remedy"]
    assert "Guest" not in output


def test_doctor_looks_where_the_pages_really_are(site: Site) -> None:
    """`serve --port` outranks the settings, which doctor reads."""
    site.invite([CARD])
    site.simulate()
    port = free_port()
    site.gatekeeper("serve", "--port", str(port)).wait_line("listening")
    site.wait_ready()

    status, output = site.run("doctor")

    assert status == 0, output
    assert f"pages: http://127.0.0.1:{port}/healthz: 200" in output


def test_doctor_says_what_a_dead_site_lacks(site: Site) -> None:
    status, output = site.run("doctor")

    assert status == 1
    for line in ("node: not running", "journal: ", "main database: ", "web: not running"):
        assert f"WRONG  {line}" in output
    assert not list(site.data.iterdir()), "looking must not change anything"


def test_doctor_finds_an_altered_journal(site: Site) -> None:
    site.fill([("p1", CARD)])
    site.simulate()
    node = site.node()
    site.tap("lf1", CARD)
    node.end()
    with closing(sqlite3.connect(site.data / "journal.sqlite3")) as forger, forger:
        forger.execute("UPDATE entry SET body = replace(body, 'granted', 'GRANTED')")

    status, output = site.run("doctor")

    assert status == 1
    assert "WRONG  journal" in output


@pytest.mark.parametrize("running", [True, False], ids=["node runs", "no node"])
def test_explain_says_what_the_gate_would_do_and_records_nothing(site: Site, running: bool) -> None:
    site.fill([("p1", CARD)])
    site.simulate()
    node = site.node()
    site.tap("lf1", CARD)
    if not running:
        node.end()
    head = site.journal.head()

    status, output = site.run("explain", "62e3086ced", "--gate", "lf1", "--json")

    report = json.loads(output)
    assert status == 0
    assert report["credential"] == CARD
    assert (report["verdict"], report["reason"]) == ("denied", "already_in")
    assert report["first_seen"].endswith("Z")
    assert site.journal.head() == head


def test_explain_without_a_copy_asks_the_main_database(site: Site) -> None:
    site.invite([CARD])

    status, output = site.run("explain", CARD, "--gate", "lf1")

    assert status == 0
    assert "granted" in output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["62E3086CED", "--gate", "nope"], 1, "nope"),
        (["not a card", "--gate", "lf1"], 1, "credential"),
        (["62E3086CED", "--gate", "lf1", "--at", "yesterday"], 2, "yesterday"),
        (["62E3086CED"], 2, "--gate"),
    ],
)
def test_explain_refuses_what_it_cannot_know(
    site: Site, arguments: list[str], status: int, said: str
) -> None:
    site.fill([])

    found, output = site.run("explain", *arguments)

    assert found == status
    assert said in output
    assert "Traceback" not in output
