"""Messages: what was encoded comes back, and no bytes are taken for what they are not."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import LinkError
from gatekeeper.link import messages
from gatekeeper.link.messages import (
    Await,
    Explain,
    Failed,
    Failure,
    Holders,
    LookUp,
    Override,
    Read,
    ReadAnswer,
    decode_answer,
    decode_request,
    encode,
)
from gatekeeper.model import Holder, JournalEntry, Presentation, Reason

text = st.text(max_size=40)
numbers = st.integers(min_value=0, max_value=2**53)

requests = st.one_of(
    st.builds(
        Read,
        presentation=st.builds(
            Presentation,
            gate=text,
            reader=text,
            credential=text,
            antenna=st.none() | st.integers(1, 99),
            seen_ns=numbers,
            nonce=st.none() | text,
        ),
    ),
    st.builds(Override, gate=text, actor=text, note=text, ref=st.none() | numbers),
    st.builds(Explain, credential=text, gate=text, at=st.none() | st.floats(0, 1e11)),
    st.builds(LookUp, pass_ids=st.lists(text, max_size=5).map(tuple)),
    st.builds(Await, after_seq=numbers, timeout_s=st.floats(0, 60)),
)
answers = st.one_of(
    st.builds(
        ReadAnswer,
        entry=st.builds(JournalEntry, seq=numbers, gate=text, reason=st.sampled_from(Reason)),
        holder=st.none() | st.builds(Holder, name=text, vip=st.booleans()),
    ),
    st.builds(Holders, passes=st.dictionaries(text, st.builds(Holder, name=text), max_size=3)),
    st.builds(Failed, kind=st.sampled_from(Failure), message=text),
)


@given(requests)
def test_a_request_comes_back_as_it_was(request: messages.Request) -> None:
    assert decode_request(encode(request)) == request


@given(answers)
def test_an_answer_comes_back_as_it_was(answer: messages.Answer) -> None:
    assert decode_answer(encode(answer)) == answer


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_link_error(data: bytes) -> None:
    for decode in (decode_request, decode_answer):
        try:
            decoded = decode(data)
        except LinkError:
            continue
        assert isinstance(decoded, msgspec.Struct)


@given(requests, st.data())
def test_a_damaged_request_is_refused_or_another_request(
    request: messages.Request, data: st.DataObject
) -> None:
    encoded = bytearray(encode(request))
    position = data.draw(st.integers(0, len(encoded) - 1))
    encoded[position] ^= data.draw(st.integers(1, 255))

    try:
        decoded = decode_request(bytes(encoded))
    except LinkError:
        return

    assert isinstance(decoded, msgspec.Struct)


def test_an_answer_is_no_request() -> None:
    with pytest.raises(LinkError):
        decode_request(encode(Failed(kind=Failure.BUSY, message="")))


def test_a_deeply_nested_message_is_refused() -> None:
    with pytest.raises(LinkError):
        decode_request(b"\x91" * 100_000)


def test_a_message_over_the_bound_is_not_sent() -> None:
    with pytest.raises(LinkError, match="at most"):
        encode(Override(gate="g", actor="a", note="n" * messages.LARGEST))
