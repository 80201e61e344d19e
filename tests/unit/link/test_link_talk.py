"""Client and server over a real socket: answers, refusals, deadlines, garbage, restarts."""

from __future__ import annotations

import os
import socket
import stat
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.errors import JournalFault, LinkError, UserError
from gatekeeper.link.address import LONGEST_PATH, socket_path
from gatekeeper.link.client import LinkClient
from gatekeeper.link.messages import (
    LARGEST,
    Answer,
    Await,
    Changed,
    Done,
    Explain,
    Explained,
    Head,
    Holders,
    LookUp,
    Override,
    Read,
    ReadAnswer,
    Recorded,
    Request,
    SetGateState,
    Status,
    StatusAnswer,
    decode_answer,
    encode,
)
from gatekeeper.link.server import LinkServer
from gatekeeper.model import (
    Decision,
    GateState,
    Holder,
    JournalEntry,
    NodeStatus,
    Presentation,
    Reason,
)

ENTRY = JournalEntry(seq=7, at=1.5, gate="in-1", reason=Reason.GRANTED, pass_id="p1")
SHOWN = Presentation(gate="in-1", reader="http", credential="epc:300833B2DDD9014000000001")
STATUS = NodeStatus(
    ready=True, journal_ok=True, head=7, change_seq=3, passes=2, readers=(), gates=()
)
DEADLINE_S = 10


class Node:
    """Stands where the node stands: answers by `answer`, keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[Request] = []
        self.answer: Callable[[Request], Answer] = lambda _: Done()
        self.server = LinkServer(path, self.handle)

    def handle(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answer(request)

    def restart(self) -> None:
        """As after a crash: every connection is gone, the socket is a new one."""
        self.server.stop()
        self.server = LinkServer(self.path, self.handle)
        self.server.start()


@pytest.fixture(scope="module")
def short_dir() -> Iterator[Path]:
    """A directory whose path is short enough for AF_UNIX whatever pytest's is."""
    with tempfile.TemporaryDirectory(prefix="gk") as name:
        yield Path(name)


@pytest.fixture
def node(short_dir: Path) -> Iterator[Node]:
    node = Node(short_dir / "link.sock")
    node.server.start()
    yield node
    node.server.stop()


@pytest.fixture
def client(node: Node) -> Iterator[LinkClient]:
    client = LinkClient(node.path, deadline_s=10.0)
    yield client
    client.close()


def test_every_request_reaches_the_node_and_its_answer_the_asker(
    node: Node, client: LinkClient
) -> None:
    holder = Holder(name="นายกิตติ ใจดี", vip=True)
    decision = Decision(reason=Reason.EXPIRED, pass_id="p1", rule="validity")
    answers: dict[type, Answer] = {
        Read: ReadAnswer(entry=ENTRY, holder=holder),
        Override: ReadAnswer(entry=ENTRY),
        SetGateState: Recorded(entry=ENTRY),
        Explain: Explained(credential="uid:01020304", decision=decision),
        LookUp: Holders(passes={"p1": holder}),
        Status: StatusAnswer(status=STATUS),
        Await: Head(seq=9, durable_ns=123),
        Changed: Done(),
    }
    node.answer = lambda request: answers[type(request)]

    assert client.read(SHOWN) == ReadAnswer(entry=ENTRY, holder=holder)
    assert client.override("in-1", actor="somchai", note="known to me", ref=5).entry == ENTRY
    assert client.set_gate_state("in-1", GateState.CLOSED, actor="somchai") == ENTRY
    assert client.explain("uid:01 02 03 04", "in-1").decision == decision
    assert client.look_up(pass_ids=["p1"]).passes == {"p1": holder}
    assert client.status() == STATUS
    assert client.await_head(8, 1.0) == Head(seq=9, durable_ns=123)
    client.changed()
    assert [type(request) for request in node.asked] == list(answers)


def test_what_a_person_may_not_ask_is_told_to_them(node: Node, client: LinkClient) -> None:
    def refuse(_: Request) -> Answer:
        raise UserError("gate 'x' is not defined")

    node.answer = refuse

    with pytest.raises(UserError, match="not defined"):
        client.read(SHOWN)


@pytest.mark.parametrize("fault", [JournalFault("disk full"), ValueError("a defect")])
def test_a_fault_in_the_node_is_a_link_error_and_the_connection_lives_on(
    node: Node, client: LinkClient, fault: Exception
) -> None:
    def fail(_: Request) -> Answer:
        raise fault

    node.answer = fail
    with pytest.raises(LinkError) as caught:
        client.status()
    node.answer = lambda _: StatusAnswer(status=STATUS)

    assert "defect" not in str(caught.value)
    assert client.status() == STATUS


def test_no_node_is_a_link_error_at_once(short_dir: Path) -> None:
    with pytest.raises(LinkError, match="cannot be reached"):
        LinkClient(short_dir / "nobody.sock").status()


def test_no_answer_by_the_deadline_is_a_link_error_and_the_late_answer_meets_nobody(
    node: Node, client: LinkClient
) -> None:
    late = threading.Event()

    def dawdle(request: Request) -> Answer:
        late.wait(DEADLINE_S)
        return Head(seq=1, durable_ns=0)

    node.answer = dawdle
    impatient = LinkClient(node.path, deadline_s=0.05)
    with pytest.raises(LinkError, match="no answer in time"):
        impatient.status()
    late.set()
    node.answer = lambda _: StatusAnswer(status=STATUS)

    assert LinkClient(node.path).status() == STATUS
    impatient.close()


def test_an_answer_of_another_kind_is_refused(node: Node, client: LinkClient) -> None:
    node.answer = lambda _: Done()

    with pytest.raises(LinkError, match="StatusAnswer is due"):
        client.status()


def test_a_restarted_node_is_found_again(node: Node, client: LinkClient) -> None:
    node.answer = lambda _: StatusAnswer(status=STATUS)
    assert client.status() == STATUS

    node.restart()

    assert client.status() == STATUS


def test_a_request_that_counts_is_not_sent_twice(node: Node, client: LinkClient) -> None:
    """The node dies with the request in its hands: only with a nonce may it come again."""
    died = threading.Event()

    def die(request: Request) -> Answer:
        if not died.is_set():
            died.set()
            for wire in list(node.server._wires):
                wire.hang_up()
        return ReadAnswer(entry=ENTRY)

    node.answer = lambda _: StatusAnswer(status=STATUS)
    client.status()  # so that the connection is one from the pool
    node.answer = die
    with pytest.raises(LinkError):
        client.read(SHOWN)
    reads = [request for request in node.asked if isinstance(request, Read)]
    assert len(reads) == 1


def test_many_threads_share_one_client(node: Node, client: LinkClient) -> None:
    node.answer = lambda request: Head(seq=request.after_seq, durable_ns=0)  # type: ignore[union-attr]
    wrong: list[int] = []

    def ask(number: int) -> None:
        for turn in range(50):
            due = number * 1000 + turn
            if client.await_head(due, 0).seq != due:
                wrong.append(due)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_one_connection_too_many_is_told_so(short_dir: Path) -> None:
    path = short_dir / "small.sock"
    inside, leave = threading.Event(), threading.Event()

    def wait(_: Request) -> Answer:
        inside.set()
        leave.wait(DEADLINE_S)
        return Done()

    server = LinkServer(path, wait, connections=1)
    server.start()
    holder = threading.Thread(target=LinkClient(path, deadline_s=DEADLINE_S).changed)
    holder.start()
    assert inside.wait(DEADLINE_S)

    with pytest.raises(LinkError):
        LinkClient(path, deadline_s=DEADLINE_S).changed()

    leave.set()
    holder.join()
    server.stop()


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=64))
def test_no_bytes_on_the_socket_disturb_the_others(
    node: Node, client: LinkClient, data: bytes
) -> None:
    node.answer = lambda _: StatusAnswer(status=STATUS)
    with _raw(node.path) as stranger:
        stranger.sendall(data)

        assert client.status() == STATUS


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!i", LARGEST + 1),
        struct.pack("!iQ", -1, 1 << 62),
        struct.pack("!i", -5),
        struct.pack("!i", 1 << 30) + b"x" * 100,
    ],
    ids=["over the bound", "exabytes", "negative", "huge"],
)
def test_an_impossible_length_ends_that_connection_or_is_refused(
    node: Node, client: LinkClient, data: bytes
) -> None:
    node.answer = lambda _: StatusAnswer(status=STATUS)
    with _raw(node.path) as stranger:
        stranger.sendall(data)
        try:
            received = stranger.recv(4096)
        except ConnectionResetError:
            received = b""

    assert received == b"" or b"malformed" in received
    assert client.status() == STATUS


def test_garbage_in_a_whole_message_is_answered_as_malformed(node: Node) -> None:
    with _raw(node.path) as stranger:
        stranger.sendall(struct.pack("!i", 5) + b"\xc1junk")
        (size,) = struct.unpack("!i", _exactly(stranger, 4))
        answer = decode_answer(_exactly(stranger, size))

    assert answer.kind == "malformed"  # type: ignore[union-attr]


def test_a_peer_that_stops_half_way_is_given_up(node: Node) -> None:
    with _raw(node.path) as stranger:
        stranger.sendall(struct.pack("!i", 100) + b"only this")

        assert stranger.recv(1) == b""


def test_a_peer_that_never_reads_does_not_hold_the_server(node: Node, client: LinkClient) -> None:
    big = Holders(passes={str(n): Holder(name="x" * 1000) for n in range(500)})
    node.answer = lambda request: (
        big if isinstance(request, LookUp) else StatusAnswer(status=STATUS)
    )
    request = encode(LookUp())
    with _raw(node.path) as deaf:
        for _ in range(8):
            deaf.sendall(struct.pack("!i", len(request)) + request)

        assert client.status() == STATUS


def test_the_socket_is_for_its_owner_alone(node: Node) -> None:
    assert stat.S_IMODE(node.path.stat().st_mode) == 0o600


def test_a_stopped_server_wakes_who_waits_and_leaves_no_socket(short_dir: Path) -> None:
    path = short_dir / "brief.sock"
    server = LinkServer(path, lambda _: Done())
    server.start()
    with _raw(path) as idle:
        server.stop()

        assert idle.recv(1) == b""
    assert not path.exists()


def test_a_long_directory_gets_a_hashed_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    path = socket_path(deep)

    assert len(bytes(path)) <= LONGEST_PATH
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path == socket_path(deep) != socket_path(deep.parent / ("f" * 60))


def test_a_directory_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_dir: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_dir))
    for planted in short_dir.glob("gatekeeper-*"):
        planted.rmdir()
    (short_dir / f"gatekeeper-{os.getuid()}").mkdir(mode=0o777)
    (short_dir / f"gatekeeper-{os.getuid()}").chmod(0o777)

    with pytest.raises(LinkError, match="only user"):
        socket_path(tmp_path / ("d" * 120))


def _raw(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE_S)
    sock.connect(str(path))
    return sock


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += sock.recv(size - len(data))
    return data
