"""One presentation of a tag out of many reads.

A held tag is one presentation, until it has been silent for its family's gone-time. Each
tag is followed on its own: a repeat never hides another tag. A read is believed at once, or,
where noise passes the check (125 kHz), when a second equal frame follows soon. Only where
one reader's antennas serve different gates does a tag wait for its best antenna.

No port, no clock, no thread: time comes in with each read and each `tick`. Whether a tag is
trusted or known is the gate's business; doubtful ones pass through.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.model import CardRead, Presentation

__all__ = ["BLANK", "Presenter", "Rules"]

BLANK = "em4100:0000000000"
"""What noise decodes to most easily, and no card carries."""

UNHEARD_DBM = float("-inf")
"""Level of a read whose wire tells none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How one reader's reads become presentations; all times in nanoseconds."""

    gone_after_ns: int
    frames_needed: int = 1
    frames_within_ns: int = 0
    antenna_window_ns: int = 300_000_000
    gate: str | None = None
    """Where tags are presented whose antenna has no gate of its own."""
    antennas: Mapping[int, str] = field(default_factory=dict)
    """Antenna to gate."""
    tags_max: int = 4096
    """Tags followed at a time; the one not seen for longest makes room."""

    def gate_of(self, antenna: int | None) -> str | None:
        """The gate that `antenna` serves, or None if nothing says."""
        if antenna is not None and antenna in self.antennas:
            return self.antennas[antenna]
        if self.gate is None and antenna is None and len(set(self.antennas.values())) == 1:
            return next(iter(self.antennas.values()))
        return self.gate

    @property
    def waits_for_best(self) -> bool:
        """Whether the antennas serve different gates, so that the best one must be found."""
        gates = set(self.antennas.values()) | ({self.gate} if self.gate else set())
        return bool(self.antennas) and len(gates) > 1


@dataclass(slots=True)
class _Heard:
    """What one antenna heard of a tag since its presentation began."""

    best_dbm: float
    count: int
    last: CardRead


@dataclass(slots=True)
class _Track:
    """A tag in the field."""

    first_seen_ns: int
    last_ns: int
    """When it was last read, by any antenna."""
    frames: int = 0
    gate: str | None = None
    """Where it was presented; None: not yet."""
    gate_ns: int = 0
    """When an antenna of that gate last read it."""
    heard: dict[int | None, _Heard] = field(default_factory=dict)


class Presenter:
    """Follows the tags of one reader. Used by one thread."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tracks: OrderedDict[str, _Track] = OrderedDict()  # longest unseen first
        self._due: dict[str, int] = {}
        """Tags that wait for their best antenna, and until when; soonest first."""
        self.counters: Counter[str] = Counter()
        """presentations, blank, doubted (a lone frame that was not confirmed), no_gate
        (read by an antenna that serves no gate), evicted (a present tag made room)."""

    def __len__(self) -> int:
        """Tags that are followed."""
        return len(self._tracks)

    def feed(self, read: CardRead, now_ns: int | None = None) -> list[Presentation]:
        """Take one read; what became decidable by it, and by the time that has passed.

        `now_ns` is the time by which silence is measured, `read.seen_ns` unless given: a
        holder of this room who was busy elsewhere leaves that time out.
        """
        now_ns = read.seen_ns if now_ns is None else now_ns
        done = self.tick(now_ns)
        gate = self._rules.gate_of(read.antenna)
        if read.credential == BLANK:
            self.counters["blank"] += 1
        elif gate is None:
            self.counters["no_gate"] += 1
        else:
            done += self._follow(read, gate, now_ns)
        return done

    def tick(self, now_ns: int) -> list[Presentation]:
        """Time has come to `now_ns`: choose antennas that are due, forget tags that left."""
        due = []
        for credential, due_ns in self._due.items():
            if due_ns > now_ns:
                break
            due.append(credential)
        done = [self._present_best(credential) for credential in due]
        self._forget_gone(now_ns)
        return done

    def settle(self) -> list[Presentation]:
        """The line is lost: nothing better will be heard, so choose now."""
        return [self._present_best(credential) for credential in list(self._due)]

    def _follow(self, read: CardRead, gate: str, now_ns: int) -> list[Presentation]:
        track = self._tracks.get(read.credential)
        if track is None or self._is_new(read.credential, track, gate, now_ns):
            track = self._begin(read, now_ns)
        track.last_ns = now_ns
        track.frames += 1
        self._tracks.move_to_end(read.credential)
        if track.gate is not None:
            if gate == track.gate:
                track.gate_ns = now_ns
            return []
        self._hear(track, read)
        if not self._believed(track):
            return []
        if not self._rules.waits_for_best:
            return [self._present(track, gate, read)]
        self._due.setdefault(read.credential, now_ns + self._rules.antenna_window_ns)
        return self.tick(now_ns)

    def _is_new(self, credential: str, track: _Track, gate: str, now_ns: int) -> bool:
        """Whether this read begins a new presentation of a tag that is still remembered."""
        silent_ns = now_ns - track.last_ns
        if credential in self._due:
            return False
        if not self._believed(track):
            if silent_ns <= self._rules.frames_within_ns:
                return False
            self.counters["doubted"] += 1
            return True
        if silent_ns > self._rules.gone_after_ns:
            return True
        # Stray reads at another gate, while its own still hears the tag, are no move.
        return gate != track.gate and now_ns - track.gate_ns > self._rules.gone_after_ns

    def _begin(self, read: CardRead, now_ns: int) -> _Track:
        track = self._tracks[read.credential] = _Track(read.seen_ns, now_ns)
        if len(self._tracks) > self._rules.tags_max:
            self._make_room()
        return track

    def _make_room(self) -> None:
        # A lone frame that nothing confirmed is likelier noise than a tag.
        for credential, track in self._tracks.items():
            if not self._believed(track) and track.frames:
                del self._tracks[credential]
                self.counters["doubted"] += 1
                return
        newest = next(reversed(self._tracks))
        for credential in self._tracks:
            # Tags that wait for their antenna stay, few or many: they wait for a moment only.
            if credential not in self._due and credential != newest:
                del self._tracks[credential]
                self.counters["evicted"] += 1
                return

    def _believed(self, track: _Track) -> bool:
        return track.frames >= self._rules.frames_needed

    def _hear(self, track: _Track, read: CardRead) -> None:
        level = read.rssi_dbm if read.rssi_dbm is not None else UNHEARD_DBM
        heard = track.heard.get(read.antenna)
        if heard is None:
            track.heard[read.antenna] = _Heard(level, 1, read)
        else:
            heard.best_dbm = max(heard.best_dbm, level)
            heard.count += 1
            heard.last = read

    def _present_best(self, credential: str) -> Presentation:
        """Strongest first, then heard most often, then heard first."""
        track = self._tracks[credential]
        best = max(track.heard.values(), key=lambda heard: (heard.best_dbm, heard.count))
        gate = self._rules.gate_of(best.last.antenna)
        assert gate is not None, credential  # noqa: S101 (reads without a gate are not heard)
        del self._due[credential]
        return self._present(track, gate, best.last)

    def _present(self, track: _Track, gate: str, read: CardRead) -> Presentation:
        best_dbm = track.heard[read.antenna].best_dbm
        track.gate, track.gate_ns, track.heard = gate, track.last_ns, {}
        self.counters["presentations"] += 1
        return Presentation(
            gate=gate,
            reader=read.reader,
            credential=read.credential,
            antenna=read.antenna,
            rssi_dbm=None if best_dbm == UNHEARD_DBM else best_dbm,
            frames=track.frames,
            first_seen_ns=track.first_seen_ns,
            seen_ns=read.seen_ns,
            seen_at=read.seen_at,
        )

    def _forget_gone(self, now_ns: int) -> None:
        while self._tracks:
            credential, track = next(iter(self._tracks.items()))
            if now_ns - track.last_ns <= self._rules.gone_after_ns or credential in self._due:
                return
            if not self._believed(track):
                self.counters["doubted"] += 1
            del self._tracks[credential]
