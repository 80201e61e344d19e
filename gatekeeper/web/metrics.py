"""Counters and gauges for Prometheus, in a registry of this process.

Labels are gates, reasons, readers and doors; never a person, a card or an address.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gatekeeper.model import DoorState, EntryKind, JournalEntry, ReaderState
from gatekeeper.web.lanes import NodeWatch

__all__ = ["count_entry", "count_error", "feed_lag", "read_seconds", "render"]

registry = CollectorRegistry()
_entries = Counter(
    "gatekeeper_decisions", "Decisions seen in the journal", ["gate", "reason"], registry=registry
)
_kinds = Counter("gatekeeper_entries", "Journal entries seen", ["kind"], registry=registry)
_errors = Counter(
    "gatekeeper_web_errors", "Own errors, by what was at fault", ["kind"], registry=registry
)
_corrections = Counter(
    "gatekeeper_corrections",
    "What officers or faults had to put right: override, withdrawn, late",
    ["kind"],
    registry=registry,
)
read_seconds = Histogram(
    "gatekeeper_http_read_seconds",
    "Reads over HTTP: body received to answer made",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
    registry=registry,
)
feed_lag = Histogram(
    "gatekeeper_feed_lag_seconds",
    "Decision to message on the feed",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0),
    registry=registry,
)
_head = Gauge("gatekeeper_feed_seq", "Last journal entry seen by the feed", registry=registry)
_up = Gauge("gatekeeper_node_up", "1 while the node answers", registry=registry)
_ready = Gauge("gatekeeper_node_ready", "1 while the node is ready", registry=registry)
_journal = Gauge("gatekeeper_journal_ok", "1 while the journal can write", registry=registry)
_unrecorded = Gauge(
    "gatekeeper_unrecorded_denials", "Denials waiting to be recorded", registry=registry
)
_passes = Gauge("gatekeeper_passes", "Passes in force at the node", registry=registry)
_reader_state = Gauge(
    "gatekeeper_reader_state",
    "1 for the state a reader is in",
    ["reader", "state"],
    registry=registry,
)
_reader_numbers = Gauge(
    "gatekeeper_reader_total",
    "Since the node's start: frames, garbage, presentations, reconnects",
    ["reader", "what"],
    registry=registry,
)
_door_state = Gauge(
    "gatekeeper_door_state",
    "1 for the state a door is in",
    ["door", "state"],
    registry=registry,
)
_door_numbers = Gauge(
    "gatekeeper_door_total",
    "Since the node's start: released, opened, forced, held_open, failed",
    ["door", "what"],
    registry=registry,
)


def count_entry(entry: JournalEntry) -> None:
    """Count one entry of the journal (news, not history)."""
    _kinds.labels(entry.kind.value).inc()
    if entry.kind is EntryKind.DECISION and entry.reason is not None:
        _entries.labels(entry.gate or "", entry.reason.value).inc()
    if entry.kind in (EntryKind.OVERRIDE, EntryKind.WITHDRAWN):
        _corrections.labels(entry.kind.value).inc()
    if entry.late:
        _corrections.labels("late").inc()
    _head.set(entry.seq)


def count_error(kind: str) -> None:
    """Count an error of our own: link, store, journal, defect, holder."""
    _errors.labels(kind).inc()


def render(watch: NodeWatch) -> bytes:
    """Everything in the text format of Prometheus."""
    status = watch.status
    _up.set(status is not None)
    _ready.set(bool(status and status.ready))
    _journal.set(bool(status and status.journal_ok))
    _unrecorded.set(status.unrecorded if status else 0)
    _passes.set(status.passes if status else 0)
    for reader in status.readers if status else ():
        for state in ReaderState:
            _reader_state.labels(reader.id, state.value).set(reader.state is state)
        for what in ("frames", "garbage", "presentations", "reconnects"):
            _reader_numbers.labels(reader.id, what).set(getattr(reader, what))
    for door in status.doors if status else ():
        for found in DoorState:
            _door_state.labels(door.id, found.value).set(door.state is found)
        for what in ("released", "opened", "forced", "held_open", "failed"):
            _door_numbers.labels(door.id, what).set(getattr(door, what))
    return generate_latest(registry)
