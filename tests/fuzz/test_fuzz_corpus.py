"""The fuzzer's corpus through the fuzzer's checks, without the fuzzer and without a clock."""

from __future__ import annotations

import pytest

from gatekeeper.readers.codecs import CODECS
from tests.fuzz import checks, targets

NAMES = targets.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_kept_input_keeps_the_promises(name: str) -> None:
    """What was found once stays mended; every frame of the vectors is among the inputs."""
    check = targets.build(name).check

    for data in [*targets.seeds(name), *targets.corpus(name)]:
        for first in (data[:1], b"\x00", b"\xff"):
            check(first + data[1:])


@pytest.mark.parametrize("name", NAMES)
def test_long_floods_keep_the_promises(name: str) -> None:
    """Longer than any input that the fuzzer makes: beginnings of frames, again and again."""
    check = targets.build(name).check

    for word in {word[:2] for word in targets.dictionary(name)}:
        check(b"\x80" + word * (4096 // len(word)))


def test_every_codec_is_fuzzed() -> None:
    """A codec joins by its line in CODECS; its vectors are where the fuzzer begins."""
    assert {targets.wire_of(name) for name in NAMES} >= set(CODECS)
    assert [name for name in NAMES if not targets.seeds(name)] == []


def test_the_corpus_stays_small_and_names_no_target_that_is_gone() -> None:
    files = sorted([*targets.CORPUS.iterdir(), *targets.FINDS.iterdir()])

    assert sum(path.stat().st_size for path in files) < 300_000
    assert {path.name for path in files} <= {targets.file_of(name) for name in NAMES}


class Liar:
    """A decoder with one planted fault."""

    longest = 4

    def __init__(self, fault: str) -> None:
        self.fault, self.pending, self._seen = fault, 0, b""

    def feed(self, data: bytes) -> list[object]:
        if self.fault == "raises" and data:
            raise ValueError("planted")
        self.pending = 10_000 if self.fault == "hoards" else 0
        kept = data[:1] if self.fault == "cuts" else data
        return [Piece(kept if self.fault != "loses" else kept[1:])] if data else []

    def idle(self) -> list[object]:
        return []


class Piece:
    """Bytes, equal by what they say."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Piece) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


@pytest.mark.parametrize("fault", ["raises", "hoards", "cuts", "loses"])
def test_the_check_catches_a_planted_fault(fault: str) -> None:
    check = checks.codec_check(lambda: Liar(fault), str, 256)

    with pytest.raises((AssertionError, ValueError)):
        check(b"\x80abcdef")


def test_a_slow_input_is_told_from_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was held up once is tried again; one that is slow each time is a find."""
    costs = iter([5_000_000, 10_000] * 1000)
    monkeypatch.setattr(checks, "cost_ns", lambda _work, _data: next(costs))

    checks.check_time(lambda _data: None, b"x", 9_000_000)
    costs = iter([5_000_000] * 1000)

    with pytest.raises(AssertionError, match=r"took 5\.00 ms of 1\.00"):
        checks.check_time(lambda _data: None, b"x", 9_000_000)


def test_the_budget_is_a_millisecond_for_256_bytes() -> None:
    assert [checks.budget_ns(size) for size in (1, 256, 512)] == [1_000_000, 1_000_000, 2_000_000]


def test_the_slowest_input_is_known_whatever_the_machine_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that was held up raises no bar; a slower input is told with its share of the budget."""
    costs = iter([100_000, 100_000, 100_000, 50_000, 60_000, 70_000] + [20_000] * 3)
    monkeypatch.setattr(checks, "cost_ns", lambda _work, _data: next(costs))
    slowest = checks.Slowest(lambda _data: None, lambda _data: None)

    assert slowest.seen(bytes(512), 9_000_000)
    assert (slowest.share, slowest.size) == (0.025, 512)
    assert not slowest.seen(b"x", 9_000_000)
    assert (slowest.share, slowest.size) == (0.025, 512)
