"""The LLRP driver on real sockets: connecting, the thread, the queue, and what is left behind."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import llrp_messages as say
from firmware_sim.llrp_requests import Parser
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers import llrp, llrp_session, llrp_talk
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.llrp import LlrpReader

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/llrp.json").read_text("utf-8"))
DEADLINE_S = 20.0


class StepClock(SystemClock):
    """The real clock, which can be set forward."""

    ahead_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.ahead_ns


class Peer:
    """A reader that answers what it is asked and says what the test wants, on a real port."""

    def __init__(self, *, greets: bool = True) -> None:
        self.greets = greets
        self.line: socket.socket | None = None
        self.reading = threading.Event()
        """The inventory was enabled."""
        self.closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"llrp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with contextlib.suppress(OSError):
            if self.line:
                self.line.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    def say(self, data: bytes) -> None:
        assert self.line
        self.line.sendall(data)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.line, _ = self._listener.accept()
                with self.line:
                    self._talk(self.line)
                self.closed.set()

    def _talk(self, line: socket.socket) -> None:
        parser = Parser()
        if self.greets:
            line.sendall(say.connection_event(1, 0, say.Connection.SUCCESS))
        with contextlib.suppress(OSError):
            while data := line.recv(4096):
                for request in parser.feed(data):
                    if request.type == say.Type.GET_READER_CAPABILITIES:
                        line.sendall(say.capabilities(request.number, say.Capabilities()))
                    elif request.type == say.Type.GET_READER_CONFIG:
                        line.sendall(say.config(request.number, 0, b""))
                    elif request.type == say.Type.CLOSE_CONNECTION:
                        return
                    elif request.type not in (64, 72):
                        line.sendall(say.response(request.type + 10, request.number))
                    if request.type == say.Type.ENABLE_ROSPEC:
                        self.reading.set()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.stop()


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


def driver(url: str, clock: Any, **options: Any) -> LlrpReader:
    return LlrpReader(
        ReaderSettings(id="gate1", driver="llrp", url=url, gate="door", options=options), clock
    )


def started(peer: Peer, clock: Any, **options: Any) -> LlrpReader:
    made = driver(peer.url, clock, **options)
    made.open()
    wait(made, lambda: made.alive)
    return made


def wait(reader: LlrpReader, due: Callable[[], bool]) -> list[CardRead]:
    reads: list[CardRead] = []
    end = time.monotonic() + DEADLINE_S
    while not due():
        assert time.monotonic() < end, (reader.problem(), reader.counters)
        reads += reader.read()
    return reads


def report(number: int) -> bytes:
    return say.report(number, [say.tag_report(number.to_bytes(12, "big"), 0x1400)])


def left_behind() -> tuple[list[str], int]:
    threads = sorted(t.name for t in threading.enumerate() if t.name.startswith("llrp-"))
    return threads, sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_the_published_reports_are_read(peer: Peer, clock: StepClock) -> None:
    published = [v for v in VECTORS["vectors"] if v["decode"].get("msg") == "RO_ACCESS_REPORT"]
    reader = started(peer, clock)
    for vector in published:
        peer.say(bytes.fromhex(vector["hex"]))
    reads = wait(reader, lambda: reader.counters.frames >= 8 + len(published))
    reads += reader.read()
    reader.close()

    due = [(f"epc:{v['decode']['epc']}", 1, v["decode"]["peak_rssi_dbm"]) for v in published]
    due.insert([v["id"] for v in published].index("llrp-report-two-tags") + 1,
               ("epc:E2004074850A0103", 2, -60))  # fmt: skip
    assert [(r.credential, r.antenna, r.rssi_dbm) for r in reads] == due


def test_a_port_where_nobody_listens_is_said_at_once(clock: StepClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    before = left_behind()
    reader = driver(f"llrp://127.0.0.1:{port}", clock)

    for _ in range(5):
        with pytest.raises(TransportError, match=rf"refused seen; .+ port {port} is due"):
            reader.open()

    assert left_behind() == before


def test_a_name_that_is_never_found_holds_nobody(
    clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    begun: list[object] = []

    def hang(address: object, timeout: float) -> socket.socket:
        begun.append(address)
        released.wait(DEADLINE_S)
        raise OSError("no such name")

    monkeypatch.setattr(llrp_session.socket, "create_connection", hang)
    monkeypatch.setattr(llrp, "OPEN_S", 0.05)
    before = left_behind()
    reader = driver("llrp://nowhere.example", clock)

    with pytest.raises(TransportError, match=r"no connection after 0.05 s seen"):
        reader.open()
    with pytest.raises(TransportError, match=r"no answer to who 'nowhere.example' is seen"):
        reader.open()
    assert len(begun) == 1
    released.set()
    (waiting,) = [t for t in threading.enumerate() if t.name == "llrp-gate1"]
    waiting.join(DEADLINE_S)
    reader.close()

    assert left_behind() == before


def test_a_reader_that_accepts_and_says_nothing_is_given_up(clock: StepClock) -> None:
    mute = Peer(greets=False)
    try:
        reader = driver(mute.url, clock)
        reader.open()
        reader.read()
        assert not reader.alive
        assert reader.problem() == "being set up, waits for the reader's first word"
        clock.ahead_ns += 5_000_000_000

        with pytest.raises(ReaderError, match=r"no inventory 5.\d s after connecting seen"):
            reader.read()
        reader.close()
    finally:
        mute.stop()


def test_reads_that_came_before_the_end_are_handed_on_first(peer: Peer, clock: StepClock) -> None:
    reader = started(peer, clock)
    assert peer.line
    peer.say(report(1))
    peer.line.shutdown(socket.SHUT_RDWR)
    assert reader._session is not None
    reader._session._thread.join(DEADLINE_S)

    assert [read.credential for read in reader.read()] == [f"epc:{1:024X}"]
    with pytest.raises(TransportError, match=r"closed by the reader, before tags, seen; .+ is due"):
        reader.read()
    reader.close()


def test_of_too_many_reads_the_newest_are_kept(peer: Peer, clock: StepClock) -> None:
    reader = started(peer, clock)
    before = reader.counters.frames
    peer.say(b"".join(report(number) for number in range(1, 1501)))
    end = time.monotonic() + DEADLINE_S
    wake = threading.Event()
    while reader.counters.frames < before + 1500 and time.monotonic() < end:
        wake.wait(0.005)  # nobody reads meanwhile: the pump is held up
    peer.say(say.message(62, 1))
    while reader.counters.frames < before + 1501 and time.monotonic() < end:
        wake.wait(0.005)
    reads = reader.read()
    reader.close()

    dropped = reader.counters.errors["reports_dropped"]
    assert len(reads) == llrp_session.READS_MAX
    assert dropped == 1500 - len(reads)
    assert reads[-1].credential == f"epc:{1500:024X}"


def test_a_flood_of_bytes_is_heard_with_pauses_and_said(
    peer: Peer, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llrp_session, "BYTES_AT_ONCE", 20_000)
    reader = started(peer, clock)
    before = reader.counters.frames
    peer.say(say.message(say.Type.KEEPALIVE, 1) * 3000)
    wait(reader, lambda: reader.counters.frames >= before + 3000)

    assert reader.counters.errors["throttled"] >= 1
    assert reader.problem() == "floods: more than 100000 bytes a second"
    reader.close()


def test_a_defect_in_its_thread_is_not_lost(
    peer: Peer, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = left_behind()
    reader = started(peer, clock)

    def fail(*_: object) -> list[CardRead]:
        raise RuntimeError("planted")

    monkeypatch.setattr(llrp_talk.Talk, "feed", fail)
    peer.say(report(1))

    with pytest.raises(ReaderError, match=r"its thread failed: RuntimeError\('planted'\)"):
        wait(reader, lambda: False)
    reader.close()
    peer.closed.wait(DEADLINE_S)
    assert left_behind() == before


def test_keep_alives_are_answered_while_nobody_reads(peer: Peer, clock: StepClock) -> None:
    reader = started(peer, clock)
    answered = threading.Event()
    taken = llrp_session.Session._send

    def send(session: Any, data: bytes) -> None:
        taken(session, data)
        if data[1] == say.Type.KEEPALIVE_ACK:
            answered.set()

    assert reader._session is not None
    reader._session.talk._client.transport_tx_write = lambda data: send(reader._session, data)
    peer.say(say.message(say.Type.KEEPALIVE, 9))

    assert answered.wait(DEADLINE_S)
    reader.close()


def test_a_hundred_connections_leave_no_thread_and_no_socket(peer: Peer, clock: StepClock) -> None:
    reader = driver(peer.url, clock)
    reader.open()
    reader.close()
    peer.closed.wait(DEADLINE_S)
    before = left_behind()

    for number in range(100):
        peer.closed.clear()
        reader.open()
        if number % 2:
            reader.read()
        reader.close()
        assert peer.closed.wait(DEADLINE_S)

    assert left_behind() == before


def test_closing_twice_or_unopened_does_nothing(peer: Peer, clock: StepClock) -> None:
    reader = driver(peer.url, clock)
    before = left_behind()
    reader.close()
    reader.close()

    assert left_behind() == before
    with pytest.raises(TransportError, match="not open seen"):
        reader.read()


def test_without_the_library_the_remedy_is_named(
    clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "gatekeeper.readers.llrp_session")
    monkeypatch.delitem(sys.modules, "gatekeeper.readers.llrp_talk")
    monkeypatch.setitem(sys.modules, "sllurp", None)
    monkeypatch.setitem(sys.modules, "sllurp.llrp", None)

    with pytest.raises(ConfigError, match=r"'gate1': driver 'llrp' needs .* 'sllurp.*'; install"):
        driver("llrp://reader", clock)
