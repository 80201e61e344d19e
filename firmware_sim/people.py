"""The people of a reception, and a plain model of who may pass: the simulator's own truth.

The model is written from the table of reasons alone and shares no line with the product. It
is asked at the instant at which a tag became readable, and remembers who is inside.

It knows no reader and no clock of its own.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["KINDS", "Gate", "Model", "Person", "read_people"]

KINDS = {
    "ok": None,
    "unknown": "unknown_credential",
    "not_invited": "not_invited",
    "other_event": "not_invited",
    "cancelled": "invitation_cancelled",
    "not_yet_valid": "not_yet_valid",
    "expired": "expired",
    "wrong_gate": "wrong_gate",
    "suspended": "suspended",
    "revoked": "revoked",
    "lost": "lost",
    "returned": "returned",
}
"""What a person is, and the reason that an entrance denies them for."""

_PRECEDENCE = (
    "already_in",
    "not_in",
    "not_yet_valid",
    "unknown_credential",
    "not_invited",
    "invitation_cancelled",
    "expired",
    "wrong_gate",
    "suspended",
    "revoked",
    "lost",
    "returned",
)
"""Of several reasons to deny, the later one is told."""

_ALSO_AT_EXITS = ("unknown_credential", "suspended", "revoked", "lost", "returned")
"""Nobody is held back at an exit for the validity of an invitation."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate as the crowd sees it."""

    id: str
    direction: str = "in"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a tag."""

    credential: str
    kind: str = "ok"
    vip: bool = False
    companions: int = 0
    group: str = ""
    """People of the same group come together."""
    gates: tuple[str, ...] = ()
    """Gates that the pass opens; empty: all of the event."""
    valid_from: float | None = None
    """UTC seconds; the scenario's `doors_open` where the file says nothing."""
    valid_until: float | None = None


class Model:
    """Who is inside, and what each presentation must end in."""

    def __init__(self, people: dict[str, Person], doors_open: float | None = None) -> None:
        self.people, self.doors_open = people, doors_open
        self.inside: set[str] = set()
        self.left: set[str] = set()

    def decide(self, gate: Gate, credential: str, now: float) -> str:
        """The right reason for `credential` at `gate` at UTC `now`; somebody admitted is in."""
        reason = self.would(gate, credential, now)
        if reason == "granted_exit":
            self.inside.discard(credential)
            self.left.add(credential)
        elif reason.startswith("granted"):
            self.inside.add(credential)
        return reason

    def would(self, gate: Gate, credential: str, now: float) -> str:
        """What `decide` would say, without anybody moving."""
        denials = self._denials(gate, credential, now)
        if denials:
            return max(denials, key=_PRECEDENCE.index)
        if gate.direction == "out":
            return "granted_exit"
        return "granted_reentry" if credential in self.left else "granted"

    def _denials(self, gate: Gate, credential: str, now: float) -> set[str]:
        person = self.people.get(credential, Person(credential, "unknown"))
        denials = {KINDS[person.kind], *self._denials_by_pass(person, gate, now)} - {None}
        if gate.direction == "out":
            denials &= set(_ALSO_AT_EXITS)
            if credential not in self.inside:
                denials.add("not_in")
        elif credential in self.inside:
            denials.add("already_in")
        return {reason for reason in denials if reason}

    def _denials_by_pass(self, person: Person, gate: Gate, now: float) -> set[str]:
        if person.kind == "unknown":
            return set()
        start = self.doors_open if person.valid_from is None else person.valid_from
        denials = set()
        if start is not None and now < start:
            denials.add("not_yet_valid")
        if person.valid_until is not None and now >= person.valid_until:
            denials.add("expired")
        if person.gates and gate.id not in person.gates:
            denials.add("wrong_gate")
        return denials


def read_people(file: Path) -> dict[str, Person]:
    """People by credential, from a JSON list of objects or a CSV file with a header.

    Raises ValueError, which names the file and the row, for what cannot be understood.
    """
    text = file.read_text(encoding="utf-8-sig")
    rows: list[dict[str, Any]]
    if file.suffix.lower() == ".json":
        rows = json.loads(text)
    else:
        rows = list(csv.DictReader(text.splitlines()))
    people: dict[str, Person] = {}
    for number, row in enumerate(rows, start=1):
        person = _person(row, f"{file}: person {number}")
        if person.credential in people:
            raise ValueError(f"{file}: person {number}: {person.credential} is there twice")
        people[person.credential] = person
    return people


def _person(row: dict[str, Any], where: str) -> Person:
    credential = str(row.get("credential") or "").strip()
    kind = str(row.get("kind") or row.get("expected") or "ok").strip()
    if ":" not in credential:
        raise ValueError(f"{where}: credential {credential!r} seen; scheme:VALUE is due")
    if kind not in KINDS:
        raise ValueError(f"{where}: kind {kind!r} seen; one of {', '.join(KINDS)} is due")
    gates = row.get("gates") or ()
    if isinstance(gates, str):
        gates = gates.replace(";", " ").split()
    return Person(
        credential=credential,
        kind=kind,
        vip=str(row.get("vip") or "").strip().lower() in ("1", "true", "yes", "x"),
        companions=int(row.get("companions") or 0),
        group=str(row.get("group") or ""),
        gates=tuple(gates),
        valid_from=_epoch(row.get("valid_from")),
        valid_until=_epoch(row.get("valid_until")),
    )


def _epoch(value: object) -> float | None:
    return None if value in (None, "") else float(str(value))
