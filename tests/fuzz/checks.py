"""What must hold whatever the bytes are. Each check raises AssertionError; None is well.

The first byte of an input says where the stream is cut for the second decoder, the others
are the stream.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

LIMIT_NS = 1_000_000
"""Longest time for 256 bytes."""
UNIT = 256
REPEATS = (3, 30, 400)
"""A few where those tell already; many before a find is called one."""
SINGLE_MAX = 64
"""Longest stream that is fed byte by byte."""

Check = Callable[[bytes], None]


def budget_ns(size: int) -> int:
    """Longest time that an input of `size` bytes may take."""
    return max(LIMIT_NS, LIMIT_NS * size // UNIT)


def cut(data: bytes) -> list[bytes]:
    """The stream in the pieces that the first byte asks for: one cut, or single bytes."""
    stream = data[1:]
    if data[0:1] == b"\xff" and len(stream) <= SINGLE_MAX:
        return [stream[at : at + 1] for at in range(len(stream))]
    place = len(stream) * (data[0] if data else 0) // 255
    return [stream[:place], stream[place:]]


def codec_check(make: Callable[[], Any], canonical: Callable[[str], str], noise_max: int) -> Check:
    """The promises of a codec, on one input."""

    def check(data: bytes) -> None:
        whole, parts = make(), make()
        stream, pieces = data[1:], cut(data)
        frames = whole.feed(stream)
        assert whole.pending <= whole.longest + noise_max, f"{whole.pending} bytes held"
        split = []
        for piece in pieces:
            split += parts.feed(piece)
            assert parts.pending <= parts.longest + noise_max, f"{parts.pending} bytes held"
        assert split == frames, "where the stream was cut mattered"
        assert parts.pending == whole.pending, "where the stream was cut mattered"
        rest = whole.idle()
        assert parts.idle() == rest, "where the stream was cut mattered at its end"
        frames += rest
        assert b"".join(frame.raw for frame in frames) == stream, "bytes lost or made up"
        assert whole.pending == 0
        for frame in frames:
            credential = getattr(frame, "credential", None)
            assert credential is None or canonical(credential) == credential, credential

    return check


def codec_work(make: Callable[[], Any]) -> Check:
    """What is timed: one decoder, the stream as a whole."""

    def work(data: bytes) -> None:
        codec = make()
        codec.feed(data[1:])
        codec.idle()

    return work


def credential_check(credential: Any, refused: type[Exception]) -> Check:
    """Text is a credential in canonical form, or is refused; nothing else."""

    def check(data: bytes) -> None:
        text = data.decode("utf-8", errors="replace")
        credential.printed_low_bits(text)
        try:
            found = credential.canonical(text)
        except refused:
            return
        assert credential.canonical(found) == found, f"{found!r} is not canonical"
        assert credential.scheme_of(found)
        assert len(credential.masked(found)) <= len(found) + 1
        credential.is_untrusted(found)

    return check


def capture_check(capture: Any, refused: type[Exception]) -> Check:
    """A file is a capture, or is refused; what was read and written is read the same."""

    def check(data: bytes) -> None:
        lines = data.splitlines(keepends=True) or [b""]
        try:
            header = capture.read_header(lines[0])
            pieces = list(capture.read_pieces(lines[1:]))
        except refused:
            return
        stream = io.StringIO()
        writer = capture.CaptureWriter(stream, header)
        for piece in pieces:
            writer.add(piece)
        # As a file has it: text may hold half of a surrogate pair, which no file can.
        again = stream.getvalue().encode("utf-8", "replace").splitlines(keepends=True)
        assert list(capture.read_pieces(again[1:])) == pieces

    return check


def ear_check(wire: Any) -> Check:
    """The bus' ear: frames do not depend on cuts, and no byte is in two of them."""

    def check(data: bytes) -> None:
        whole, parts = wire.Ear(), wire.Ear()
        found, split = whole.feed(data[1:]), []
        for piece in cut(data):
            split += parts.feed(piece)
        found, split = found + whole.idle(), split + parts.idle()
        assert not whole.pending
        frames = [one for one in found if isinstance(one, wire.Heard)]
        assert frames == [one for one in split if isinstance(one, wire.Heard)]
        assert sum(len(one.raw) for one in found) <= len(data)
        for frame in frames:
            assert wire.parse(frame.raw) == frame
            wire.uses_default_key(frame)

    return check


def answers(data: bytes) -> Callable[[bytes], bytes]:
    """A card that gives what the fuzzer says: each answer after a byte of its length."""
    rest = io.BytesIO(data)

    def transmit(_command: bytes) -> bytes:
        size = rest.read(1)
        return rest.read(size[0]) if size else b""

    return transmit


def card_check(apdu: Any, thai_id: Any, by_hand: Any, canonical: Callable[[str], str]) -> Check:
    """Whatever a card answers becomes a value: a person or manual entry, a UID or a reason."""

    def check(data: bytes) -> None:
        option, said = data[:1], data[1:]
        atr = thai_id.OLD_ATR if option < b"\x40" else said[:20]
        person = thai_id.read_card(answers(said), atr, birth=option < b"\xc0")
        if isinstance(person, by_hand.ByHand):
            assert person.trouble
        else:
            assert len(person.number) == 13
            assert thai_id.check_digit_fits(person.number)
            assert person.number not in repr(person)
            assert str(person.birth or "").isprintable()
        found = apdu.read_uid(answers(said))
        assert bool(found.credential) != bool(found.text)
        assert not found.credential or canonical(found.credential) == found.credential
        assert apdu.card_type(said)

    return check


def bits_check(formats: Any, canonical: Callable[[str], str]) -> Check:
    """Bits of a Wiegand format are a credential or garbage for a reason."""

    def check(data: bytes) -> None:
        if len(data) < 2:
            return
        name, bits, value = formats.FORMATS[data[0] % len(formats.FORMATS)], data[1], data[2:]
        aligned = formats.left_aligned(value, bits)
        for number in {aligned or 0, int.from_bytes(value, "big")}:
            found = formats.credential_of(name, number, bits, reverse=bits % 2 == 1)
            if ":" in found:
                assert canonical(found) == found

    return check


def cost_ns(work: Check, data: bytes) -> int:
    """Processor time of one run in this thread: what others take meanwhile does not count."""
    begun = time.thread_time_ns()
    work(data)
    return time.thread_time_ns() - begun


def check_time(work: Check, data: bytes, took_ns: int, plain: Check | None = None) -> None:
    """An input over its budget is tried again, uninstrumented where there is such a copy:
    the least of many counts, as other work on the machine (caches, the other half of a
    processor) only ever adds."""
    budget, least = budget_ns(len(data)), took_ns
    for repeats in REPEATS:
        if least <= budget:
            return
        least = min(least, *(cost_ns(plain or work, data) for _ in range(repeats)))
    assert least <= budget, f"{len(data)} bytes took {least / 1e6:.2f} ms of {budget / 1e6:.2f}"


class Slowest:
    """The input that took the largest share of its budget, uninstrumented."""

    def __init__(self, work: Check, plain: Check) -> None:
        self.share, self.size = 0.0, 0
        """Time as a share of the budget; bytes of that input."""
        self._work, self._plain = work, plain
        self._instrumented = 0.0

    def seen(self, data: bytes, took_ns: int) -> bool:
        """Whether `data`, whose work took `took_ns` instrumented, is the slowest so far.

        What a busy machine added is measured away first: the bar never rises by it.
        """
        budget = budget_ns(len(data))
        if took_ns <= self._instrumented * budget:
            return False
        least = min(took_ns, *(cost_ns(self._work, data) for _ in range(REPEATS[0])))
        if least <= self._instrumented * budget:
            return False
        self._instrumented = least / budget
        share = min(cost_ns(self._plain, data) for _ in range(REPEATS[0])) / budget
        if share <= self.share:
            return False
        self.share, self.size = share, len(data)
        return True
