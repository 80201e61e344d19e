"""Real processes on simulated readers: what dies comes back, what is gone is done without."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from harness import Site, until

from gatekeeper.access.presence import Presence
from gatekeeper.model import EntryKind, GateState, PassState, ReaderState, Reason

CARD, OTHER, TAG = "em4100:62E3086CED", "em4100:0102030405", "epc:300833B2DDD9014000000001"


def test_the_way_of_a_read_through_all_processes(site: Site) -> None:
    """Guests in the database, tags at readers, entries in the journal, pages that answer."""
    site.invite([CARD, TAG])
    site.simulate()
    site.serve()

    assert site.tap("lf1", CARD).reason is Reason.GRANTED
    assert site.tap("uhf1", TAG).reason is Reason.GRANTED
    assert site.tap("uhf1", "epc:300833B2DDD9014000000002").reason is Reason.UNKNOWN_CREDENTIAL
    assert site.tap("lf2", CARD).reason is Reason.GRANTED_EXIT
    assert site.tap("lf1", CARD).reason is Reason.GRANTED_REENTRY
    until("pages that answer", lambda: _healthy(site))
    assert site.verify().ok


def test_a_killed_node_is_back_and_remembers(site: Site) -> None:
    site.invite([CARD])
    site.simulate()
    site.serve()
    granted = site.tap("lf1", CARD)
    first = site.status()

    site.kill("node")

    again = site.wait_status("a node that decides", lambda s: s.ready and s.run != first.run)
    assert again.head >= granted.seq
    repeated = site.tap("lf1", CARD)
    assert repeated.reason is Reason.ALREADY_IN
    assert repeated.first_seen_at == granted.at
    assert site.verify().ok


def test_presence_is_what_a_replay_from_nothing_gives(site: Site) -> None:
    site.invite([CARD, TAG])
    site.simulate()
    site.node()
    site.tap("lf1", CARD)
    site.tap("uhf1", TAG)
    site.tap("lf2", CARD)
    presence = Presence()
    presence.replay(site.journal.replay(), site.journal.withdrawn())

    asked = {card: site.link.explain(card, "lf1").decision for card in (CARD, TAG)}

    assert presence.inside("reception") == {asked[TAG].pass_id}
    assert asked[CARD].reason is Reason.GRANTED_REENTRY
    assert asked[TAG].reason is Reason.ALREADY_IN


def test_the_death_of_web_and_worker_is_nothing_to_the_node(site: Site) -> None:
    site.invite([CARD])
    site.simulate()
    site.serve()
    before = site.status()
    web, worker = site.kill("web"), site.kill("worker")

    entry = site.tap("lf1", CARD)

    assert entry.reason is Reason.GRANTED
    assert entry.run == before.run
    until("web back", lambda: site.pid("web") != web and _healthy(site))
    until("worker back", lambda: site.pid("worker") != worker)


def test_a_revocation_is_in_force_without_anybody_telling_the_node(site: Site) -> None:
    site.invite([CARD])
    site.simulate()
    site.node()
    before = site.status().change_seq
    site.set_state(CARD, PassState.REVOKED)

    site.wait_status("the change in force", lambda s: s.change_seq > before)

    assert site.tap("lf1", CARD).reason is Reason.REVOKED


def test_without_the_main_database_the_node_decides_on_also_after_its_own_restart(
    site: Site,
) -> None:
    """And nobody makes an empty one in its place, in which everybody is a stranger."""
    site.invite([CARD, TAG])
    site.simulate()
    site.serve()
    assert site.tap("lf1", CARD).reason is Reason.GRANTED
    away = site.home / "away"
    away.mkdir()
    for file in site.data.glob("main.sqlite3*"):
        file.rename(away / file.name)
    site.wait_status("the loss noticed", lambda s: not s.database_ok)

    assert site.tap("uhf1", TAG).reason is Reason.GRANTED
    for name in ("node", "web", "worker"):
        site.kill(name)
    site.wait_status("a node that decides", lambda s: s.ready and not s.database_ok)
    assert site.tap("lf1", CARD).reason is Reason.ALREADY_IN
    until("worker and web back", lambda: site.pid("worker") and site.pid("web"))
    assert not (site.data / "main.sqlite3").exists()

    for file in away.iterdir():
        file.rename(site.data / file.name)
    site.wait_status("the database found again", lambda s: s.database_ok and not s.problem)
    site.set_state(CARD, PassState.LOST)
    until("followed again", lambda: site.link.explain(CARD, "lf1").decision.reason is Reason.LOST)


@pytest.mark.needs_postgres
def test_a_stopped_postgresql_is_done_without_and_followed_again(site: Site, postgres: Any) -> None:
    site.database_url = postgres.create("template0")
    site.write_settings()
    site.invite([CARD, TAG])
    site.simulate()
    site.serve()
    assert site.tap("lf1", CARD).reason is Reason.GRANTED
    postgres.stop()
    try:
        site.wait_status("the loss noticed", lambda s: not s.database_ok)
        assert site.tap("uhf1", TAG).reason is Reason.GRANTED
        site.kill("node")
        site.wait_status("a node that decides", lambda s: s.ready and not s.database_ok)
        assert site.tap("lf1", CARD).reason is Reason.ALREADY_IN
    finally:
        postgres.start()
    site.wait_status("the database found again", lambda s: s.database_ok)
    site.set_state(CARD, PassState.LOST)
    until("followed again", lambda: site.link.explain(CARD, "lf1").decision.reason is Reason.LOST)


def test_an_unplugged_reader_is_shown_and_disturbs_no_other(site: Site) -> None:
    site.fill([("p1", CARD), ("p2", TAG)])
    site.simulate()
    site.node()

    site.command("unplug", "lf1")

    down = site.wait_status("lf1 down", lambda s: _state(s, "lf1") is ReaderState.DOWN)
    assert _state(down, "uhf1") is ReaderState.UP
    assert site.tap("uhf1", TAG).reason is Reason.GRANTED
    shown = site.entry(0, lambda e: e.kind is EntryKind.READER and e.state == "down")
    assert (shown.reader, shown.gate) == ("lf1", "lf1")
    site.command("replug", "lf1")
    site.wait_status("lf1 up", lambda s: _state(s, "lf1") is ReaderState.UP)
    assert site.tap("lf1", CARD).reason is Reason.GRANTED


def test_a_port_that_does_not_exist_is_one_reader_down(site: Site) -> None:
    site.fill([("p1", CARD)])
    site.write_settings(
        '[[readers]]\nid = "ghost"\ndriver = "rdm6300"\nurl = "/dev/nobody"\ngate = "lf1"\n'
    )
    site.simulate()

    site.gatekeeper("node")

    status = site.wait_status(
        "the others up", lambda s: s.ready and _state(s, "lf1") is ReaderState.UP
    )
    assert _state(status, "ghost") is ReaderState.DOWN
    assert "/dev/nobody" in next(r.detail for r in status.readers if r.id == "ghost")
    assert site.tap("lf1", CARD).reason is Reason.GRANTED


def test_a_closed_gate_stays_closed_over_a_crash(site: Site) -> None:
    site.fill([("p1", CARD)])
    site.simulate()
    site.node()
    site.link.set_gate_state("lf1", GateState.CLOSED, actor="somchai", note="drill")

    site.kill("node")
    site.node()

    assert site.tap("lf1", CARD).reason is Reason.GATE_CLOSED
    site.link.set_gate_state("lf1", GateState.OPEN, actor="somchai")
    assert site.tap("lf1", CARD).reason is Reason.GRANTED


def test_a_node_that_ends_in_order_says_so_in_the_record(site: Site) -> None:
    site.fill([("p1", CARD)])
    node = site.node()

    assert node.end() == 0

    states = [e.state for e in site.journal.replay() if e.kind is EntryKind.NODE]
    assert (states[0], states[-1]) == ("started", "stopped")
    assert site.verify().ok


def test_a_tampered_journal_keeps_every_gate_closed_and_says_why(site: Site) -> None:
    site.fill([("p1", CARD)])
    site.node().end()
    (site.data / "journal.key").write_bytes(b"k" * 32)
    site.simulate()

    site.gatekeeper("node")

    status = site.wait_status("a status", lambda s: bool(s.problem) and s.problem != "loading")
    assert not status.ready
    assert not status.journal_ok
    site.wait_status("readers up", lambda s: _state(s, "lf1") is ReaderState.UP)
    site.command("tap", "lf1", CARD)
    site.wait_status("a denial kept", lambda s: s.unrecorded >= 1)


@pytest.mark.parametrize("name", ["serve", "node"])
def test_a_second_one_on_the_same_data_is_refused_and_disturbs_nothing(
    site: Site, name: str
) -> None:
    site.invite([CARD])
    site.simulate()
    site.serve()
    run = site.status().run

    status, output = site.run(name)

    assert status == 1
    assert "is running already" in output
    assert str(site.pid(name)) in output
    assert len(output.splitlines()) == 1
    assert site.status().run == run
    assert site.tap("lf1", CARD).reason is Reason.GRANTED


@pytest.mark.parametrize("name", ["node", "web", "web's server", "worker"])
def test_a_process_that_hangs_is_started_again(site: Site, name: str) -> None:
    """Stopped by SIGSTOP: alive for the kernel, dead for whoever waits."""
    site.invite([CARD, TAG])
    site.simulate()
    serve = site.serve()
    until("pages that answer", lambda: _healthy(site))
    granted = site.tap("lf1", CARD)
    kept = {each: site.pid(each) for each in ("node", "web", "worker")}
    process = name.partition("'")[0]

    os.kill(_child_of(kept["web"]) if name == "web's server" else kept[process], signal.SIGSTOP)

    serve.wait_line(f"{process} gives no sign of life; killed")
    until("another one", lambda: site.pid(process) != kept[process])
    site.wait_ready()
    until("pages that answer again", lambda: _healthy(site))
    assert site.tap("lf1", CARD).reason is Reason.ALREADY_IN
    assert site.tap("uhf1", TAG).seq > granted.seq
    others = {each for each in kept if site.pid(each) == kept[each]}
    assert others == set(kept) - {process}, serve.output
    assert site.verify().ok


def test_children_end_with_a_killed_serve_and_a_new_one_takes_over(site: Site) -> None:
    site.invite([CARD])
    site.simulate()
    serve = site.serve()
    site.tap("lf1", CARD)
    run = site.status().run

    serve.kill()
    site.gatekeeper("serve")

    site.wait_status("the new node", lambda s: s.ready and s.run != run)
    assert site.tap("lf1", CARD).reason is Reason.ALREADY_IN


def _state(status: object, reader: str) -> ReaderState:
    return next(r.state for r in status.readers if r.id == reader)  # type: ignore[attr-defined]


def _child_of(pid: int) -> int:
    """The one process that `pid` has started."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def _healthy(site: Site) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{site.port}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
