"""Faults: the same dice give the same faults, and each frame's fate is told truly."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import a0, rdm6300
from firmware_sim.faults import EPISODES, FRAME_FAULTS, LF_GHOSTS, Faults

LF = rdm6300.frame(bytes.fromhex("62E3086CED"))
UHF = a0.frame(1, 0x89, a0.tag_data(1, 35, bytes.fromhex("300833B2DDD9014000000001"), 55))


def lf_valid(data: bytes) -> bool:
    """Whether `data` is one RDM6300 frame that a forgiving decoder would take."""
    try:
        raw = bytes.fromhex(data[1:-1].decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        return False
    framed = len(data) == 14 and data[0] == 2 and data[-1] == 3 and len(raw) == 6
    return framed and raw[0] ^ raw[1] ^ raw[2] ^ raw[3] ^ raw[4] == raw[5]


@pytest.mark.parametrize("name", FRAME_FAULTS)
def test_the_same_seed_does_the_same(name: str) -> None:
    """Two runs of one scenario strike the same frames in the same way."""

    def run(seed: int) -> list[bytes]:
        faults = Faults(random.Random(seed), {name: 0.3})
        return [faults.mangle(LF).data for _ in range(200)]

    assert run(7) == run(7)
    assert run(7) != run(8)


@given(st.sampled_from(sorted(FRAME_FAULTS)), st.sampled_from([LF, UHF]), st.integers())
def test_a_frame_is_intact_exactly_when_it_stands_on_the_wire(
    name: str, frame: bytes, seed: int
) -> None:
    """Noise leaves a frame whole; what says that it is destroyed has no copy of it."""
    mangled = Faults(random.Random(seed), {name: 1.0}).mangle(frame)

    assert mangled.fault == name
    assert mangled.intact == (frame in mangled.data)
    if name == "noise":
        assert mangled.intact
    if name in ("cut", "lost", "damaged"):
        assert not mangled.intact


@given(st.integers())
def test_a_damaged_frame_fails_its_checksum_or_its_framing(seed: int) -> None:
    """No host can take a destroyed frame for a good one, however forgiving it is."""
    faults = Faults(random.Random(seed), {"damaged": 1.0})

    assert not lf_valid(faults.mangle(LF).data)
    assert sum(faults.mangle(UHF).data) % 256 != 0


def test_the_rate_is_a_probability() -> None:
    """Of 10,000 frames at 5 %, about 500 are struck (six standard deviations allowed)."""
    faults = Faults(random.Random(1), {"damaged": 0.05})

    struck = sum(faults.mangle(LF).fault == "damaged" for _ in range(10_000))

    assert abs(struck - 500) < 6 * 22


def test_without_faults_a_frame_is_as_it_was() -> None:
    """A perfect line."""
    mangled = Faults(random.Random(1)).mangle(LF)

    assert (mangled.data, mangled.intact, mangled.fault) == (LF, True, "")


def test_a_ghost_never_comes_twice_running() -> None:
    """Two equal frames in a row are a tag: a ghost is one frame."""
    faults = Faults(random.Random(1))
    ghosts = [faults.ghost() for _ in range(200)]

    assert set(ghosts) == set(LF_GHOSTS)
    assert all(left != right for left, right in pairwise(ghosts))


def test_episodes_come_as_often_as_their_rate_says() -> None:
    """Six a minute: ten seconds apart on average; none at rate 0."""
    faults = Faults(random.Random(1), {"unplug": 6.0})
    waits = [faults.next_episode_s("unplug") or 0.0 for _ in range(4000)]

    assert 9.0 < sum(waits) / len(waits) < 11.0
    assert faults.next_episode_s("reset") is None


def test_a_new_rate_of_an_episode_is_told_to_the_device() -> None:
    """So that a command during the run has an effect."""
    changed: list[str] = []
    faults = Faults(random.Random(1))
    faults.follow(changed.append)

    faults.set("silent", 2.0)
    faults.set("lost", 0.1)

    assert changed == ["silent"]


@pytest.mark.parametrize(("name", "rate"), [("typo", 0.1), ("lost", 1.1), ("lost", -0.1)])
def test_a_fault_that_cannot_be_is_refused(name: str, rate: float) -> None:
    """By name, with what is due."""
    with pytest.raises(ValueError, match="is due"):
        Faults(random.Random(1)).set(name, rate)


def test_every_episode_has_a_length() -> None:
    """None is endless, and a ghost is an instant."""
    faults = Faults(random.Random(1))

    assert all(0.0 <= faults.length_s(name) <= 5.0 for name in EPISODES)
