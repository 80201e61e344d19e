"""Which reader is on this line? Listens first, then asks; never changes a reader.

How a kind of reader is recognised stands in its driver (`Probe` in facts.py); here is only
the order of doing it, which is that of least disturbance:

    1. listen at each speed, and write nothing: whoever pushes is recognised by its frames
    2. ask each polled kind its question at its likeliest speed, then at its others. At each
       speed wires with the longest fixed frame come first; one without a start byte comes
       last, because a strange reader could take its question for half of something.

A question is one that changes no setting. A line that is on another speed hears noise; a
reader of another kind hears a frame that is none, and waits for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gatekeeper.errors import ConfigError
from gatekeeper.readers import REGISTRY, driver_class
from gatekeeper.readers.base import Reader, Transport
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs import CODECS, codec_class, make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, Tag
from gatekeeper.readers.facts import Chosen, Probe, Recognised
from gatekeeper.readers.transport import SerialTransport

__all__ = ["Candidate", "Finding", "Heard", "Prober", "candidates"]

LISTEN_S = 1.0
"""At each speed. A card held to a reader at 125 kHz comes fifteen times in it."""
PAUSE_S = 0.1
"""Silence before a question, so that a reader has dropped what it took for half a frame."""
KEPT = 4096
"""Bytes of one listening that are looked at; more prove nothing more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A driver that can be recognised."""

    driver: str
    reader: type[Reader]
    probe: Probe


@dataclass(frozen=True, slots=True)
class Finding:
    """A reader that was recognised."""

    driver: str
    title: str
    wire: str
    url: str
    baud: int
    answered: bool
    """Whether it answered a question; otherwise it was heard by itself."""
    evidence: str
    """What was recognised: names of answers, or how many tags."""
    firmware: str
    options: Chosen
    """Options that differ from the driver's defaults, for the settings."""


@dataclass(slots=True)
class Heard:
    """Bytes that no driver knows, by speed: what is left to tell where nothing is found."""

    by_baud: dict[int, bytes] = field(default_factory=dict)


def candidates() -> list[Candidate]:
    """Every driver of a serial wire that says how it is recognised, in order of asking.

    A driver whose library is not installed is left out.
    """
    found = []
    for name in sorted(REGISTRY):
        try:
            reader = driver_class(name)
        except ConfigError:
            continue
        if reader.probe is not None:
            found.append(Candidate(name, reader, reader.probe))
    return sorted(found, key=_has_no_start)


class Prober:
    """Looks for a reader on `url`. `run()` takes the line and gives it back."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        among: Sequence[Candidate],
        listen_s: float = LISTEN_S,
        line: Callable[[str, int], Transport] = SerialTransport,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.heard = Heard()
        self._url, self._clock, self._line, self._say = url, clock, line, say
        self._among, self._listen_s = among, listen_s

    def run(self) -> Finding | None:
        """The reader, or None. Raises TransportError where the line cannot be taken."""
        for step in (self._listening(), self._asking()):
            for finding in step:
                if finding is not None:
                    return finding
        return None

    def _listening(self) -> Iterator[Finding | None]:
        for baud in dict.fromkeys(baud for c in self._among for baud in c.probe.bauds):
            self._say(f"listening at {baud} baud")
            with _Open(self._line(self._url, baud)) as line:
                some = [c for c in self._among if baud in c.probe.bauds]
                yield self._hear(line, some, baud, self._listen_s, answered=False)

    def _asking(self) -> Iterator[Finding | None]:
        askable = [c for c in self._among if c.probe.ask]
        depth = max((len(c.probe.bauds) for c in askable), default=0)
        for turn in range(depth):
            due = [(c.probe.bauds[turn], c) for c in askable if turn < len(c.probe.bauds)]
            for baud in dict.fromkeys(baud for baud, _ in due):
                with _Open(self._line(self._url, baud)) as line:
                    for candidate in (c for b, c in due if b == baud):
                        yield self._ask(line, candidate, baud)

    def _ask(self, line: Transport, candidate: Candidate, baud: int) -> Finding | None:
        self._say(f"asking for {candidate.driver} at {baud} baud")
        self._collect(line, PAUSE_S)
        line.write(candidate.probe.ask)
        return self._hear(line, [candidate], baud, candidate.probe.wait_s, answered=True)

    def _hear(
        self,
        line: Transport,
        some: Sequence[Candidate],
        baud: int,
        seconds: float,
        *,
        answered: bool,
    ) -> Finding | None:
        heard = b""
        for data in self._arriving(line, seconds):
            heard += data
            finding = self._best(heard, some, baud, answered=answered, whole=False)
            if finding is not None:
                return finding
        if heard:
            self.heard.by_baud[baud] = (self.heard.by_baud.get(baud, b"") + heard)[-KEPT:]
        return self._best(heard, some, baud, answered=answered, whole=True)

    def _arriving(self, line: Transport, seconds: float) -> Iterator[bytes]:
        """Pieces that arrive within `seconds`; a flood ends it early."""
        end_ns, count = self._clock.monotonic_ns() + round(seconds * 1e9), 0
        while self._clock.monotonic_ns() < end_ns and count < KEPT:
            data = line.read()
            count += len(data)
            if data:
                yield data

    def _collect(self, line: Transport, seconds: float) -> None:
        for _ in self._arriving(line, seconds):
            pass

    def _best(
        self, heard: bytes, some: Sequence[Candidate], baud: int, *, answered: bool, whole: bool
    ) -> Finding | None:
        """Of those that recognise themselves, the one that understands most of it."""
        found = [
            (recognised, candidate)
            for candidate in some
            for recognised in _recognised(heard, candidate, whole=whole)
        ]
        if not found:
            return None
        recognised, candidate = max(found, key=lambda one: one[0].understood)
        return self._finding(candidate, recognised, baud, answered)

    def _finding(
        self, candidate: Candidate, recognised: Recognised, baud: int, answered: bool
    ) -> Finding:
        usual = {option.name: option.default for option in candidate.reader.options}
        speed: Chosen = (("baud", baud),) if usual.get("baud", baud) != baud else ()
        return Finding(
            driver=candidate.driver,
            title=candidate.reader.title,
            wire=candidate.reader.wire,
            url=self._url,
            baud=baud,
            answered=answered,
            evidence=recognised.evidence,
            firmware=recognised.firmware,
            options=speed + recognised.options,
        )


def _has_no_start(candidate: Candidate) -> bool:
    wire = candidate.reader.wire
    return wire in CODECS and codec_class(wire).start is None


def _recognised(heard: bytes, candidate: Candidate, *, whole: bool) -> Iterator[Recognised]:
    """What `heard` proves to be this kind of reader, once for each variant."""
    probe = candidate.probe
    if probe.recognise is not None:
        recognised = probe.recognise(heard)
        if recognised is not None:
            yield recognised
        return
    for variant in probe.variants:
        codec = make_codec(candidate.reader.wire, dict(variant))
        frames = codec.feed(heard) + (codec.idle() if whole else [])
        if not _proves(frames, candidate):
            continue
        good = [frame for frame in frames if not isinstance(frame, Garbage)]
        answers = [f for f in good if isinstance(f, Answer) and f.name in probe.answers]
        tags = sum(isinstance(frame, Tag) for frame in good)
        told = [str(a.detail(n)) for a in answers for n in probe.firmware if a.detail(n)]
        names = list(dict.fromkeys(answer.name for answer in answers))
        yield Recognised(
            evidence=", ".join([*names, f"{tags} tag reads"] if tags else names),
            firmware=" ".join(dict.fromkeys(told)),
            options=variant,
            understood=sum(len(frame.raw) for frame in good),
        )


def _proves(frames: Sequence[Frame], candidate: Candidate) -> bool:
    """An answer of its own, or as many equal tags as it takes to believe one."""
    tags = [frame.credential for frame in frames if isinstance(frame, Tag)]
    return any(
        isinstance(frame, Answer) and frame.name in candidate.probe.answers for frame in frames
    ) or any(tags.count(tag) >= candidate.reader.family.frames_needed for tag in set(tags))


class _Open:
    """A line for the length of a `with`."""

    def __init__(self, line: Transport) -> None:
        self._line = line

    def __enter__(self) -> Transport:
        self._line.open()
        return self._line

    def __exit__(self, *_: object) -> None:
        self._line.close()
