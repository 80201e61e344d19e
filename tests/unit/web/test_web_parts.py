"""Parts of the web: entries in words, lanes, holders, hint, keeper, problems' texts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.config import GateSettings
from gatekeeper.errors import LinkError, StoreError
from gatekeeper.link.messages import Head
from gatekeeper.link.messages import Holders as Found
from gatekeeper.model import (
    GateRules,
    GateState,
    Holder,
    JournalEntry,
    NodeStatus,
    ReaderState,
    ReaderStatus,
    Reason,
)
from gatekeeper.web.api.shapes import EntryJson
from gatekeeper.web.door import MOST_KNOWN, MOST_STRANGERS, SocketDoor, is_known
from gatekeeper.web.entries import dress, initials
from gatekeeper.web.hint import Hint
from gatekeeper.web.holders import Holders
from gatekeeper.web.keeper import Keeper
from gatekeeper.web.lanes import NodeWatch, can_decide, view_of
from gatekeeper.web.texts import PROBLEMS, iso

GATES = (GateSettings(id="in-1"), GateSettings(id="door"))


@pytest.mark.parametrize("reason", [None, *Reason])
def test_an_entry_on_the_feed_has_every_field(reason: Reason | None) -> None:
    """Null where unknown, never missing: a page need not ask twice."""
    holder = Holder("นายกิตติ ใจดี", photo="k1")

    dressed = dress(JournalEntry(seq=5, at=1000.1234, reason=reason), holder)

    msgspec.convert(msgspec.to_builtins(dressed), EntryJson)
    assert set(JournalEntry.__struct_fields__) < set(dressed)
    assert dressed["at"] == "1970-01-01T00:16:40.123Z"
    assert dressed["class"] == (reason.cls if reason else None)
    assert dressed["holder"]["photo_url"] == "/photos/k1"


def test_only_who_has_a_table_or_a_seat_is_told_it() -> None:
    """A car at its lane, or staff at a door, is simply let pass; a refusal is one for all."""
    granted, refused = (JournalEntry(at=1.0, reason=r) for r in (Reason.GRANTED, Reason.REVOKED))
    seated, standing = Holder("นายกิตติ ใจดี", table="12"), Holder("นายกิตติ ใจดี")

    assert dress(granted, seated)["next_step"]["th"] == "เชิญผ่าน แจ้งโต๊ะและที่นั่ง"
    assert dress(granted, standing)["next_step"]["th"] == "เชิญผ่าน"
    assert dress(granted, None)["next_step"]["en"] == "Let the holder pass"
    assert dress(refused, standing)["next_step"] == dress(refused, seated)["next_step"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("นายกิตติ ใจดี", "กจ"),
        ("นางสาวเกศินี แสงทอง", "กส"),
        ("นาง แพรวา โสภา", "พส"),
        ("H.E. Mr. José Núñez", "JN"),
        ("Plato", "P"),
        ("", "?"),
        ("เ", "เ"),
        ("นาย", "น"),
    ],
)
def test_who_has_no_photo_has_initials(name: str, letters: str) -> None:
    """Without title, and a Thai vowel that is written first is not the first letter."""
    assert initials(name) == letters


@given(st.text(max_size=40))
def test_any_name_has_initials(name: str) -> None:
    """Names come from offices."""
    assert 1 <= len(initials(name)) <= 4


def test_times_are_utc_with_milliseconds() -> None:
    """The contract's form, also at a full second."""
    assert iso(0.0) == "1970-01-01T00:00:00.000Z"
    assert iso(1795359320.1239) == "2026-11-22T14:55:20.123Z"
    assert iso(None) is None


def status(*readers: tuple[str, ReaderState], **more: Any) -> NodeStatus:
    """A node with readers at gate in-1."""
    statuses = tuple(ReaderStatus(name, "r2000", state, ("in-1",), 0.0) for name, state in readers)
    rules = (GateRules("in-1"), GateRules("door", state=GateState.CLOSED))
    values: dict[str, Any] = {"ready": True, "journal_ok": True, "readers": statuses}
    return NodeStatus(head=0, change_seq=0, passes=0, gates=rules, **{**values, **more})


@pytest.mark.parametrize(
    ("states", "together"),
    [
        ("up", "up"),
        ("suspect", "suspect"),
        ("down", "down"),
        ("up up", "up"),
        ("up down", "suspect"),
        ("down down", "down"),
        ("", "up"),
    ],
)
def test_a_lane_is_as_well_as_all_its_readers(states: str, together: str) -> None:
    """One of two dead is neither well nor gone; none at all: reads come over HTTP."""
    readers = [(f"r{n}", ReaderState(state)) for n, state in enumerate(states.split())]

    view = view_of(status(*readers), GATES)

    assert view.lanes["in-1"].state == together
    assert can_decide(view, "in-1") == (together != "down")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, ""),
        ({"ready": False}, "not_ready"),
        ({"journal_ok": False}, "journal"),
        ({"journal_ok": False, "ready": False}, "journal"),
    ],
)
def test_what_keeps_every_gate_from_deciding_has_a_name(
    more: dict[str, bool], problem: str
) -> None:
    """Screens say it in words."""
    view = view_of(status(("r1", ReaderState.UP), **more), GATES)

    assert (view.node, view.problem) == ("up", problem)
    assert can_decide(view, "in-1") == (problem == "")
    assert view.lanes["door"].gate_state == "closed"
    assert not can_decide(view, "nowhere")


def test_without_an_answer_every_lane_is_down() -> None:
    """Nobody decides, whatever the readers did a moment ago."""
    view = view_of(None, GATES)

    assert (view.node, view.problem) == ("down", "node_down")
    assert view.states(None) == {"in-1": "down", "door": "down"}


class Answers:
    """A node whose next answer a test sets; None: it does not answer."""

    def __init__(self) -> None:
        self.next: NodeStatus | None = None

    def status(self) -> NodeStatus:
        """As the link would."""
        if self.next is None:
            raise LinkError("gone")
        return self.next


@pytest.mark.parametrize("noticed", [False, True], ids=["back before the next look", "missed"])
def test_a_node_that_was_gone_is_shown_so_for_a_second(
    monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    """Also where it came back before anybody looked: it tells by its run."""
    clock = iter((100.0, *([100.1] if noticed else []), 100.3, 100.9, 101.4))
    monkeypatch.setattr("gatekeeper.web.lanes.time.monotonic", lambda: next(clock))
    node = Answers()
    watch = NodeWatch(node, GATES)
    shown = []
    node.next = status(("r1", ReaderState.UP), run="one")
    watch.ask()
    shown.append(watch.view.node)
    if noticed:
        node.next = None
        watch.ask()
        shown.append(watch.view.node)
    node.next = status(("r1", ReaderState.UP), run="two")
    for _ in range(3):
        watch.ask()
        shown.append(watch.view.node)

    assert shown == ["up", *(["down"] if noticed else []), "down", "down", "up"]


class Book:
    """A source of holders that can be gone, and counts who asks."""

    def __init__(self) -> None:
        self.known = {f"p{n}": Holder(f"name {n}") for n in range(3000)}
        self.gone: Exception | None = None
        self.asked: list[int] = []

    def holders(self, pass_ids: Iterable[str]) -> dict[str, Holder]:
        """Those it knows."""
        asked = list(pass_ids)
        self.asked.append(len(asked))
        if self.gone:
            raise self.gone
        return {pass_id: self.known[pass_id] for pass_id in asked if pass_id in self.known}

    def look_up(self, pass_ids: Iterable[str] = (), credentials: Iterable[str] = ()) -> Found:
        """The same, as the node answers."""
        return Found(passes=self.holders(pass_ids))


def test_holders_are_asked_for_once_and_in_parts() -> None:
    """A page of history is one question, not one for each entry; unknown ones are kept too."""
    node, store = Book(), Book()
    holders = Holders(node, store)
    wanted = [*(f"p{n}" for n in range(1200)), "nobody", None]

    first = holders.get(wanted)
    again = holders.get(wanted)

    assert len(first) == 1200
    assert first == again
    assert max(node.asked) <= 1000  # the most that the link takes
    assert sum(node.asked) == 1201
    assert store.asked == [1]  # whom the node does not know the database may


def test_whom_the_node_does_not_know_the_database_may() -> None:
    """A pass that just came is in the database before the node has followed."""
    node, store = Book(), Book()
    del node.known["p1"]

    assert Holders(node, store).get(["p1", "p2"]) == {
        "p1": store.known["p1"],
        "p2": Holder("name 2"),
    }


def test_an_unknown_holder_is_not_kept_while_one_source_is_silent() -> None:
    """A name that nobody could look up is asked for again, and is there when it can be."""
    node, store = Book(), Book()
    del node.known["p1"]
    store.gone = StoreError("gone")
    holders = Holders(node, store)
    before = holders.get(["p1"])
    node.known["p1"] = Holder("name 1")

    assert before == {}
    assert holders.get(["p1"]) == {"p1": Holder("name 1")}


def test_while_the_node_is_gone_the_database_knows_names() -> None:
    """And while both are gone nobody waits for either: the entry goes out without a name."""
    node, store = Book(), Book()
    node.gone = LinkError("gone")
    holders = Holders(node, store)
    from_store = holders.get(["p1"])
    store.gone = StoreError("gone")
    asked = len(node.asked)

    nobody = holders.get(["p2"])
    holders.get(["p2"])

    assert from_store["p1"].name == "name 1"
    assert nobody == {}
    assert len(node.asked) == asked  # not asked again within a second
    assert len(store.asked) == 2


def test_changed_passes_are_looked_up_anew() -> None:
    """A corrected name is on screen with the next entry."""
    node = Book()
    holders = Holders(node, Book())
    holders.get(["p1"])
    node.known["p1"] = Holder("corrected")
    before = holders.get(["p1"])["p1"].name
    holders.forget()

    assert (before, holders.get(["p1"])["p1"].name) == ("name 1", "corrected")
    assert holders.known(["p1", "p2", None]) == {"p1": Holder("corrected")}


class Door:
    """A node whose journal grows when a test says so."""

    def __init__(self) -> None:
        self.grown = threading.Semaphore(0)
        self.head = 0
        self.failing = False

    def await_head(self, after_seq: int, timeout_s: float) -> Head:
        """Answers when it has grown."""
        self.grown.acquire(timeout=timeout_s)
        if self.failing:
            raise LinkError("gone")
        return Head(seq=self.head, durable_ns=0)


def test_the_hint_wakes_the_feed_also_after_the_node_was_gone() -> None:
    """Only a hint: the feed polls as well."""
    door, wake = Door(), threading.Event()
    hint = Hint(door, lambda: 0, wake)
    hint.start()
    door.failing = True
    door.grown.release()
    door.failing = False
    door.head = 7
    door.grown.release(2)

    assert wake.wait(10)
    hint.stop()
    door.grown.release()


def test_the_keeper_goes_on_whatever_fails() -> None:
    """A database that is gone ends no thread."""
    calls = threading.Semaphore(0)

    def refresh() -> None:
        calls.release()
        raise StoreError("gone")

    def sweep() -> None:
        calls.release()
        raise ZeroDivisionError

    keeper = Keeper({"refresh": refresh, "sweep": sweep})
    keeper.start()

    assert all(calls.acquire(timeout=10) for _ in range(4))
    keeper.stop()


def test_every_problem_is_told_in_both_languages() -> None:
    """And its status is one of refusal."""
    for code, text in PROBLEMS.items():
        assert 400 <= text.status < 600, code
        assert any("ก" <= letter <= "๛" for letter in text.th), code
        assert text.en.isascii(), code


@pytest.mark.parametrize(("known", "most"), [(True, MOST_KNOWN), (False, MOST_STRANGERS)])
def test_the_door_counts_open_sockets_and_those_that_left(known: bool, most: int) -> None:
    """One more than the most is turned away; when one leaves another comes in; pages pass."""
    inside: list[Callable[[], Any]] = []
    statuses: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        if inside:
            inside.pop()()
        return []

    door = SocketDoor(application, lambda _: known)

    def enter(path: str = "/socket.io/") -> None:
        door({"PATH_INFO": path}, lambda status, _: statuses.append(status))

    inside[:] = [enter] * most
    enter()
    enter("/login")
    enter()

    assert statuses == [*["200 OK"] * most, "503 Service Unavailable", "200 OK", "200 OK"]


def test_who_shows_a_token_on_an_open_socket_is_no_stranger_any_more() -> None:
    """Their place among strangers is free again, and they leave as somebody known."""
    opened: list[Callable[[], Any]] = []
    statuses: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        is_known(environ)
        if opened:
            opened.pop()()
        return []

    door = SocketDoor(application, lambda _: False)

    def enter() -> None:
        door({"PATH_INFO": "/socket.io/"}, lambda status, _: statuses.append(status))

    opened[:] = [enter] * (MOST_STRANGERS + 5)
    enter()
    enter()

    assert statuses == ["200 OK"] * (MOST_STRANGERS + 7)
