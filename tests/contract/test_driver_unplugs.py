"""A thousand times unplugged and plugged in again, all drivers at once, beside a reader at work.

No thread, no file descriptor and no socket may be left behind, and the reader at work must
not lose a frame by it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from rigs import Rig, rig
from watched import Watched

from gatekeeper.model import ReaderState
from gatekeeper.readers import REGISTRY, pump

UNPLUGS = 1_000
UNPLUGGED_S = 60.0


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers come back at once: what is tried is the coming back, not the waiting."""
    monkeypatch.setattr(pump, "BACKOFF_MAX_S", 0.02)
    monkeypatch.setattr(pump, "BACKOFF_FIRST_S", 0.02)


def cycle(device: Rig, watched: Watched, times: int) -> None:
    """Unplug and replug so many times; each time it must go down and come up."""
    for _ in range(times):
        device.unplug()
        watched.wait(lambda: watched.states[-1] is ReaderState.DOWN, UNPLUGGED_S)
        device.replug()
        watched.wait(lambda: watched.states[-1] is ReaderState.UP, UNPLUGGED_S)


def run_all(jobs: list[Callable[[], None]]) -> None:
    """All at once; what one of them raises is raised here."""
    failed: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_once")
def test_a_thousand_unplugs_leave_nothing_behind_and_cost_the_neighbour_nothing(
    tmp_path: Path,
) -> None:
    names = sorted(REGISTRY)
    times = -(-UNPLUGS // len(names))
    for name in [*names, "neighbour"]:
        (tmp_path / name).mkdir()
    with rig("r2000", tmp_path / "neighbour") as steady, Watched(steady.settings) as at_work:
        at_work.wait_state(ReaderState.UP)
        steady.tap(steady.cards[0])
        at_work.wait(lambda: len(at_work.shown) == 1)
        gc.collect()  # what earlier tests left is not closed in the middle of this one
        threads, files = threading.active_count(), open_files()
        with ExitStack() as stack:
            pairs = []
            for name in names:
                device = stack.enter_context(rig(name, tmp_path / name))
                watched = stack.enter_context(Watched(device.settings))
                watched.wait_state(ReaderState.UP)
                pairs.append((device, watched))
            busy = threading.active_count()
            run_all([lambda pair=pair: cycle(*pair, times) for pair in pairs])  # type: ignore[misc]
            assert threading.active_count() <= busy
        steady.take(steady.cards[0])
        after_threads, after_files = threading.active_count(), open_files()
        sent = sum(1 for frame in steady.frames if frame.credential and frame.fate == "intact")
        status = at_work.pump.status()

    assert len(names) * times >= UNPLUGS
    assert (after_threads, after_files) == (threads, files)
    assert at_work.cards() == [steady.cards[0]], "a held card seemed gone"
    assert at_work.states == [ReaderState.UP]
    assert status.garbage == 0
    assert status.frames >= sent
