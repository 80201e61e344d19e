"""Doors, whole: a tag at a simulated reader, the node, relay boards and doors of the simulator.

What is seen of a relay is what the simulated board says of it, never what the node says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.model import DoorEvent, DoorState, DoorStatus, EntryKind, JournalEntry, Reason
from tests.integration.harness import Site, until

CARD, STRANGER = "em4100:62E3086CED", "em4100:0000ABCDEF"

BOARDS = """
[[boards]]
id = "strikes"
device = "relay_a0"
[boards.options]
channels = 2
answers = "frame"
power = "own"

[[boards]]
id = "io"
device = "numato"

[[doors]]
id = "plain"
board = "strikes"
channel = 1

[[doors]]
id = "watched"
board = "io"
channel = 1
input = 2
through_s = 0.3
"""


def settings(site: Site) -> str:
    """lf1 releases a door without a contact, lf2 (an exit) one with a contact."""
    return f"""
[[boards]]
id = "strikes"
driver = "relay_a0"
url = "{site.lines / "strikes"}"
options = {{ channels = 2, answers = "frame" }}

[[boards]]
id = "io"
driver = "numato"
url = "{site.lines / "io"}"

[[doors]]
id = "plain"
gate = "lf1"
output = {{ board = "strikes", channel = 1 }}
open_seconds = 1.0

[[doors]]
id = "watched"
gate = "lf2"
output = {{ board = "io" }}
contact = {{ board = "io", input = 2 }}
open_seconds = 1.0
held_open_seconds = 1.5
opens_within_seconds = 2.0
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A node with two readers and two doors, all of them well."""
    with Site(tmp_path, {"lf1": "rdm6300", "lf2": "rdm6300"}) as made:
        made.write_settings(settings(made))
        made.fill([("p1", CARD)])
        made.simulate(BOARDS)
        made.node()
        wait_door(made, "plain", DoorState.READY)
        until("a contact that is seen", lambda: contact(made) == "closed")
        yield made


def wait_door(site: Site, name: str, state: DoorState) -> DoorStatus:
    """The door's status once it is in `state`."""

    def look() -> DoorStatus | None:
        status = site.status()
        doors = status.doors if status else ()
        return next((d for d in doors if d.id == name and d.state is state), None)

    return until(f"door {name} {state}", look)


def contact(site: Site) -> str:
    """What the node knows of the contact."""
    return wait_door(site, "watched", DoorState.READY).contact


def simulated(site: Site, what: str, name: str) -> dict[str, Any]:
    """How a board or a door really is."""
    found: dict[str, Any] = site.command("status")[what][name]
    return found


def relay(site: Site, board: str, on: bool) -> None:
    """Wait until the first relay of a board is on, or off."""
    until(
        f"relay of {board} {'on' if on else 'off'}",
        lambda: simulated(site, "boards", board)["relays"][0] is on,
    )


def event(site: Site, after: int, door: str, state: DoorEvent) -> JournalEntry:
    """The next entry of that kind about a door."""
    return site.entry(
        after, lambda e: e.kind is EntryKind.DOOR and e.door == door and e.state == state
    )


def test_a_recorded_grant_releases_the_door_for_its_time_and_a_denial_does_nothing(
    site: Site,
) -> None:
    refused = site.tap("lf1", STRANGER)
    granted = site.tap("lf1", CARD)

    released = event(site, refused.seq, "plain", DoorEvent.RELEASED)
    relay(site, "strikes", on=True)
    relay(site, "strikes", on=False)

    assert refused.reason is Reason.UNKNOWN_CREDENTIAL
    assert (released.ref, released.gate) == (granted.seq, "lf1")
    assert released.seq > granted.seq
    assert simulated(site, "doors", "plain")["passed"] == 1
    assert simulated(site, "doors", "watched")["passed"] == 0
    wait_door(site, "plain", DoorState.READY)
    assert site.verify().ok


def test_an_officer_s_word_releases_the_door(site: Site) -> None:
    refused = site.tap("lf1", STRANGER)

    given = site.link.override(gate="lf1", ref=refused.seq, note="known to me", actor="chief")

    assert event(site, refused.seq, "plain", DoorEvent.RELEASED).ref == given.entry.seq


def test_a_contact_sees_who_goes_through_an_exit(site: Site) -> None:
    site.tap("lf1", CARD)

    left = site.tap("lf2", CARD)
    opened = event(site, left.seq, "watched", DoorEvent.OPENED)
    closed = event(site, opened.seq, "watched", DoorEvent.CLOSED)

    assert left.reason is Reason.GRANTED_EXIT
    assert (opened.ref, closed.ref) == (left.seq, left.seq)
    assert wait_door(site, "watched", DoorState.READY).contact == "closed"


def test_a_killed_node_finds_its_door_locked_when_it_is_back(site: Site) -> None:
    """The board holds a relay for ever; the node locks it before it does anything else."""
    site.write_settings(settings(site).replace("open_seconds = 1.0", "open_seconds = 60.0"))
    site.programs[-1].end()
    site.forget(site.programs[-1])
    node = site.node()
    wait_door(site, "plain", DoorState.READY)
    granted = site.tap("lf1", CARD)
    event(site, granted.seq, "plain", DoorEvent.RELEASED)
    relay(site, "strikes", on=True)

    node.kill()
    still = simulated(site, "boards", "strikes")["relays"][0]
    site.forget(node)
    site.node()
    relay(site, "strikes", on=False)

    assert still  # nothing else ends it: the board's limit
    wait_door(site, "plain", DoorState.READY)
    releases = [
        e
        for e in site.journal.replay()
        if e.kind is EntryKind.DOOR and e.state == DoorEvent.RELEASED
    ]
    assert len(releases) == 1


def test_a_board_that_is_unplugged_is_shown_and_its_reader_goes_on(site: Site) -> None:
    """Neither the tap nor what it meant is lost, and the door does not open later for it."""
    before = site.journal.head()
    site.command("unplug", "strikes")

    shown = wait_door(site, "plain", DoorState.FAILED)
    lost = event(site, before, "plain", DoorEvent.FAILED)
    granted = site.tap("lf1", CARD)
    failed = site.entry(granted.seq, lambda e: e.ref == granted.seq and e.state == "failed")
    site.command("replug", "strikes")
    event(site, failed.seq, "plain", DoorEvent.RESTORED)

    assert lost.note
    assert shown.detail
    assert (granted.reason, failed.door) == (Reason.GRANTED, "plain")
    wait_door(site, "plain", DoorState.READY)
    assert simulated(site, "doors", "plain")["passed"] == 0
    assert not simulated(site, "boards", "strikes")["relays"][0]


def test_a_board_unplugged_in_the_middle_of_a_release_is_locked_when_it_is_back(
    site: Site,
) -> None:
    """It has power of its own, so its relay stays where it was."""
    granted = site.tap("lf1", CARD)
    relay(site, "strikes", on=True)
    site.command("unplug", "strikes")
    event(site, granted.seq, "plain", DoorEvent.FAILED)
    stayed = simulated(site, "boards", "strikes")["relays"][0]

    site.command("replug", "strikes")
    relay(site, "strikes", on=False)

    assert stayed
    wait_door(site, "plain", DoorState.READY)


def test_a_door_that_is_forced_held_or_jammed_is_told(site: Site) -> None:
    start = site.journal.head()

    site.command("door", "watched", "forced")
    forced = event(site, start, "watched", DoorEvent.FORCED)
    wait_door(site, "watched", DoorState.FORCED)
    site.command("door", "watched", "close")
    event(site, forced.seq, "watched", DoorEvent.CLOSED)

    site.command("door", "watched", "held")
    site.tap("lf1", CARD)
    left = site.tap("lf2", CARD)
    held = event(site, left.seq, "watched", DoorEvent.HELD_OPEN)
    wait_door(site, "watched", DoorState.HELD_OPEN)
    site.command("door", "watched", "close")
    event(site, held.seq, "watched", DoorEvent.CLOSED)

    site.command("door", "watched", "jammed")
    site.tap("lf1", CARD)
    out = site.tap("lf2", CARD)
    stuck = event(site, out.seq, "watched", DoorEvent.FAILED)

    assert forced.ref is None
    assert held.ref == left.seq
    assert stuck.ref == out.seq
    assert "not open within" in wait_door(site, "watched", DoorState.FAILED).detail


@pytest.mark.parametrize("fault", ["relay.deaf", "relay.stuck", "relay.mute"])
def test_a_board_that_does_not_do_or_say_it_is_shown_and_heals(site: Site, fault: str) -> None:
    before = site.journal.head()
    site.command("fault", "strikes", fault, "1")
    granted = site.tap("lf1", CARD)

    failed = site.entry(
        before, lambda e: e.kind is EntryKind.DOOR and e.ref == granted.seq and e.state == "failed"
    )
    site.command("fault", "strikes", fault, "0")
    again = site.tap("lf1", STRANGER)

    assert failed.note
    assert again.reason is Reason.UNKNOWN_CREDENTIAL
    relay(site, "strikes", on=False)
    known = site.link.override(gate="lf1", ref=again.seq, note="known to me", actor="chief")
    assert event(site, failed.seq, "plain", DoorEvent.RELEASED).ref == known.entry.seq
    relay(site, "strikes", on=False)
    wait_door(site, "plain", DoorState.READY)
