"""The node's own copy: what was put in comes out, wherever a crash or a disk cuts it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.errors import StoreError
from gatekeeper.model import PassState
from gatekeeper.node import copy as copying
from gatekeeper.node.copy import Item, PassCopy, Table

credentials = st.sampled_from([f"uid:0102030{n}" for n in range(8)])
packed = st.binary(min_size=1, max_size=12)
tables = st.dictionaries(credentials, packed)
batches = st.lists(st.lists(st.tuples(credentials, st.none() | packed), max_size=4), max_size=5)


class Memory(dict[str, bytes]):
    """Stands where the index stands."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(self.replace, self.apply, self.refuse)

    def replace(self, passes: Iterable[tuple[str, bytes]], change_seq: int) -> None:
        fresh = dict(passes)
        self.clear()
        self.update(fresh)

    def apply(self, credential: str, found: bytes | None) -> None:
        if found is None:
            self.pop(credential, None)
        else:
            self[credential] = found

    def refuse(self, credential: str, state: PassState) -> None:
        raise AssertionError(f"{state} for {credential} seen; a copy holds whole passes only")


def loaded(path: Path) -> tuple[Memory, PassCopy]:
    memory, found = Memory(), PassCopy(path)
    assert found.load(memory.table)
    return memory, found


def expected(base: dict[str, bytes], changes: list[list[Item]]) -> dict[str, bytes]:
    memory = Memory()
    memory.update(base)
    for batch in changes:
        for item in batch:
            memory.apply(*item)
    return dict(memory)


def written(path: Path, base: dict[str, bytes], changes: list[list[Item]]) -> PassCopy:
    made = PassCopy(path)
    made.replace(base.items(), 10, "main-1")
    for number, batch in enumerate(changes, 11):
        made.append(batch, number)
    return made


@given(base=tables, changes=batches, compacted=st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    base: dict[str, bytes],
    changes: list[list[Item]],
    compacted: bool,
) -> None:
    path = tmp_path_factory.mktemp("copy") / "passes.copy"
    made = written(path, base, changes)
    if compacted:
        made.compact()
        made.append([("uid:FFFFFFFF", b"new")], 99)
        changes = [*changes, [("uid:FFFFFFFF", b"new")]]

    memory, found = loaded(path)

    assert dict(memory) == expected(base, changes)
    # A compaction of nothing but deletions keeps them; one of no change at all keeps none.
    assert found.change_seq == (99 if compacted else 10 + len(changes))
    assert (found.origin, found.torn) == ("main-1", 0)


@given(changes=batches.filter(bool), data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_torn_tail_costs_only_the_batches_it_tore(
    tmp_path_factory: pytest.TempPathFactory, changes: list[list[Item]], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("copy") / "passes.copy"
    base = {"uid:01020300": b"a"}
    ends = []
    made = written(path, base, [])
    for number, batch in enumerate(changes, 11):
        ends.append(path.stat().st_size)
        made.append(batch, number)
    cut = data.draw(st.integers(ends[0], path.stat().st_size - 1))
    os.truncate(path, cut)
    whole = sum(1 for end in ends if end <= cut) - 1

    memory, found = loaded(path)

    assert dict(memory) == expected(base, changes[:whole])
    assert found.change_seq == 10 + whole
    assert found.torn == cut - ends[whole]
    found.append([("uid:0A0A0A0A", b"z")], 50)
    assert loaded(path)[0] == expected(base, [*changes[:whole], [("uid:0A0A0A0A", b"z")]])


def test_a_damaged_change_takes_those_behind_it_along(tmp_path: Path) -> None:
    """A revocation must not be skipped while what came after it is believed."""
    path = tmp_path / "passes.copy"
    made = written(path, {"uid:01020300": b"a"}, [])
    first = path.stat().st_size
    made.append([("uid:01020300", None)], 11)
    made.append([("uid:01020301", b"b")], 12)
    _flip(path, first + 10)

    memory, found = loaded(path)

    assert dict(memory) == {"uid:01020300": b"a"}
    assert found.change_seq == 10
    assert found.torn > 0


def test_a_damaged_base_is_refused_and_leaves_memory_alone(tmp_path: Path) -> None:
    path = tmp_path / "passes.copy"
    written(path, {f"uid:{n:08X}": b"x" * 50 for n in range(5000)}, [])
    _flip(path, path.stat().st_size // 2)
    memory = Memory()

    with pytest.raises(StoreError, match="damaged"):
        PassCopy(path).load(memory.table)

    assert memory == {}


@pytest.mark.parametrize("content", [b"", b"junk", b"\x00" * 64, os.urandom(300)])
def test_a_file_that_is_no_copy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "passes.copy"
    path.write_bytes(content)

    with pytest.raises(StoreError, match="no pass copy"):
        PassCopy(path).load(Memory().table)


def test_no_file_is_no_copy(tmp_path: Path) -> None:
    assert PassCopy(tmp_path / "passes.copy").load(Memory().table) is False


def test_a_load_that_breaks_off_leaves_the_old_copy(tmp_path: Path) -> None:
    path = tmp_path / "passes.copy"
    made = written(path, {"uid:01020300": b"a"}, [])

    def breaking() -> Iterable[tuple[str, bytes]]:
        yield "uid:01020301", b"b"
        raise StoreError("main database gone")

    with pytest.raises(StoreError, match="gone"):
        made.replace(breaking(), 20, "main-2")

    memory, found = loaded(path)
    assert dict(memory) == {"uid:01020300": b"a"}
    assert found.origin == "main-1"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_the_same_batch_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "passes.copy"
    made = written(path, {}, [])
    batch: list[Item] = [("uid:01020300", b"a")]

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(copying.os, "fdatasync", full)
        with pytest.raises(StoreError, match="No space left"):
            made.append(batch, 11)
    made.append(batch, 11)

    memory, found = loaded(path)
    assert (dict(memory), found.change_seq, found.torn) == ({"uid:01020300": b"a"}, 11, 0)


def test_compaction_bounds_the_file_by_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "passes.copy"
    made = written(path, {"uid:01020300": b"a"}, [])
    number = 11
    while not made.wants_compaction:
        made.append([("uid:01020300", os.urandom(20_000))], number)
        number += 1
    before = path.stat().st_size

    made.compact()

    assert path.stat().st_size < before / 20
    assert not made.wants_compaction
    assert loaded(path)[1].change_seq == number - 1


def _flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x55]))
