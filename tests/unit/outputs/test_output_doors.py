"""What a node's outputs make of an answer: which doors it releases, which light it shows."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper import app, config
from gatekeeper.config import DoorSettings, OutputSettings
from gatekeeper.errors import ConfigError, UnknownDriverError
from gatekeeper.model import DoorEvent, DoorState, EntryKind, JournalEntry, Reason, ReasonClass
from gatekeeper.outputs import REGISTRY, board_class
from gatekeeper.outputs.door import Said
from gatekeeper.outputs.doors import Doors
from gatekeeper.outputs.ration import BURST, REFILL_NS
from tests.unit.outputs.memory_board import ManualClock

DEADLINE_S = 20.0
NOW = ManualClock().now()


class Site:
    """Two doors of one gate and one of another, on a reader's contacts; lights on another."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.pulses: queue.Queue[int] = queue.Queue()
        self.lights: list[ReasonClass] = []
        self.recorded: queue.Queue[JournalEntry] = queue.Queue()
        self.lamp_fails = False
        self.doors = Doors(
            [
                DoorSettings(id=name, gate=gate, output=OutputSettings(reader="r", channel=n))
                for n, (name, gate) in enumerate([("a", "g1"), ("b", "g1"), ("c", "g2")], 1)
            ],
            [],
            open_line=lambda url, baud: pytest.fail(url),
            switches={"r": lambda output, seconds: self.pulses.put(output)},
            lamps={"lamp": self.light},
            clock=self.clock,
            record=self.recorded.put,
        )

    def light(self, shown: ReasonClass) -> None:
        if self.lamp_fails:
            raise RuntimeError("a defect")
        self.lights.append(shown)

    def entries(self, count: int) -> list[tuple[str | None, str | None, int | None]]:
        """What the next `count` entries say: door, state, ref; in the doors' order."""
        found = [self.recorded.get(timeout=DEADLINE_S) for _ in range(count)]
        assert {entry.kind for entry in found} == {EntryKind.DOOR}
        return sorted((entry.door, entry.state, entry.ref) for entry in found)  # type: ignore[type-var]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    made.doors.start()
    yield made
    made.doors.stop()


def answer(**more: Any) -> JournalEntry:
    fields = {"seq": 7, "at": NOW, "gate": "g1", "reader": "lamp", "reason": Reason.GRANTED}
    return JournalEntry(**{**fields, **more})


@pytest.mark.parametrize(
    "entry",
    [
        answer(),
        answer(reason=Reason.GRANTED_EXIT),
        answer(reason=Reason.GRANTED_REENTRY),
        answer(kind=EntryKind.OVERRIDE, reason=Reason.GRANTED_OVERRIDE, reader=None),
    ],
    ids=["granted", "exit", "re-entry", "officer"],
)
def test_every_green_releases_every_door_of_its_gate(site: Site, entry: JournalEntry) -> None:
    site.doors.told(entry)

    assert site.entries(2) == [("a", "released", 7), ("b", "released", 7)]
    assert {site.pulses.get(timeout=DEADLINE_S) for _ in range(2)} == {1, 2}
    assert site.pulses.empty()


@pytest.mark.parametrize(
    "entry",
    [answer(reason=reason) for reason in Reason if reason.cls is not ReasonClass.GREEN]
    + [answer(seq=0), answer(late=True), answer(gate="g3"), answer(reason=None)],
    ids=lambda entry: f"{entry.reason}/{entry.seq}/{entry.gate}",
)
def test_nothing_else_releases_anything(site: Site, entry: JournalEntry) -> None:
    """Refusals of every kind, what is not recorded, what is recorded late, other gates."""
    site.doors.told(entry)
    site.doors.told(answer(seq=9, gate="g2"))

    assert site.entries(1) == [("c", "released", 9)]
    assert site.pulses.get(timeout=DEADLINE_S) == 3
    assert site.pulses.empty()
    assert site.recorded.empty()


@pytest.mark.parametrize(
    "entry",
    [answer(at=NOW - 2.1), answer(at=NOW + 2.1), answer(seen_at=NOW - 3600.0)],
    ids=["decided long ago", "the clock was stepped", "tapped long ago"],
)
def test_a_grant_that_is_old_in_any_way_is_told_and_opens_nothing(
    site: Site, entry: JournalEntry
) -> None:
    site.doors.told(entry)

    assert site.entries(2) == [("a", "failed", 7), ("b", "failed", 7)]
    assert site.pulses.empty()


def test_a_light_shows_each_class_of_answer_on_the_reader_that_read(site: Site) -> None:
    shown = [answer(gate="g3", reason=r) for r in (Reason.GRANTED, Reason.ALREADY_IN, Reason.LOST)]

    for entry in [*shown, answer(gate="g3", seq=0, reason=Reason.SYSTEM_FAULT), answer(reader="x")]:
        site.doors.told(entry)

    green, amber, red = ReasonClass.GREEN, ReasonClass.AMBER, ReasonClass.RED
    assert site.lights == [green, amber, red, red]


def test_a_light_that_fails_keeps_no_door_shut(site: Site) -> None:
    site.lamp_fails = True

    site.doors.told(answer())

    assert site.entries(2) == [("a", "released", 7), ("b", "released", 7)]


def test_status_tells_each_door_and_counts(site: Site) -> None:
    site.doors.told(answer(gate="g2"))
    site.entries(1)

    status = {door.id: door for door in site.doors.status()}

    assert list(status) == ["a", "b", "c"]
    assert (status["c"].state, status["c"].released, status["c"].gate) == (DoorState.OPEN, 1, "g2")
    assert status["a"].released == 0


def test_a_record_that_fails_keeps_no_door_open(site: Site) -> None:
    def fails(entry: JournalEntry) -> None:
        site.recorded.put(entry)
        raise RuntimeError("a defect")

    site.doors._record = fails
    site.doors.told(answer(gate="g2"))
    site.entries(1)
    site.clock.advance(6.0)  # the door's five seconds are over

    site.doors.told(answer(gate="g2", seq=8, at=site.clock.now()))

    assert site.entries(1) == [("c", "released", 8)]


def test_a_contact_that_rattles_does_not_fill_the_journal_and_no_grant_is_left_out() -> None:
    site = Site()
    north = site.doors._doors[0]
    rattle = [Said(DoorEvent.FORCED), Said(DoorEvent.CLOSED)] * 500

    site.doors._tell(north, [*rattle, Said(DoorEvent.RELEASED, 7), Said(DoorEvent.FAILED, 8)])
    site.clock.advance(REFILL_NS / 1e9)
    site.doors._tell(north, [Said(DoorEvent.HELD_OPEN, 7, "open for 30 s")])

    told = [site.recorded.get_nowait() for _ in range(site.recorded.qsize())]
    assert [entry.state for entry in told[BURST:]] == ["released", "failed", "held_open"]
    assert told[-1].note == (
        f"{1000 - BURST} events before it were not recorded one by one; open for 30 s"
    )


# --- settings

GOOD = """\
[[gates]]
id = "north"

[[readers]]
id = "lf"
driver = "rdm6300"
url = "/dev/ttyUSB0"
gate = "north"

[[boards]]
id = "relays"
driver = "relay_a0"
url = "/dev/ttyUSB1"
options = { channels = 2 }

[[boards]]
id = "io"
driver = "numato"
url = "/dev/ttyACM0"

[[doors]]
id = "door"
gate = "north"
output = { board = "relays", channel = 2 }
open_seconds = 3
contact = { board = "io", input = 4, open_level = 0 }
"""


def check(tmp_path: Path, text: str) -> config.Config:
    file = tmp_path / "gatekeeper.toml"
    file.write_text(text, encoding="utf-8")
    loaded = config.load(file)
    app.check_doors(loaded)
    return loaded


def test_good_settings_are_taken(tmp_path: Path) -> None:
    door = check(tmp_path, GOOD).doors[0]

    assert (door.output.board, door.output.channel, door.open_seconds) == ("relays", 2, 3.0)
    assert door.contact is not None
    assert (door.contact.input, door.contact.open_level) == (4, 0)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('id = "door"', 'id = "Door"', 22, "doors[0].id: 'Door' seen; small letters"),
        ('gate = "north"\noutput', 'gate = "south"\noutput', 23, "gate 'south' is not defined"),
        ('board = "relays"', 'board = "x"', 24, "doors[0].output: board 'x' is not defined"),
        ('board = "relays"', 'reader = "x"', 24, "doors[0].output: reader 'x' is not defined"),
        ('board = "relays"', 'reader = "lf"', 24, "reader 'lf' has no contacts"),
        ('board = "relays", ', "", 24, "either board or reader is due"),
        ("channel = 2 }", "channel = 3 }", 24, "doors[0].output: channel 3 seen; 1 to 2 is due"),
        ("channel = 2 }", "channel = 0 }", 24, "channel 0 seen; 1 to 2 is due"),
        ("open_seconds = 3", "open_seconds = 0.1", 25, "open_seconds: 0.1 seen; 0.2 to 60 is due"),
        ("input = 4", "input = 5", 26, "doors[0].contact: input 5 seen; 1 to 4 is due"),
        ('board = "io", in', 'board = "relays", in', 26, "input 4 seen; the board has none"),
        ("open_level = 0", "open_level = 2", 26, "open_level 2 seen; 0 or 1 is due"),
        ("options = { channels = 2 }", "options = { chanels = 2 }", 11, "chanels"),
        ("channels = 2", "channels = 99", 11, "board 'relays': options"),
        ('"relay_a0"', '"relay_b0"', 12, "one of numato, relay_a0 is due"),
        ('"/dev/ttyUSB1"', '"http://x"', 11, "board 'relays': 'http://x' seen"),
        ("open_seconds = 3", "opens = 3", 25, "unknown field `opens`"),
    ],
)
def test_wrong_settings_are_refused_by_file_line_and_name(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert GOOD.count(old) >= 1

    with pytest.raises(ConfigError) as caught:
        check(
            tmp_path, GOOD.replace(old, new, 1) if old != '"relay_a0"' else GOOD.replace(old, new)
        )

    assert f"gatekeeper.toml:{line}: " in str(caught.value)
    assert said in str(caught.value)


def test_a_relay_and_an_input_serve_one_door_each(tmp_path: Path) -> None:
    more = (
        GOOD + '[[doors]]\nid = "d2"\ngate = "north"\noutput = { board = "relays", channel = 2 }\n'
    )

    with pytest.raises(ConfigError, match="board 'relays' 2 is the one of door 'door' already"):
        check(tmp_path, more)


def test_the_registry_knows_what_it_names() -> None:
    for name in REGISTRY:
        assert board_class(name).title
    with pytest.raises(UnknownDriverError, match="one of numato, relay_a0 is due"):
        board_class("relay")


def test_a_door_on_a_reader_without_contacts_is_refused_by_name() -> None:
    door = DoorSettings(id="d", gate="g", output=OutputSettings(reader="lf"))

    with pytest.raises(ConfigError, match="door 'd': reader 'lf' has no contacts"):
        Doors(
            [door],
            [],
            open_line=lambda url, baud: pytest.fail(url),
            switches={},
            lamps={},
            clock=ManualClock(),
            record=lambda entry: None,
        )


def test_every_event_is_of_the_closed_set() -> None:
    """Whoever reads the journal knows them all; a new one must be told to the screens."""
    assert [event.value for event in DoorEvent] == [
        "released", "opened", "closed", "forced", "held_open", "failed", "restored",
    ]  # fmt: skip
