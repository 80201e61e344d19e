"""A desk's reads go to the one page that asked, and end."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from gatekeeper.errors import CredentialError, LinkError, StoreError, UserError
from gatekeeper.link.messages import Tap, Taps
from gatekeeper.web import desk_taps
from gatekeeper.web.desk_taps import IDLE_S, DeskSessions


class Node:
    """The node as it answers; `tap` is what a person does."""

    def __init__(self) -> None:
        self.taps: list[Tap] = []
        self.faults: list[Exception] = []
        self.asked = threading.Event()
        self.moved = threading.Condition()

    def tap(self, credential: str) -> None:
        """Hold a tag to the reader."""
        with self.moved:
            self.taps.append(Tap(len(self.taps) + 1, credential, 1.0))
            self.moved.notify_all()

    def fail(self, error: Exception) -> None:
        """Fail at the next question."""
        with self.moved:
            self.faults.append(error)
            self.moved.notify_all()

    def await_taps(self, desk: str, after: int | None, timeout_s: float) -> Taps:
        """As the node does."""
        if desk != "office":
            raise UserError("no reader")
        with self.moved:
            if after is None:
                return Taps(last=len(self.taps))
            self.asked.set()
            self.moved.wait_for(lambda: self.faults or len(self.taps) > after, 0.05)
            if self.faults:
                raise self.faults.pop()
            return Taps(last=len(self.taps), taps=tuple(self.taps[after:]))


class Bench:
    """Sessions between a node and pages."""

    def __init__(self) -> None:
        self.node, self.now = Node(), 0.0
        self.sent: queue.Queue[tuple[str, dict[str, Any], str]] = queue.Queue()
        self.judge: Any = lambda credential: {"credential": credential, "refusal": None}
        self.sessions = DeskSessions(
            self.node,
            lambda credential: self.judge(credential),
            lambda event, payload, sid: self.sent.put((event, payload, sid)),
            clock=lambda: self.now,
        )

    def next(self) -> tuple[str, str, str]:
        """The next message: event, credential or cause, page."""
        event, payload, sid = self.sent.get(timeout=5)
        return event, payload.get("cause") or payload.get("credential", ""), sid


@pytest.fixture
def bench() -> Any:
    """Ended after the test."""
    made = Bench()
    yield made
    made.sessions.stop()


def test_a_tap_goes_to_the_page_that_asked_alone(bench: Bench) -> None:
    """Another one is told that the reader is in use, or takes it and the first is told."""
    assert bench.sessions.open("office", "page-1") == ""
    assert bench.sessions.open("office", "page-2") == "busy"
    bench.node.tap("em4100:0000000001")
    assert bench.next() == ("tap", "em4100:0000000001", "page-1")
    assert bench.sessions.open("office", "page-2", take=True) == ""
    assert bench.next() == ("desk_end", "taken", "page-1")
    bench.node.tap("em4100:0000000002")
    assert bench.next() == ("tap", "em4100:0000000002", "page-2")
    assert bench.sent.empty()


def test_a_page_that_is_gone_leaves_the_desk_to_others(bench: Bench) -> None:
    """Closing one's browser is enough."""
    bench.sessions.open("office", "page-1")
    bench.sessions.forget("page-1")
    assert bench.sessions.open("office", "page-2") == ""
    bench.sessions.close("office", "page-1")  # not its own any more
    bench.node.tap("em4100:0000000001")
    assert bench.next() == ("tap", "em4100:0000000001", "page-2")


def test_a_page_left_open_is_let_go(bench: Bench) -> None:
    """Ten minutes without a tap."""
    bench.sessions.open("office", "page-1")
    assert bench.node.asked.wait(5)
    bench.now = IDLE_S + 1
    assert bench.next() == ("desk_end", "idle", "page-1")
    assert bench.sessions.open("office", "page-2") == ""


def test_a_node_that_is_gone_is_told(bench: Bench) -> None:
    """Not for a hiccup; a desk nobody serves is no desk."""
    assert bench.sessions.open("elsewhere", "page-1") == "not_found"
    bench.sessions.open("office", "page-1")
    bench.node.fail(LinkError("hiccup"))
    bench.node.tap("em4100:0000000001")
    assert bench.next() == ("tap", "em4100:0000000001", "page-1")
    bench.now = desk_taps.NODE_GONE_S * 2
    bench.node.fail(LinkError("gone"))
    assert bench.next() == ("desk_end", "node_down", "page-1")


def test_what_cannot_be_judged_is_never_shown_as_good(bench: Bench) -> None:
    """No credential: a refusal; no database: the session ends."""

    def judge(credential: str) -> dict[str, Any]:
        raise CredentialError("no credential")

    bench.judge = judge
    bench.sessions.open("office", "page-1")
    bench.node.tap("??")
    event, payload, _ = bench.sent.get(timeout=5)
    assert (event, payload["refusal"]["en"]) == ("tap", "no credential")

    def gone(credential: str) -> dict[str, Any]:
        raise StoreError("gone")

    bench.judge = gone
    bench.node.tap("em4100:0000000001")
    assert bench.next() == ("desk_end", "store_down", "page-1")
