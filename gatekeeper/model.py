"""The values that travel through the house, and nothing that acts on them.

`msgspec.Struct`s rather than dataclasses: a value is a journal entry, a message and a line of JSON
alike, and is built six times faster. No I/O, no database, no reader, no web page here. `*_at` are
UTC seconds since the epoch as float, `*_ns` the monotonic clock of this machine in nanoseconds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.kinds import (
    Direction,
    DoorEvent,
    DoorState,
    EntryKind,
    GateState,
    HolderKind,
    InvitationState,
    PassKind,
    PassState,
    ReaderState,
)
from gatekeeper.reasons import Reason, ReasonClass, Verdict

__all__ = [
    "CardRead",
    "Decision",
    "Direction",
    "DoorEvent",
    "DoorState",
    "DoorStatus",
    "EntryKind",
    "GateRules",
    "GateState",
    "Holder",
    "HolderKind",
    "InvitationState",
    "JournalEntry",
    "NodeStatus",
    "Pass",
    "PassKind",
    "PassState",
    "Presentation",
    "ReaderState",
    "ReaderStatus",
    "Reason",
    "ReasonClass",
    "Verdict",
]


class Holder(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom a pass belongs to, as a screen shows it. Personal data: never logged."""

    name: str
    """Full display name with its title, e.g. `นายกิตติ ใจดี` or `H.E. Mr. José Núñez`."""
    kind: HolderKind = HolderKind.PERSON
    name_latin: str = ""
    position: str = ""
    organisation: str = ""
    group: str = ""
    table: str = ""
    seat: str = ""
    vip: bool = False
    greeter: str = ""
    """Who greets a VIP, or what to do on arrival."""
    note: str = ""
    photo: str = ""
    """Key of a stored photo, or empty: then a screen shows initials."""
    representative: str = ""
    """Name of who comes in the guest's place, if the invitation was passed on."""
    number: str = ""
    """What is printed on the pass, its issue with it: `PR-000123/2`."""
    class_th: str = ""
    class_en: str = ""
    plate: str = ""
    province: str = ""
    make: str = ""
    colour: str = ""
    responsible: str = ""
    """Who answers for a vehicle."""
    host: str = ""
    """Whom a visitor came to see, the unit with them."""
    place: str = ""
    """Where a visitor goes."""


class Pass(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the node knows of one pass: all that the decision needs, and the holder packed.

    The holder stays packed because a million of them unpacked would not fit a small
    machine, and a decision never looks at it.
    """

    id: str
    """Stable identity of the pass; presence and entries used are counted by it."""
    credential: str
    """Canonical text, `scheme:VALUE`."""
    kind: PassKind = PassKind.EVENT
    state: PassState = PassState.ACTIVE
    event: str | None = None
    """Slug of the event an event pass is for."""
    invitation: InvitationState = InvitationState.INVITED
    valid_from: float | None = None
    valid_until: float | None = None
    """First instant at which the pass is no longer valid."""
    gates: tuple[str, ...] | None = None
    """Gates it opens; None: every gate of its event (event pass) or of the site."""
    companions: int = 0
    """How many people the holder may bring along."""
    holder: bytes = b""
    """A `Holder` as msgpack; `unpack_holder` opens it."""
    watched: bool = False
    """Holder or credential is on the watchlist: stopped, and the shift leader is called."""


class GateRules(msgspec.Struct, frozen=True):
    """What a gate is, as its decision sees it."""

    id: str
    direction: Direction = Direction.IN
    event: str | None = None
    """Slug of the event whose guests it admits; None: a gate of the site's daily life."""
    state: GateState = GateState.OPEN
    area: str = "site"
    """Presence is counted by area: entry and exit gates of one area share it."""


class CardRead(msgspec.Struct, frozen=True, gc=False):
    """One good frame of a reader that carried a credential."""

    reader: str
    credential: str
    antenna: int | None = None
    rssi_dbm: float | None = None
    seen_ns: int = 0
    """Monotonic time at which the last byte of the frame was taken from the port."""
    seen_at: float = 0.0


class Presentation(msgspec.Struct, frozen=True, gc=False):
    """One tag shown once, made of one or many reads: what a gate decides on."""

    gate: str
    reader: str
    credential: str
    antenna: int | None = None
    rssi_dbm: float | None = None
    frames: int = 1
    """Good frames seen until the decision."""
    first_seen_ns: int = 0
    seen_ns: int = 0
    """Monotonic time of the last byte of the frame that made it decidable."""
    seen_at: float = 0.0
    nonce: str | None = None
    """Given by a caller over HTTP so that a repeat is counted once."""
    actor: str | None = None
    """User or device token name, when not a reader of this node."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The verdict of the policy on one presentation, before it is recorded."""

    reason: Reason
    pass_id: str | None = None
    rule: str = ""
    """Which rule decided, for `gatekeeper explain`."""
    first_seen_at: float | None = None
    """When the holder was first let in, given with already_in."""
    companions: int = 0


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of the append-only record. Holds no name: only identities of pass and credential.

    `seq` is 0 until the journal has given it its number. Field order is part of the hash
    chain's input; new fields go to the end.
    """

    seq: int = 0
    at: float = 0.0
    """UTC of the decision or act."""
    kind: EntryKind = EntryKind.DECISION
    gate: str | None = None
    reader: str | None = None
    credential: str | None = None
    pass_id: str | None = None
    event: str | None = None
    reason: Reason | None = None
    direction: Direction | None = None
    area: str | None = None
    antenna: int | None = None
    rssi_dbm: float | None = None
    frames: int | None = None
    companions: int | None = None
    first_seen_at: float | None = None
    seen_at: float | None = None
    """UTC of the tap, where it differs from `at` (late or foreign reads)."""
    nonce: str | None = None
    actor: str | None = None
    ref: int | None = None
    """The `seq` of the entry this one speaks of."""
    state: str | None = None
    note: str | None = None
    late: bool = False
    """Recorded after a fault was over; the verdict was given (denied) at `at`."""
    run: str | None = None
    """Identity of the node's run, so that seq numbers of two runs are never confused."""
    door: str | None = None
    """The door that an entry of kind `door` speaks of."""
    subject: str | None = None
    """Identity of what an act (kind `act`) was done to: `user:somchai`; never a name."""
    digest: str | None = None
    """SHA-256 of the audit row that an act proves; see gatekeeper.db.audit_digest."""


class ReaderStatus(msgspec.Struct, frozen=True):
    """Health of one reader, as screens and /metrics show it."""

    id: str
    driver: str
    state: ReaderState
    gates: tuple[str, ...]
    since_at: float
    detail: str = ""
    """Why it is suspect or down, in plain English with the numbers."""
    frames: int = 0
    garbage: int = 0
    presentations: int = 0
    reconnects: int = 0


class DoorStatus(msgspec.Struct, frozen=True):
    """Health of one door, as screens and /metrics show it."""

    id: str
    gate: str
    state: DoorState
    since_at: float
    detail: str = ""
    """Why it is not well, in plain English with the numbers."""
    contact: str = ""
    """`open` or `closed`; empty where there is no contact, or it is not known."""
    released: int = 0
    opened: int = 0
    forced: int = 0
    held_open: int = 0
    failed: int = 0


class NodeStatus(msgspec.Struct, frozen=True):
    """What the node says of itself when asked."""

    ready: bool
    journal_ok: bool
    head: int
    """Highest durable sequence number."""
    change_seq: int
    """Last change of the main database that is in force here."""
    passes: int
    readers: tuple[ReaderStatus, ...]
    gates: tuple[GateRules, ...]
    unrecorded: int = 0
    """Denials given while the journal could not write, waiting to be recorded."""
    problem: str = ""
    run: str = ""
    started_at: float = 0.0
    database_ok: bool = True
    """Whether the main database could be reached at the last try (the node decides anyway)."""
    doors: tuple[DoorStatus, ...] = ()


def pack_holder(holder: Holder) -> bytes:
    """`holder` as the bytes that a `Pass` carries."""
    return _encoder.encode(holder)


def unpack_holder(data: bytes) -> Holder | None:
    """The holder packed in a `Pass`, or None where it carries none."""
    return _holder_decoder.decode(data) if data else None


def to_builtins(value: msgspec.Struct) -> dict[str, Any]:
    """`value` as a dict of JSON types."""
    return msgspec.to_builtins(value)  # type: ignore[no-any-return]


_encoder = msgspec.msgpack.Encoder()
_holder_decoder = msgspec.msgpack.Decoder(Holder)
