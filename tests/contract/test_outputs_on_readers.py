"""A door and a light on a reader of their own: through the driver, down to the simulated reader."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rigs

from gatekeeper.config import DoorSettings, OutputSettings
from gatekeeper.model import DoorState, JournalEntry, ReaderState, Reason
from gatekeeper.outputs.doors import Doors
from gatekeeper.readers import make_reader
from gatekeeper.readers.base import Indicator, Switch
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import Pump

OUTPUT, LED = 1, 2
"""Numbers of commands in libosdp's dicts."""
clock = SystemClock()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Any]:
    with rigs.rig("osdp", tmp_path) as made:
        yield made


@pytest.fixture
def recorded() -> queue.Queue[JournalEntry]:
    return queue.Queue()


@pytest.fixture
def doors(rig: Any, recorded: queue.Queue[JournalEntry]) -> Iterator[Doors]:
    """A door on the reader's first contact, once the reader is up."""
    driver = make_reader(rig.settings, clock)
    assert isinstance(driver, Switch)
    assert isinstance(driver, Indicator)
    states: queue.Queue[ReaderState] = queue.Queue()
    pump = Pump(
        rig.settings,
        lambda presentation: None,
        on_state=lambda status: states.put(status.state),
        reader=driver,
    )
    output = OutputSettings(reader="gate1", channel=1)
    made = Doors(
        [DoorSettings(id="d", gate="door", output=output, open_seconds=1.0)],
        [],
        open_line=lambda url, baud: pytest.fail(url),
        switches={"gate1": driver.pulse},
        lamps={"gate1": driver.indicate},
        clock=clock,
        record=recorded.put,
    )
    pump.start()
    while states.get(timeout=rigs.DEADLINE_S) is not ReaderState.UP:
        pass
    made.start()
    yield made
    made.stop()
    assert pump.stop(rigs.DEADLINE_S)


def answer(seq: int, reason: Reason) -> JournalEntry:
    return JournalEntry(seq=seq, at=time.time(), gate="door", reader="gate1", reason=reason)


def commands(rig: Any, number: int) -> list[dict[str, Any]]:
    """What the reader was told, of one kind."""
    return [command for command in list(rig._device.commands) if command["command"] == number]


def test_a_grant_closes_the_reader_s_contact_for_the_door_s_time(
    rig: Any, doors: Doors, recorded: queue.Queue[JournalEntry]
) -> None:
    doors.told(answer(6, Reason.LOST))
    doors.told(answer(7, Reason.GRANTED))
    released = recorded.get(timeout=rigs.DEADLINE_S)

    (told,) = commands(rig, OUTPUT)

    assert (released.state, released.ref, released.door) == ("released", 7, "d")
    assert told["output_no"] == 0
    assert told["timer_count"] == 10  # of 100 ms: the reader ends it, whatever happens here


def test_each_answer_is_shown_by_the_reader_s_light(rig: Any, doors: Doors) -> None:
    doors.told(answer(7, Reason.LOST))

    until = time.monotonic() + rigs.DEADLINE_S
    while not commands(rig, LED) and time.monotonic() < until:
        rig.do(lambda: None)

    assert commands(rig, LED)


def test_a_reader_that_is_gone_fails_the_door_and_not_the_next_one(
    rig: Any, doors: Doors, recorded: queue.Queue[JournalEntry]
) -> None:
    rig.unplug()
    while True:
        doors.told(answer(7, Reason.GRANTED))
        failed = recorded.get(timeout=rigs.DEADLINE_S)
        if failed.state == "failed":  # until the reader is known to be gone, it may still obey
            break
    done = len(commands(rig, OUTPUT))

    assert failed.ref == 7
    assert failed.note
    assert doors.status()[0].state is DoorState.FAILED
    assert len(commands(rig, OUTPUT)) == done
