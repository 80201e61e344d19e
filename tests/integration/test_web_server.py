"""The real web process: gunicorn, WebSocket, a real node beside it, clients that behave badly."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import socketio
import websocket
from harness import Program, free_port, until

from gatekeeper import config as configuration
from gatekeeper.db import events, guests, tokens, users
from gatekeeper.db.engine import Database
from gatekeeper.db.guests import GuestRow
from gatekeeper.db.migrate import open_database
from gatekeeper.errors import LinkError
from gatekeeper.link.client import LinkClient
from gatekeeper.model import Presentation
from gatekeeper.web.door import MOST_STRANGERS

PASSWORD = "a long trial pass word"
SETTINGS = """\
[web]
port = {port}
[[gates]]
id = "in-1"
event = "gala"
[[gates]]
id = "in-2"
event = "gala"
"""
GUESTS = 400
DEADLINE_S = 30.0
GARBAGE = [b"\x16\x03\x01\x02\x00\x01", b"GET / HT", b"\x00" * 1000, b""]


def card(number: int) -> str:
    """The credential of guest `number`."""
    return f"epc:{number:024X}"


class Served:
    """One site: database, node and web as processes."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._cookies: dict[str, str] = {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (data / "gatekeeper.toml").write_text(SETTINGS.format(port=self.port), encoding="utf-8")
        self.config = configuration.load(data=data, port=self.port)
        self.database: Database = open_database(self.config.database_url)
        self._settle()
        self.link = LinkClient.for_data(data)
        self.node = self.start("node")
        self.web = self.start("web")
        until("the web process answers", self.well)

    def start(self, process: str) -> Program:
        """`gatekeeper node` or `gatekeeper web`."""
        return Program(["gatekeeper", process, "--data", str(self.data)])

    def well(self) -> bool:
        """Whether every gate can decide, as the web process sees it."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def tap(self, number: int, gate: str = "in-1") -> int:
        """Show a card at a gate; the number of its entry."""
        shown = Presentation(
            gate=gate, reader="trial", credential=card(number), seen_at=time.time()
        )
        return self.link.read(shown).entry.seq

    def cookie(self, name: str) -> str:
        """Of somebody who signed in, once: sign-ins from one address are limited."""
        if name not in self._cookies:
            self._cookies[name] = self._sign_in(name)
        return self._cookies[name]

    def _sign_in(self, name: str) -> str:
        session = requests.Session()
        page = session.get(f"{self.url}/login", timeout=10).text
        token = re.search(r'csrf-token" content="([^"]+)"', page)
        assert token is not None
        data = {"csrf_token": token[1], "username": name, "password": PASSWORD}
        answer = session.post(f"{self.url}/login", data=data, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return f"gk_session={session.cookies['gk_session']}"

    def end(self) -> None:
        """End both processes."""
        self.link.close()
        for program in (self.web, self.node):
            if program.process.poll() is None:
                program.end()
        self.database.close()

    def _settle(self) -> None:
        rows = (
            GuestRow(
                row=n, external_key=str(n), first_name="แขก", last_name=f"ที่{n}", credential=card(n)
            )
            for n in range(1, GUESTS + 1)
        )
        with self.database.session() as session:
            events.ensure_event(session, "gala")
            assert guests.apply_guests(session, "gala", rows).imported == GUESTS
            for name in ("protocol", "leaver"):
                users.add_user(session, name, PASSWORD, users.Role.PROTOCOL)
            _, self.token = tokens.create_token(session, users.Role.GUARD)
            _, self.scanner = tokens.create_token(session, users.Role.GUARD, gate="in-1")
            info, self.lent = tokens.create_token(session, users.Role.ADMIN)
            self.lent_name = info.name


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site that the tests of this module share."""
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.end()


class Page:
    """A page's connection: WebSocket alone, everything that came kept."""

    def __init__(self, served: Served, cookie: str = "", **shown: Any) -> None:
        """`shown`: `headers` or `auth` of a program that has a token, not a cookie."""
        self.messages: list[tuple[str, Any]] = []
        self.times: list[float] = []
        """When each came, by the monotonic clock."""
        self._more = threading.Condition()
        self.client = socketio.Client(reconnection=False)
        # The library gives each message a thread of its own, which on a busy machine overtake
        # one another; a browser takes them as they come.
        trigger = self.client.eio._trigger_event
        self.client.eio._trigger_event = lambda event, *data, **_: trigger(event, *data)
        self.client.on("*", self._keep, namespace="/live")
        self.client.on("disconnect", lambda *_: self._keep("disconnect", {}), namespace="/live")
        self.client.connect(
            served.url,
            transports=["websocket"],
            namespaces=["/live"],
            wait_timeout=10,
            **(shown or {"headers": {"Cookie": cookie}}),
        )

    def join(self, room: str, since: int | None = None) -> Any:
        """Ask for a room; what the server answers."""
        return self.client.call("join", {"room": room, "since": since}, namespace="/live")

    def seqs(self) -> list[int]:
        """Numbers of the entries that came, in the order they came."""
        found: list[int] = []
        for event, data in list(self.messages):
            if event == "entry":
                found.append(data["seq"])
            elif event == "entries":
                found += [entry["seq"] for entry in data["entries"]]
        return found

    def of(self, room: str) -> list[int]:
        """Numbers of the entries that came in `room`, in the order they came."""
        found: list[int] = []
        for event, data in list(self.messages):
            if event == "entry" and data["room"] == room:
                found.append(data["seq"])
            elif event == "entries" and data["room"] == room:
                found += [entry["seq"] for entry in data["entries"]]
        return found

    def wait(self, what: str, condition: Callable[[], Any]) -> Any:
        """What `condition` gives once it is true; looked at whenever something came."""
        with self._more:
            found = self._more.wait_for(condition, DEADLINE_S)
        assert found, f"{what}: not within {DEADLINE_S} s; came: {[m[0] for m in self.messages]}"
        return found

    def first(self, event: str, **wanted: Any) -> Any:
        """The first message of a kind with these values, waited for."""

        def found() -> Any:
            for name, data in self.messages:
                if name == event and all(data.get(key) == value for key, value in wanted.items()):
                    return data or {"event": name}
            return None

        return self.wait(event, found)

    def close(self) -> None:
        """Hang up."""
        self.client.disconnect()

    def _keep(self, event: str, data: Any = None) -> None:
        with self._more:
            self.messages.append((event, data))
            self.times.append(time.monotonic())
            self._more.notify_all()


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    """A signed-in protocol officer's page."""
    made = Page(served, served.cookie("protocol"))
    yield made
    if made.client.connected:
        made.close()


def test_a_tap_reaches_a_page_over_a_real_websocket(served: Served, page: Page) -> None:
    """No polling beneath it; the entry carries who it was."""
    assert page.client.transport() == "websocket"
    assert page.join("gate:in-1") == {"ok": True}

    seq = served.tap(1)

    entry = page.first("entry", seq=seq)
    assert (entry["reason"], entry["holder"]["name"]) == ("granted", "แขก ที่1")
    assert page.first("beat", seq=seq)["lanes"] == {"in-1": "up"}


def test_a_page_that_was_cut_off_gets_every_entry_in_order(served: Served, page: Page) -> None:
    """Cut, forty people come, back: nothing missing, nothing twice."""
    page.join("event:gala")
    last = served.tap(2)
    page.first("entry", seq=last)
    page.close()
    missed = [served.tap(number, f"in-{number % 2 + 1}") for number in range(3, 43)]

    again = Page(served, served.cookie("protocol"))
    again.join("event:gala", last)
    after = served.tap(43)
    again.wait("the newest entry", lambda: after in again.seqs())
    again.close()

    assert again.seqs() == [*missed, after]
    assert again.messages[0][0] == "snapshot"
    assert again.messages[0][1]["complete"] is True


def test_a_burst_reaches_every_page_whole(served: Served) -> None:
    """Ten pages, a hundred taps as fast as they go: batched, in order, each once."""
    cookie = served.cookie("protocol")
    pages = [Page(served, cookie) for _ in range(10)]
    for each in pages:
        each.join("event:gala")
        each.first("snapshot")
    with ThreadPoolExecutor(8) as crowd:
        seqs = sorted(crowd.map(served.tap, range(50, 150)))

    for each in pages:
        each.wait("the last entry", lambda each=each: seqs[-1] in each.seqs())
        got = [seq for seq in each.seqs() if seq >= seqs[0]]
        each.close()
        assert got == seqs


def test_a_page_that_reads_nothing_holds_up_no_other(served: Served, page: Page) -> None:
    """Its socket is full; the others have everything."""
    deaf = websocket.create_connection(
        f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket",
        cookie=served.cookie("protocol"),
        sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),),
    )
    deaf.send("40/live,")
    deaf.send('42/live,["join",{"room":"event:gala"}]')
    page.join("event:gala")

    with ThreadPoolExecutor(8) as crowd:
        seqs = sorted(crowd.map(served.tap, range(150, 350)))

    page.wait("the last entry", lambda: seqs[-1] in page.seqs())
    assert [seq for seq in page.seqs() if seq >= seqs[0]] == seqs
    deaf.close()


def test_who_is_disabled_is_cut_off_where_they_sit(served: Served) -> None:
    """The open page is told and hung up on; a new one does not get in."""
    cookie = served.cookie("leaver")
    leaver = Page(served, cookie)
    leaver.join("event:gala")
    with served.database.session() as session:
        users.disable_user(session, "leaver")

    assert leaver.first("bye")["code"] == "unauthenticated"
    leaver.first("disconnect")
    with pytest.raises(socketio.exceptions.ConnectionError):
        Page(served, cookie)


def test_a_page_in_several_rooms_gets_twenty_messages_a_second_of_them_together(
    served: Served, page: Page
) -> None:
    """And every entry of each room, in order."""
    rooms = ("gate:in-1", "gate:in-2", "event:gala", "readers")
    for room in rooms:
        assert page.join(room) == {"ok": True}
    for room in rooms:
        page.first("beat", room=room)
    page.times.clear()
    with ThreadPoolExecutor(8) as crowd:
        taps = [(number, f"in-{number % 2 + 1}") for number in range(1000, 1150)]
        seqs = sorted(crowd.map(lambda tap: served.tap(*tap), taps))

    page.wait("the last entry", lambda: page.of("event:gala")[-1:] == seqs[-1:])

    def of_gates() -> list[int]:
        return sorted(seq for room in rooms[:2] for seq in page.of(room) if seq >= seqs[0])

    page.wait("the last entry of each gate", lambda: len(of_gates()) >= len(seqs))
    # What a busy machine holds back arrives together; sent it was twenty a second.
    times = list(page.times)
    assert len(times) <= 20 * (times[-1] - times[0]) + 20
    assert [seq for seq in page.of("event:gala") if seq >= seqs[0]] == seqs
    assert of_gates() == seqs


@pytest.mark.parametrize("way", ["header", "auth"])
def test_a_program_listens_with_its_token(served: Served, way: str) -> None:
    """In the header as for the API, or where only the socket can carry it, as `auth.token`."""
    bearer = {"Authorization": f"Bearer {served.token}"}
    shown = {"headers": bearer} if way == "header" else {"auth": {"token": served.token}}
    program = Page(served, **shown)

    assert program.join("gate:in-1") == {"ok": True}
    assert program.first("snapshot")["room"] == "gate:in-1"
    assert program.join("event:gala")["code"] == "forbidden"
    program.close()


def test_a_token_of_one_gate_listens_there_alone(served: Served) -> None:
    """As for the API."""
    scanner = Page(served, auth={"token": served.scanner})

    assert scanner.join("gate:in-1") == {"ok": True}
    assert scanner.join("gate:in-2")["code"] == "forbidden"
    scanner.close()


def test_a_token_taken_back_is_cut_off(served: Served) -> None:
    """The program is told and hung up on."""
    program = Page(served, auth={"token": served.lent})
    program.join("readers")
    with served.database.session() as session:
        tokens.revoke_token(session, served.lent_name)

    assert program.first("bye")["code"] == "unauthenticated"
    program.first("disconnect")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Cookie": "gk_session=forged.x.y"}, {"Authorization": "Bearer gk_made-up"}],
)
def test_nobody_listens_without_signing_in(served: Served, headers: dict[str, str]) -> None:
    """The feed has names in it."""
    client = socketio.Client(reconnection=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(served.url, headers=headers, transports=["websocket"], namespaces=["/live"])


def test_a_page_of_another_site_cannot_listen_with_the_readers_cookie(served: Served) -> None:
    """Browsers send cookies with any WebSocket: the origin decides."""
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        websocket.create_connection(
            f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket",
            cookie=served.cookie("protocol"),
            origin="https://evil.example",
        )

    assert caught.value.status_code == 400


def test_one_nonce_from_eight_hands_at_once_is_one_entry(served: Served) -> None:
    """Counted once, the same answer to all."""
    url = f"{served.url}/api/v1/gates/in-1/reads"
    body = {"credential": card(390), "nonce": "eight-hands"}
    headers = {"Authorization": f"Bearer {served.token}"}

    def send(_: int) -> Any:
        return requests.post(url, json=body, headers=headers, timeout=20).json()

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(send, range(8)))

    assert {answer["seq"] for answer in answers} == {answers[0]["seq"]}
    assert all(answer["reason"] == "granted" for answer in answers)


@pytest.mark.parametrize(
    ("path", "chunked", "status"),
    [
        ("/api/v1/gates/in-1/reads", False, 413),
        ("/api/v1/gates/in-1/reads", True, 413),
        ("/login", False, 413),
        ("/login", True, 400),  # no form in what was read of it
    ],
)
def test_fifty_megabytes_are_refused_and_the_sender_learns_why(
    served: Served, path: str, chunked: bool, status: int
) -> None:
    """An answer, not a reset connection; the server goes on."""
    part = b"x" * 65536
    data: Any = (part for _ in range(800)) if chunked else part * 800
    headers = {"Authorization": f"Bearer {served.token}", "Content-Type": "application/json"}

    answer = requests.post(served.url + path, data=data, headers=headers, timeout=30)

    assert answer.status_code == status
    if path.startswith("/api"):
        assert answer.json()["code"] == "too_large"
    assert served.well()


def test_garbage_on_the_port_harms_nobody(served: Served) -> None:
    """No HTTP, half a request, a socket that is opened and left."""
    left = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(20)]
    for sock, data in zip(left, GARBAGE * 5, strict=True):
        sock.sendall(data)

    assert served.well()
    for sock in left:
        sock.close()


def test_a_dead_node_shows_on_every_page_and_so_does_its_return(served: Served, page: Page) -> None:
    """Lanes are down, nobody passes over HTTP; then it goes on where it was."""
    page.join("gate:in-1")
    before = served.tap(360)
    page.first("entry", seq=before)
    served.node.kill()

    down = page.first("lanes", node="down")
    answer = requests.post(
        f"{served.url}/api/v1/gates/in-1/reads",
        json={"credential": card(361), "nonce": "while-down"},
        headers={"Authorization": f"Bearer {served.token}"},
        timeout=20,
    )
    health = requests.get(f"{served.url}/healthz", timeout=5)
    served.node = served.start("node")
    page.first("lanes", node="up", problem="")
    after = until("the node decides", lambda: _tap_or_none(served, 361))

    assert (down["problem"], down["lanes"]["in-1"]["state"]) == ("node_down", "down")
    assert (answer.status_code, answer.json()["verdict"]) == (503, "denied")
    assert (health.status_code, health.json()["node"]) == (503, "down")
    page.wait("the next entry", lambda: after in page.seqs())


def _tap_or_none(served: Served, number: int) -> int | None:
    try:
        return served.tap(number)
    except LinkError:
        return None


def test_killed_it_leaves_no_orphan_and_comes_back_with_nothing_lost(served: Served) -> None:
    """kill -9 of the parent takes the worker along; counts and feed are rebuilt."""
    page = Page(served, served.cookie("protocol"))
    page.join("event:gala")
    before = page.first("snapshot")["counts"]["arrived"]
    last = served.tap(370)
    page.first("entry", seq=last)
    workers = psutil.Process(served.web.pid).children(recursive=True)
    os.kill(served.web.pid, signal.SIGKILL)
    served.web.wait()
    psutil.wait_procs(workers, timeout=DEADLINE_S)
    missed = served.tap(371)

    served.web = served.start("web")
    until("the web process answers", served.well)
    again = Page(served, served.cookie("protocol"))
    again.join("event:gala", last)
    again.wait("what was missed", lambda: missed in again.seqs())
    counts = again.messages[0][1]["counts"]
    again.close()

    assert workers
    assert not any(worker.is_running() for worker in workers)
    assert again.seqs() == [missed]
    assert counts["expected"] in (0, GUESTS)  # the list may follow a moment later
    assert counts["arrived"] == before + 2


def test_a_port_in_use_is_one_line_and_exit_1(served: Served, tmp_path: Path) -> None:
    """Another data directory, the same port."""
    (tmp_path / "gatekeeper.toml").write_text(SETTINGS.format(port=served.port), encoding="utf-8")
    second = Program(["gatekeeper", "web", "--data", str(tmp_path)])

    assert second.wait() == 1
    assert f"port {served.port} cannot be used" in second.output
    assert "Traceback" not in second.output
    assert served.well()


def test_it_ends_at_once_when_told_with_pages_open(served: Served, page: Page) -> None:
    """Open pages hold threads; they are not waited for."""
    page.join("event:gala")

    status = served.web.end()
    served.web = served.start("web")
    until("the web process answers", served.well)

    assert status == 0
    assert "Traceback" not in served.web.output


def test_strangers_cannot_take_the_threads_that_gates_need(served: Served, page: Page) -> None:
    """A few sockets of people who are not signed in may linger; the rest is turned away."""
    url = f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket"
    lingering, refused = [], 0
    for _ in range(MOST_STRANGERS + 10):
        try:
            lingering.append(websocket.create_connection(url))
        except websocket.WebSocketBadStatusException as error:
            refused += error.status_code == 503

    assert (len(lingering), refused) == (MOST_STRANGERS, 10)
    assert page.join("gate:in-1") == {"ok": True}
    assert served.well()
    for sock in lingering:
        sock.close()
