"""Key, chain and anchor: the parts of the proof."""

from __future__ import annotations

import hashlib
import hmac
import math
import stat
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import JournalCorrupt, JournalError, JournalFault
from gatekeeper.journal.anchor import Anchor, AnchorFile
from gatekeeper.journal.chain import GENESIS, Chain, decode, number, prepare
from gatekeeper.journal.keys import KEY_BYTES, load_key, load_or_create_key
from gatekeeper.model import Direction, EntryKind, JournalEntry, Reason

KEY = bytes(range(32))

texts = st.none() | st.text(max_size=20)
times = st.floats(-1e12, 1e12)
entries = st.builds(
    JournalEntry,
    at=times,
    kind=st.sampled_from(EntryKind),
    gate=texts,
    reader=texts,
    credential=texts,
    pass_id=texts,
    event=texts,
    reason=st.none() | st.sampled_from(Reason),
    direction=st.none() | st.sampled_from(Direction),
    antenna=st.none() | st.integers(0, 16),
    rssi_dbm=st.none() | st.floats(-100, 0),
    companions=st.none() | st.integers(0, 99),
    first_seen_at=st.none() | times,
    ref=st.none() | st.integers(1, 2**62),
    note=texts,
    late=st.booleans(),
)


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=300))
def test_the_mac_is_hmac_sha256(key: bytes, message: bytes) -> None:
    assert Chain(key).mac(message) == hmac.new(key, message, hashlib.sha256).digest()


def test_a_link_holds_the_previous_hash_the_number_and_the_body() -> None:
    message = bytes(range(32, 64)) + (7).to_bytes(8, "big") + b"{}"

    assert Chain(KEY).link(bytes(range(32, 64)), 7, b"{}") == hmac.digest(KEY, message, "sha256")


@given(entries, st.integers(1, 2**62))
def test_an_entry_comes_back_from_its_body(entry: JournalEntry, seq: int) -> None:
    body = number(prepare(entry), seq)

    assert decode(body) == msgspec.structs.replace(entry, seq=seq)
    assert body.startswith(b'{"seq":')


@given(entries, st.integers(1, 2**62))
def test_the_body_is_what_encoding_the_numbered_entry_gives(entry: JournalEntry, seq: int) -> None:
    """So that a proof can be repeated with any JSON library that keeps the order of fields."""
    numbered = msgspec.structs.replace(entry, seq=seq)
    body = number(prepare(entry), seq)

    assert decode(msgspec.json.encode(numbered)) == decode(body)
    assert body == msgspec.json.encode(numbered) or entry.at == 0.0


def test_a_number_that_an_entry_brings_along_is_not_believed() -> None:
    assert decode(number(prepare(JournalEntry(seq=99, at=1.0)), 3)).seq == 3


@pytest.mark.parametrize(
    "entry",
    [
        JournalEntry(at=math.nan),
        JournalEntry(at=math.inf),
        JournalEntry(at=1.0, credential="qr:\ud800"),
    ],
)
def test_what_cannot_be_read_back_is_not_written(entry: JournalEntry) -> None:
    with pytest.raises(JournalError):
        prepare(entry)


def test_a_key_is_made_once_secret_and_kept(folder: Path) -> None:
    path = folder / "deep" / "journal.key"
    key = load_or_create_key(path)

    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == load_key(path) == key
    assert [each.name for each in path.parent.iterdir()] == ["journal.key"]


def test_processes_that_start_together_use_one_key(folder: Path) -> None:
    barrier = threading.Barrier(8)
    keys: list[bytes] = []

    def start() -> None:
        barrier.wait()
        keys.append(load_or_create_key(folder / "journal.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_file_that_is_no_key_is_refused(folder: Path) -> None:
    (folder / "journal.key").write_bytes(b"short")

    with pytest.raises(JournalFault, match="5 bytes seen; a key of 32 bytes is due"):
        load_or_create_key(folder / "journal.key")


@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=6))
def test_the_newest_anchor_is_found(seqs: list[int]) -> None:
    path = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp") / f"gk-{threading.get_ident()}"
    try:
        writer = AnchorFile(path, Chain(KEY))
        for seq in sorted(seqs):
            writer.write(Anchor(seq, bytes(32)))

        assert AnchorFile(path, Chain(KEY)).read() == Anchor(max(seqs), bytes(32))
    finally:
        path.unlink(missing_ok=True)


def test_no_file_is_no_anchor(folder: Path) -> None:
    assert AnchorFile(folder / "a", Chain(KEY)).read() is None


@pytest.mark.parametrize("torn_at", range(0, 128, 9))
def test_a_write_torn_by_a_power_cut_leaves_the_anchor_before_it(
    folder: Path, torn_at: int
) -> None:
    path = folder / "journal.anchor"
    file = AnchorFile(path, Chain(KEY))
    for seq in (1, 2, 3):
        file.write(Anchor(seq, GENESIS))
    before = path.read_bytes()
    file.write(Anchor(4, GENESIS))
    whole = path.read_bytes()
    slot = 128  # 1 and 3 lie in the first slot, 2 and 4 in the second
    path.write_bytes(before[:slot] + whole[slot : slot + torn_at] + before[slot + torn_at :])

    found = AnchorFile(path, Chain(KEY)).read()
    assert found is not None
    assert found.seq in (3, 4)


@pytest.mark.parametrize("content", [b"", b"x", bytes(256), b"GKANCHR1" + bytes(248)])
def test_a_forged_anchor_is_refused(folder: Path, content: bytes) -> None:
    (folder / "a").write_bytes(content)

    with pytest.raises(JournalCorrupt, match="no genuine anchor"):
        AnchorFile(folder / "a", Chain(KEY)).read()


def test_an_anchor_under_another_key_is_refused(folder: Path) -> None:
    AnchorFile(folder / "a", Chain(KEY)).write(Anchor(5, GENESIS))

    with pytest.raises(JournalCorrupt):
        AnchorFile(folder / "a", Chain(b"other")).read()
