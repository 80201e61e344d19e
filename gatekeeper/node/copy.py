"""The node's own copy of all passes, so that it starts and decides without the main database.

One file: a header, the whole table as it once was (the base, in frames of some thousand
passes), then one frame for each batch of changes since. A base is written beside the file
and put in its place at once, so only the last frame of changes can ever be torn; it is cut
off, and the main database is asked again from there. Damage inside the base cannot be
repaired here: the copy is refused and must be loaded anew.

Compaction takes the base over byte for byte and keeps of the changes only the last of each
credential. No thread of its own, no lock: one thread at a time may use it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from gatekeeper.errors import StoreError
from gatekeeper.model import PassState
from gatekeeper.node.frames import frame, read_frames

__all__ = ["Item", "PassCopy", "Table"]

Item = tuple[str, bytes | None]
"""A credential and its packed pass, or None where it has none any more."""

BATCH = 2000
"""Passes in a frame of the base."""
SLACK = 1 << 20
"""Bytes of changes that are always allowed before a compaction."""


class _Header(msgspec.Struct, frozen=True, array_like=True):
    """First frame. `origin` tells one main database from another."""

    magic: str
    origin: str
    change_seq: int


class _Batch(msgspec.Struct, frozen=True, array_like=True):
    """A frame of changes; those of the base hold a bare list of items, the last one none."""

    change_seq: int
    items: list[Item]


class Table:
    """Where a copy is read into; the CredentialIndex fits behind it."""

    def __init__(
        self,
        replace: Callable[[Iterable[tuple[str, bytes]], int], None],
        apply: Callable[[str, bytes | None], None],
        refuse: Callable[[str, PassState], None],
    ) -> None:
        self.replace = replace
        self.apply = apply
        self.refuse = refuse


MAGIC = "gatekeeper-passes-1"
_encode = msgspec.msgpack.Encoder().encode
_header = msgspec.msgpack.Decoder(_Header)
_base: msgspec.msgpack.Decoder[list[tuple[str, bytes]]] = msgspec.msgpack.Decoder(
    list[tuple[str, bytes]]
)
_batch = msgspec.msgpack.Decoder(_Batch)


class PassCopy:
    """The copy at `path`. `load` it first, or `replace` it; then `append` what changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base_end = 0
        self._end = 0
        self.origin = ""
        """Which main database it was taken from."""
        self.change_seq = -1
        """Last change of the main database that it holds; -1: there is no copy."""
        self.torn = 0
        """Bytes at its end that were no whole frame: an append that a crash interrupted."""

    def load(self, table: Table, *, repair: bool = True) -> bool:
        """Read the copy into `table`; False where there is none.

        A torn tail is cut off, unless `repair` is False: for who only looks.
        Raises StoreError where it is damaged beyond its last frames, or cannot be read.
        """
        try:
            file = self._path.open("r+b" if repair else "rb")
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"{self._path}: pass copy cannot be read: {error}") from error
        with file:
            try:
                self._load(file, table)
                if self.torn and repair:
                    file.truncate(self._end)
            except OSError as error:
                raise StoreError(f"{self._path}: pass copy cannot be read: {error}") from error
            except msgspec.MsgspecError as error:
                raise StoreError(f"{self._path}: no pass copy: {error}") from error
        return True

    def _load(self, file: BinaryIO, table: Table) -> None:
        frames = read_frames(file, 0)
        header = self._read_header(frames)
        base = _Base(self._path, frames)
        table.replace(base, header.change_seq)
        self.origin, self.change_seq = header.origin, header.change_seq
        self._base_end = self._end = base.end
        for end, payload in frames:
            batch = _batch.decode(payload)
            for credential, packed in batch.items:
                table.apply(credential, packed)
            self.change_seq, self._end = batch.change_seq, end
        self.torn = os.fstat(file.fileno()).st_size - self._end

    def _read_header(self, frames: Iterator[tuple[int, bytes]]) -> _Header:
        first = next(frames, None)
        header = _header.decode(first[1]) if first else None
        if header is None or header.magic != MAGIC:
            raise StoreError(f"{self._path}: no pass copy of this version")
        return header

    def replace(self, passes: Iterable[tuple[str, bytes]], change_seq: int, origin: str) -> None:
        """Make `passes` (credential, packed) the new base, whole or not at all.

        What `passes` raises goes through and leaves the old copy in force.
        Raises StoreError where it cannot be written.
        """

        def write(file: BinaryIO) -> int:
            source = iter(passes)
            file.write(frame(_encode(_Header(MAGIC, origin, change_seq))))
            while items := list(islice(source, BATCH)):
                file.write(frame(_encode(items)))
            file.write(frame(_encode([])))
            return file.tell()

        self._base_end = self._end = self._write_beside(write)
        self.origin, self.change_seq, self.torn = origin, change_seq, 0

    def append(self, items: list[Item], change_seq: int) -> None:
        """Add a batch of changes; on disk when this returns. Raises StoreError if it cannot.

        After a failure the copy is as before, so the same batch may be tried again.
        """
        data = frame(_encode(_Batch(change_seq, items)))
        try:
            with self._path.open("r+b", buffering=0) as file:
                file.seek(self._end)
                try:
                    _write_all(file, data)
                    os.fdatasync(file.fileno())
                except OSError:
                    with suppress(OSError):
                        file.truncate(self._end)
                    raise
        except OSError as error:
            raise StoreError(f"{self._path}: pass copy cannot be written: {error}") from error
        self._end += len(data)
        self.change_seq = change_seq

    @property
    def wants_compaction(self) -> bool:
        """Whether the changes outweigh the base."""
        return self._end - self._base_end > max(SLACK, self._base_end)

    def compact(self) -> None:
        """Keep of the changes the last of each credential. Raises StoreError if it cannot."""

        def write(file: BinaryIO) -> int:
            latest: dict[str, bytes | None] = {}
            with self._path.open("rb") as old:
                _copy_head(old, self._base_end, file)
                for _, payload in read_frames(old, self._base_end):
                    latest.update(_batch.decode(payload).items)
            source = iter(latest.items())
            while items := list(islice(source, BATCH)):
                file.write(frame(_encode(_Batch(self.change_seq, items))))
            return file.tell()

        self._end = self._write_beside(write)

    def _write_beside(self, write: Callable[[BinaryIO], int]) -> int:
        """Have `write` fill a new file, put it in the copy's place and return its answer."""
        beside = self._path.with_suffix(".new")
        try:
            with beside.open("w+b") as file:
                end = write(file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            raise StoreError(f"{self._path}: pass copy cannot be written: {error}") from error
        finally:
            with suppress(OSError):
                beside.unlink()
        return end


class _Base:
    """The passes of a base, to be iterated once; raises StoreError where its end is missing."""

    def __init__(self, path: Path, frames: Iterator[tuple[int, bytes]]) -> None:
        self._path = path
        self._frames = frames
        self.end = 0
        """Offset behind the base, once iterated."""

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for end, payload in self._frames:
            items = _base.decode(payload)
            if not items:
                self.end = end
                return
            yield from items
        raise StoreError(f"{self._path}: pass copy is damaged inside its base")


def _write_all(file: FileIO, data: bytes) -> None:
    """Write `data` to an unbuffered file, which may take less at a time."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def _copy_head(old: BinaryIO, size: int, new: BinaryIO) -> None:
    """Copy the first `size` bytes."""
    while size and (data := old.read(min(size, SLACK))):
        new.write(data)
        size -= len(data)
