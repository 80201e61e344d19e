"""Tags at desks' readers: kept for who asks, no business of a gate."""

from __future__ import annotations

import threading

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import UserError
from gatekeeper.model import Presentation
from gatekeeper.node.desk_taps import KEPT, DeskTaps
from gatekeeper.readers import make_reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import rules_of

READER = ReaderSettings(id="enrol", driver="rdm6300", url="/dev/null", desk="office")


def tapped(taps: DeskTaps, number: int, desk: str = "office") -> bool:
    """A tag held to a desk's reader."""
    shown = Presentation(
        gate=f"desk:{desk}", reader="enrol", credential=f"em4100:{number:010X}", seen_at=1.0
    )
    return taps.take(shown)


def test_a_reader_of_a_desk_presents_its_tags_there() -> None:
    """Under a name that no gate can have."""
    rules = rules_of(READER, make_reader(READER, SystemClock()))

    assert rules.gate_of(None) == "desk:office"


def test_what_was_tapped_before_is_never_shown() -> None:
    """A page sees what is tapped from its opening on."""
    taps = DeskTaps([READER])
    assert tapped(taps, 1)
    begun = taps.wait("office", None, 5.0)
    tapped(taps, 2)
    found = taps.wait("office", begun.last, 5.0)

    assert begun.taps == ()
    assert [tap.credential for tap in found.taps] == ["em4100:0000000002"]
    assert taps.wait("office", found.last, 0.0).taps == ()


def test_who_waits_is_woken_by_a_tap() -> None:
    """At once; and by the end of the node."""
    taps = DeskTaps([READER])
    answers: list[int] = []
    waiter = threading.Thread(target=lambda: answers.append(len(taps.wait("office", 0, 10.0).taps)))
    waiter.start()
    tapped(taps, 7)
    waiter.join(5)
    other = threading.Thread(target=lambda: taps.wait("office", 1, 10.0))
    other.start()
    taps.close()
    other.join(5)

    assert answers == [1]
    assert not other.is_alive()


def test_only_the_last_few_are_kept() -> None:
    """Bounded; a page that was away gets the newest."""
    taps = DeskTaps([READER])
    for number in range(KEPT + 5):
        tapped(taps, number)
    found = taps.wait("office", 0, 0.0)

    assert [tap.seq for tap in found.taps] == list(range(6, KEPT + 6))
    # A node that began anew counts from one again: nothing old is told.
    assert taps.wait("office", 10**6, 0.0).taps == ()


def test_gates_and_other_desks_are_not_touched() -> None:
    """A gate's presentation is left to the gate."""
    taps = DeskTaps([READER])

    assert not taps.take(Presentation(gate="north", reader="r", credential="em4100:0000000001"))
    assert not tapped(taps, 1, "elsewhere")
    with pytest.raises(UserError, match="no reader"):
        taps.wait("elsewhere", None, 0.0)
