"""The truth of the wires against the journal's word: who was missed, who was judged wrongly.

An entry belongs to the last presentation of its tag at its reader that had begun by then. A
fault counts once: after it, that tag's later verdicts are no longer held against anybody,
because truth and journal then remember different things of it.

Pure: rows in, counts out. It knows of the journal what its export shows, and nothing of its
code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from firmware_sim.tally import Reconciliation, Row

__all__ = ["reconcile"]

_EARLY_S = 0.05
"""An entry's time may be rounded, but lies never truly before the first frame."""
_LATE_S = 10.0
"""An entry so long after the deciding frame is no answer to it."""
_PHANTOM_S = 2.0
"""A frame that a fault struck may pass a weak checksum as another tag; soon or never."""
_STATEFUL = {"granted", "granted_reentry", "granted_exit", "already_in", "not_in"}
_SYSTEM = {"system_fault", "not_ready"}


def reconcile(
    truth: Iterable[Row],
    journal: Iterable[Row],
    *,
    durable: Iterable[Row] = (),
    feed: Iterable[Row] = (),
    outages: Iterable[Row] = (),
) -> Reconciliation:
    """Compare the rows of truth.jsonl with exported journal entries.

    `durable` and `feed` give `{"seq", "ns"}` (CLOCK_MONOTONIC), `outages` spans
    `{"from_ns", "to_ns"}` in which nobody could answer.
    """
    result = Reconciliation()
    rows = list(truth)
    presentations = [row for row in rows if row["type"] == "presentation"]
    result.unread = sum(row["type"] == "unread" for row in rows)
    spans = [(row["from_ns"], row["to_ns"]) for row in outages]
    durable_ns, feed_ns = _by_seq(durable), _by_seq(feed)
    answers, stray = _assign(presentations, _decisions(journal, rows))
    doubtful: set[str] = set()
    for presentation in sorted(presentations, key=_first_ns):
        entries = answers.get(presentation["id"], [])
        entry = entries[0] if entries else None
        _judge(result, presentation, entry, doubtful, spans)
        for extra in entries[1:]:
            if not (entry and entry.get("withdrawn")):
                stray.append(extra)
        if entry and not presentation["maybe"] and not entry.get("late"):
            _time(result.durable_ms, presentation, entry, durable_ns)
            _time(result.feed_ms, presentation, entry, feed_ns)
    _races(result, presentations, answers)
    _strays(result, stray, rows)
    return result


def _first_ns(presentation: Row) -> int:
    return int(presentation["first_ns"] or 0)


def _by_seq(rows: Iterable[Row]) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in rows:
        found.setdefault(row["seq"], row["ns"])
    return found


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _decisions(journal: Iterable[Row], truth: list[Row]) -> list[Row]:
    """Entries that answer a simulated reader; a withdrawn one was shown as a fault."""
    readers = {row["reader"] for row in truth if "reader" in row}
    entries = list(journal)
    withdrawn = {row.get("ref") for row in entries if row.get("kind") == "withdrawn"}
    return [
        {**row, "reason": "system_fault", "withdrawn": True} if row["seq"] in withdrawn else row
        for row in entries
        if row.get("kind", "decision") == "decision" and row.get("reader") in readers
    ]


def _assign(
    presentations: list[Row], decisions: list[Row]
) -> tuple[dict[str, list[Row]], list[Row]]:
    """Entries by presentation, and those that no presentation explains."""
    near_s = _clock_s(presentations)
    by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(presentations, key=_first_ns):
        by_key[row["reader"], row["credential"]].append(row)
    starts = {
        key: [_first_ns(row) / 1e9 + _clock_s([row], near_s) - _EARLY_S for row in rows]
        for key, rows in by_key.items()
    }
    answers: dict[str, list[Row]] = defaultdict(list)
    stray: list[Row] = []
    for entry in decisions:
        key = (entry["reader"], entry["credential"])
        at = _epoch(entry["at"])
        number = bisect_right(starts.get(key, []), at) - 1
        if number < 0:
            stray.append(entry)
            continue
        row = by_key[key][number]
        last = (row["decided_ns"] or row["frames_ns"][-1]) / 1e9 + _clock_s([row], near_s)
        (answers[row["id"]] if at - last < _LATE_S else stray).append(entry)
    return answers, stray


def _clock_s(rows: list[Row], otherwise: float = 0.0) -> float:
    """UTC less CLOCK_MONOTONIC, in seconds, as the first of `rows` that tells it knew it."""
    row = next((row for row in rows if row.get("decided_at")), None)
    return otherwise if row is None else float(row["decided_at"]) - row["decided_ns"] / 1e9


def _judge(
    result: Reconciliation,
    presentation: Row,
    entry: Row | None,
    doubtful: set[str],
    spans: list[tuple[int, int]],
) -> None:
    """Count one presentation and what the journal says of it."""
    _count(result, presentation, entry)
    credential = presentation["credential"]
    if entry is None:
        if presentation["maybe"]:
            return
        what = "missed"
    else:
        expected = set(presentation["expected"])
        if credential in doubtful and expected & _STATEFUL:
            expected |= _STATEFUL
        if not expected or entry["reason"] in expected:
            return
        what = _mistake(expected, entry["reason"])
    doubtful.add(credential)
    unanswered = entry is None or entry["reason"] in _SYSTEM
    if unanswered and _within(presentation, spans):
        result.during_outage += 1
    else:
        result.fault(what, presentation, entry)


def _count(result: Reconciliation, presentation: Row, entry: Row | None) -> None:
    if presentation["maybe"]:
        result.maybe += 1
        result.maybe_journaled += entry is not None
        return
    result.presentations += 1
    result.journaled += entry is not None
    result.retried += bool(presentation["retried"])
    if entry is not None:
        result.by_reason[entry["reason"]] += 1


def _within(presentation: Row, spans: list[tuple[int, int]]) -> bool:
    """Whether the presentation's decision was due inside one of the spans."""
    first, decided = presentation["first_ns"], presentation["decided_ns"]
    return any(begin <= decided and first <= end for begin, end in spans if decided)


def _mistake(expected: set[str], reason: str) -> str:
    due = {name.startswith("granted") for name in expected}
    if reason.startswith("granted") in due:
        return "wrong_reason"
    return "wrong_accept" if reason.startswith("granted") else "wrong_refuse"


def _time(values: list[float], presentation: Row, entry: Row, seen: dict[int, int]) -> None:
    """Milliseconds from the last byte of the frame that decided."""
    ns = seen.get(entry["seq"])
    frames: list[int] = presentation["frames_ns"]
    if ns is None or not frames:
        return
    wanted = min(entry.get("frames") or 1, len(frames))
    possible = [frame for frame in frames[:wanted] if frame <= ns] or frames[:1]
    values.append((ns - possible[-1]) / 1e6)


def _races(result: Reconciliation, presentations: list[Row], answers: dict[str, list[Row]]) -> None:
    """Of one tag at two readers at the same instant exactly one is let through."""
    races: dict[str, list[Row]] = defaultdict(list)
    for row in presentations:
        if row["race"] and not row["maybe"]:
            races[row["race"]].append(row)
    for rows in races.values():
        entries = [answers[row["id"]][0] for row in rows if answers.get(row["id"])]
        granted = sum(entry["reason"].startswith("granted") for entry in entries)
        if granted > 1:
            result.fault("wrong_accept", rows[-1], entries[-1])
        elif entries and not granted and len(entries) == len(rows):
            result.fault("wrong_refuse", rows[-1], entries[-1])


def _strays(result: Reconciliation, stray: list[Row], truth: list[Row]) -> None:
    """Entries without a presentation: made up, unless a struck frame passed its checksum."""
    offset_s = _clock_s(truth)
    struck = [row for row in truth if row["type"] == "frame" and row["fate"] == "destroyed"]
    for entry in stray:
        at = _epoch(entry["at"]) - offset_s
        near = any(
            row["reader"] == entry["reader"] and 0 <= at - row["ns"] / 1e9 < _PHANTOM_S
            for row in struck
        )
        if near and entry["reason"] == "unknown_credential":
            result.phantoms += 1
        else:
            result.fault("unexpected", None, entry)
