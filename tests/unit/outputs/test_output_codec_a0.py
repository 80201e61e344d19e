"""The A0 relay boards' bytes: published frames, and any bytes whatever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CodecError
from gatekeeper.outputs.codec_a0 import LINE_MAX, A0Answers, A0State, Operation, command

CONTENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "relay_a0.json").read_text(encoding="utf-8")
)
states = st.lists(st.builds(A0State, st.integers(1, 16), st.booleans()), max_size=5)


def frame(state: A0State) -> bytes:
    """An answer, put together from the sheet's sentence on the sum."""
    body = bytes([0xA0, state.channel, int(state.on)])
    return body + bytes([sum(body) % 256])


def line(state: A0State) -> bytes:
    """An answer in text."""
    return f"CH{state.channel}: {'ON ' if state.on else 'OFF'}\r\n".encode()


@pytest.mark.parametrize("vector", CONTENT["commands"], ids=lambda v: v["id"])
def test_commands_are_those_of_the_sheets(vector: dict[str, Any]) -> None:
    made = command(vector["channel"], Operation[vector["operation"]])

    assert made.hex().upper() == vector["hex"]


@pytest.mark.parametrize("vector", CONTENT["answers"], ids=lambda v: v["id"])
def test_answers_are_read_as_their_sheets_say(vector: dict[str, Any]) -> None:
    found = A0Answers().feed(bytes.fromhex(vector["hex"]))

    assert [list(one) for one in found] == vector["states"]


@pytest.mark.parametrize("channel", [0, 17, -1])
def test_a_channel_that_cannot_be_is_no_command(channel: int) -> None:
    with pytest.raises(CodecError, match=f"channel {channel} seen; 1 to 16 is due"):
        command(channel, Operation.ON)


@given(states, st.data())
def test_what_was_said_comes_back_wherever_it_is_cut(
    said: list[A0State], data: st.DataObject
) -> None:
    whole = b"".join(data.draw(st.sampled_from([frame, line]))(state) for state in said)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    codec = A0Answers()

    found: list[A0State] = []
    for begin, end in zip([0, *places], [*places, len(whole)], strict=True):
        found += codec.feed(whole[begin:end])

    assert (found, codec.garbage) == (said, 0)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise_or_grow_and_a_whole_answer_after_silence_is_read(
    noise: bytes,
) -> None:
    codec = A0Answers()
    codec.feed(noise)
    assert len(codec._buffer) <= LINE_MAX

    codec.clear()

    assert codec.feed(frame(A0State(3, True))) == [A0State(3, True)]


@given(st.integers(1, 16), st.booleans(), st.integers(0, 3), st.integers(1, 255))
def test_one_damaged_byte_never_makes_another_state(
    channel: int, on: bool, at: int, flip: int
) -> None:
    """A door is taken for locked only on a frame that is whole."""
    damaged = bytearray(frame(A0State(channel, on)))
    damaged[at] ^= flip

    assert A0Answers().feed(bytes(damaged)) == []
