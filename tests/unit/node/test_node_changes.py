"""Following the main database: what is in force, what is kept, and life without it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from gatekeeper.errors import StoreError
from gatekeeper.model import PassState
from gatekeeper.node import changes as following
from gatekeeper.node.changes import Follower
from gatekeeper.node.copy import Item, PassCopy, Table

DEADLINE_S = 10


class Office:
    """A main database in memory that can go away, be replaced, or break off."""

    def __init__(self) -> None:
        self.origin = "main-1"
        self.log: list[tuple[str, bytes | None]] = []
        self.first: dict[str, bytes] = {}
        self.gone = False
        self.breaks_off = False
        self.looks = 0
        self.loads = 0
        self.refused: list[tuple[str, PassState]] = []
        self.held_up: threading.Event | None = None
        self.asked_refused = 0

    def write(self, credential: str, packed: bytes | None) -> None:
        self.log.append((credential, packed))

    def latest(self) -> tuple[str, int]:
        self.looks += 1
        if self.gone:
            raise StoreError("main database: gone")
        return self.origin, len(self.log)

    def refused_since(self, seq: int) -> list[tuple[str, PassState]]:
        self.asked_refused += 1
        return self.refused

    def since(self, seq: int, limit: int) -> tuple[list[Item], int]:
        if self.held_up is not None:
            assert self.held_up.wait(DEADLINE_S)
        items = self.log[seq : seq + limit]
        return items, seq + len(items)

    def everything(self) -> tuple[Iterable[tuple[str, bytes]], int, str]:
        self.loads += 1

        def passes() -> Iterator[tuple[str, bytes]]:
            table: dict[str, bytes | None] = {**self.first, **dict(self.log)}
            for credential, packed in table.items():
                if packed is not None:
                    yield credential, packed
            if self.breaks_off:
                raise StoreError("main database: gone half-way")

        return passes(), len(self.log), self.origin

    def close(self) -> None:
        pass


class Gate:
    """Where changes come into force; tells who waits when anything happened."""

    def __init__(self) -> None:
        self.passes: dict[str, bytes] = {}
        self.loaded = threading.Event()
        self._changed = threading.Condition()
        self.table = Table(self.replace, self.apply, self.refuse)

    def replace(self, passes: Iterable[tuple[str, bytes]], change_seq: int) -> None:
        fresh = dict(passes)
        with self._changed:
            self.passes = fresh
            self._changed.notify_all()

    def apply(self, credential: str, packed: bytes | None) -> None:
        with self._changed:
            if packed is None:
                self.passes.pop(credential, None)
            else:
                self.passes[credential] = packed
            self._changed.notify_all()

    def refuse(self, credential: str, state: PassState) -> None:
        """As the index: what is unknown stays unknown."""
        if credential in self.passes:
            self.apply(credential, state.value.encode())

    def wait_for(self, condition: Callable[[dict[str, bytes]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.passes), DEADLINE_S), self.passes


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def start(
    tmp_path: Path, office: Office, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Follower]]:
    monkeypatch.setattr(following, "RETRY_S", 0.01)
    started: list[Follower] = []

    def make() -> Follower:
        copy = PassCopy(tmp_path / "passes.copy")
        follower = Follower(lambda: office, copy, gate.table, gate.loaded.set)
        started.append(follower)
        follower.start()
        return follower

    yield make
    for follower in started:
        follower.stop()


def stored(tmp_path: Path) -> dict[str, bytes]:
    gate = Gate()
    PassCopy(tmp_path / "passes.copy").load(gate.table)
    return gate.passes


def test_the_first_start_loads_everything(
    start: Callable[[], Follower], office: Office, gate: Gate, tmp_path: Path
) -> None:
    office.first = {"uid:01": b"a", "uid:02": b"b"}
    follower = start()

    assert gate.loaded.wait(DEADLINE_S)
    assert gate.passes == {"uid:01": b"a", "uid:02": b"b"}
    follower.stop()
    assert stored(tmp_path) == gate.passes


def test_a_revocation_comes_into_force_and_into_the_copy(
    start: Callable[[], Follower], office: Office, gate: Gate, tmp_path: Path
) -> None:
    office.first = {"uid:01": b"good"}
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)

    office.write("uid:01", b"revoked")

    gate.wait_for(lambda passes: passes == {"uid:01": b"revoked"})
    follower.stop()
    assert follower.change_seq == 1
    assert stored(tmp_path) == {"uid:01": b"revoked"}


def test_of_many_changes_those_that_close_come_first(
    start: Callable[[], Follower],
    office: Office,
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused while what they mean is still worked out; the copy gets the whole meaning alone."""
    monkeypatch.setattr(following, "MANY", 3)
    cards = [f"uid:{n:02}" for n in range(6)]
    office.first = dict.fromkeys(cards, b"good")
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)
    office.held_up = threading.Event()
    office.refused = [(card, PassState.EXPIRED) for card in (*cards[:4], "uid:99")]

    office.log += [(card, b"ended, whole") for card in cards[:4]] + [(cards[4], b"renewed")]
    follower.hint()

    gate.wait_for(lambda passes: list(passes.values()).count(b"expired") == 4)
    assert (gate.passes[cards[4]], "uid:99" in gate.passes) == (b"good", False)
    assert follower.change_seq == 0
    assert b"expired" not in stored(tmp_path).values()
    office.held_up.set()
    gate.wait_for(lambda passes: passes[cards[4]] == b"renewed" and passes[cards[0]] != b"expired")
    assert office.asked_refused == 1


def test_few_changes_are_asked_for_once(
    start: Callable[[], Follower], office: Office, gate: Gate
) -> None:
    """One revocation is one question, as ever."""
    office.first = {"uid:01": b"good"}
    start()
    assert gate.loaded.wait(DEADLINE_S)

    office.write("uid:01", b"revoked")

    gate.wait_for(lambda passes: passes == {"uid:01": b"revoked"})
    assert office.asked_refused == 0


def test_a_hint_is_followed_at_once(
    start: Callable[[], Follower],
    office: Office,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "POLL_S", 3600.0)
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)

    office.write("uid:01", b"new")
    follower.hint()

    gate.wait_for(lambda passes: "uid:01" in passes)


def test_without_a_database_the_copy_decides_and_the_loss_is_told(
    start: Callable[[], Follower], office: Office, gate: Gate
) -> None:
    """Also after a restart: the copy alone makes the gate ready."""
    office.first = {"uid:01": b"a"}
    first = start()
    assert gate.loaded.wait(DEADLINE_S)
    first.stop()
    office.gone, gate.passes = True, {}
    gate.loaded.clear()

    second = start()

    assert gate.loaded.is_set()
    assert gate.passes == {"uid:01": b"a"}
    _until(lambda: not second.database_ok)
    assert "gone" in second.problem


def test_without_copy_and_database_nothing_is_loaded_until_one_is_there(
    start: Callable[[], Follower], office: Office, gate: Gate
) -> None:
    office.gone = True
    office.first = {"uid:01": b"a"}
    follower = start()
    _until(lambda: not follower.database_ok)
    assert not gate.loaded.is_set()

    office.gone = False

    assert gate.loaded.wait(DEADLINE_S)
    _until(lambda: follower.database_ok and not follower.problem)


@pytest.mark.parametrize("reason", ["restored to an earlier day", "another database"])
def test_another_database_is_loaded_whole(
    start: Callable[[], Follower], office: Office, gate: Gate, reason: str
) -> None:
    office.log = [("uid:01", b"a"), ("uid:02", b"b")]
    start()
    assert gate.loaded.wait(DEADLINE_S)

    if reason == "another database":
        office.origin, office.log = "main-2", [("uid:01", b"a"), ("uid:03", b"c")]
    else:
        office.log = [("uid:01", b"a")]

    due = dict(office.log)
    gate.wait_for(lambda passes: passes == due)


def test_an_emptied_database_does_not_make_strangers_of_everybody(
    start: Callable[[], Follower], office: Office, gate: Gate
) -> None:
    office.first = {"uid:01": b"a"}
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)

    office.first, office.origin = {}, "main-2"

    _until(lambda: not follower.database_ok)
    assert "without any pass" in follower.problem
    assert gate.passes == {"uid:01": b"a"}


def test_a_load_that_breaks_off_leaves_what_is_in_force(
    start: Callable[[], Follower], office: Office, gate: Gate
) -> None:
    office.first = {"uid:01": b"a"}
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)
    office.breaks_off, office.first, office.origin = True, {"uid:02": b"b"}, "main-2"
    _until(lambda: not follower.database_ok)
    assert gate.passes == {"uid:01": b"a"}

    office.breaks_off = False

    gate.wait_for(lambda passes: passes == {"uid:02": b"b"})


def test_a_node_that_ends_does_not_wait_for_a_long_load(
    start: Callable[[], Follower], office: Office, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, more = threading.Event(), threading.Event()

    def endless() -> tuple[Iterable[tuple[str, bytes]], int, str]:
        def passes() -> Iterator[tuple[str, bytes]]:
            number = 0
            while True:
                begun.set()
                more.wait(0.001)
                yield f"uid:{number:08X}", b"x"
                number += 1

        return passes(), 0, "main-1"

    monkeypatch.setattr(office, "everything", endless)
    follower = start()
    assert begun.wait(DEADLINE_S)

    follower.stop()

    assert not gate.loaded.is_set()


def test_a_damaged_copy_is_loaded_anew(
    start: Callable[[], Follower], office: Office, gate: Gate, tmp_path: Path
) -> None:
    (tmp_path / "passes.copy").write_bytes(b"not a copy")
    office.first = {"uid:01": b"a"}

    start()

    assert gate.loaded.wait(DEADLINE_S)
    assert gate.passes == {"uid:01": b"a"}


def test_changes_stay_in_force_when_the_copy_cannot_be_written(
    start: Callable[[], Follower],
    office: Office,
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)
    append = PassCopy.append

    def full(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(PassCopy, "append", full)
    office.write("uid:01", b"revoked")
    gate.wait_for(lambda passes: passes == {"uid:01": b"revoked"})
    _until(lambda: follower.problem == "disk full")

    monkeypatch.setattr(PassCopy, "append", append)

    _until(lambda: follower.problem == "")
    follower.stop()
    assert stored(tmp_path) == {"uid:01": b"revoked"}


def test_a_defect_of_the_database_room_does_not_end_the_following(
    start: Callable[[], Follower], office: Office, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = start()
    assert gate.loaded.wait(DEADLINE_S)
    latest = office.latest
    monkeypatch.setattr(office, "latest", lambda: 1 / 0)
    _until(lambda: not follower.database_ok)
    monkeypatch.setattr(office, "latest", latest)

    office.write("uid:01", b"a")

    gate.wait_for(lambda passes: "uid:01" in passes)


def _until(condition: Callable[[], bool]) -> None:
    """Wait for a plain attribute that no event announces."""
    pause = threading.Event()
    for _ in range(DEADLINE_S * 200):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("not within the deadline")
