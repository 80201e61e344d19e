"""A row of a list of passes: asked for, taken over, bound to its tag, or left as it is.

A pass's state, class, holder and validity change at the desks and never by a list: a row that says
otherwise than the record is a fault. What a list can do with a pass on record is to bind its tag,
where the desk could, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from gatekeeper.db.engine import Session
from gatekeeper.db.holder_lists import PassLine, pass_by_number, passes_of
from gatekeeper.db.pass_classes import ClassInfo, list_classes
from gatekeeper.db.passes import bind_credential, pass_of_card
from gatekeeper.kinds import HolderKind, PassState
from gatekeeper.office import fields
from gatekeeper.office.faults import Problem
from gatekeeper.office.holder_watch import person_subject, vehicle_subject
from gatekeeper.office.import_lists import Outcome
from gatekeeper.office.import_watch import Meetings
from gatekeeper.office.life_cycle import LIVE
from gatekeeper.office.list_cells import STATES, Refused, choice, day
from gatekeeper.office.list_columns import PASSES
from gatekeeper.office.list_people import PeopleIndex, named
from gatekeeper.office.passes import request_pass
from gatekeeper.office.take_over import take_over
from gatekeeper.office.text import folded
from gatekeeper.office.validity import day_of, midnight
from gatekeeper.office.vehicles import find_vehicle_by_plate, vehicle_of
from gatekeeper.office.watchlist import CALL_EN, CALL_TH, Consultation
from gatekeeper.vault import Vault

__all__ = ["PassImport"]

Row = Mapping[str, str]


class PassImport:
    """Lists of passes; `take_over` for those that are in force already elsewhere."""

    vocabulary = PASSES
    due = ("คอลัมน์ประเภทบัตร", "a column for the class (ประเภทบัตร, class)")
    most = 1_000

    def __init__(
        self,
        *,
        vault: Vault,
        actor: str,
        now: float,
        zone: ZoneInfo,
        gates: frozenset[str],
        reason: str = "",
        as_active: bool = False,
    ) -> None:
        """`gates`: those of the settings. `reason`: where the list comes from."""
        self._vault = vault
        self._actor = actor
        self._now = now
        self._zone = zone
        self._gates = gates
        self._reason = reason
        self._as_active = as_active
        self.meetings = Meetings(actor=actor, now=now)
        self._people: PeopleIndex
        self._classes: dict[str, ClassInfo]

    def begin(self, session: Session) -> None:
        """Reads classes, and the names of everybody on record."""
        self._people = PeopleIndex(session, self._vault)
        self._classes = {
            folded(name): found
            for found in list_classes(session)
            for name in (found.id, found.name_th, found.name_en)
        }

    def identity(self, row: Row) -> str:
        """The printed number, else the tag; a holder's second pass of a class is refused anyway."""
        number = row.get("number", "").partition("/")[0]
        return f"number {number}" if number else f"tag {_tag(row)}" if _tag(row) else ""

    def take(self, session: Session, row: Row) -> Outcome:
        """Ask for the pass, or compare it with the one on record and bind its tag."""
        of_class = self._class(row)
        person, vehicle = self._holder(session, row, of_class)
        met = self._meet(session, row, person, vehicle)
        found = self._found(session, row, of_class, person, vehicle)
        if found is None:
            self._new(session, row, of_class, person, vehicle, met)
            return Outcome.IMPORTED
        self._refuse_other(session, row, of_class, person, vehicle, found)
        tag = _tag(row)
        if tag is None or tag == found.credential:
            return Outcome.UNCHANGED
        bind_credential(session, found.id, tag, actor=self._actor, note=self._reason)
        return Outcome.UPDATED

    def _class(self, row: Row) -> ClassInfo:
        found = self._classes.get(folded(row["class"]))
        if found is None:
            raise Refused(
                "class",
                "unknown_class",
                f"ไม่มีประเภทบัตร “{row['class'][:40]}”",
                f"no class of passes is called {row['class'][:40]!r}",
            )
        return found

    def _holder(
        self, session: Session, row: Row, of_class: ClassInfo
    ) -> tuple[int | None, int | None]:
        """The person or the vehicle on record that the row names."""
        if of_class.holder is HolderKind.VEHICLE:
            plate = row.get("plate", "")
            vehicle = find_vehicle_by_plate(session, plate, row.get("province", ""))
            if vehicle is None:
                raise Refused(
                    "plate",
                    "vehicle_unknown",
                    "ไม่พบยานพาหนะนี้ในทะเบียน โปรดนำเข้ารายการยานพาหนะก่อน",
                    "no such vehicle is on record; import the vehicles first",
                )
            known = vehicle_of(session, vehicle)
            return (known.person_id if known else None), vehicle
        person = self._people.who(session, row, named(row))
        if person is None:
            raise Refused(
                "first_name",
                "person_unknown",
                "ไม่พบบุคคลนี้ในทะเบียน โปรดนำเข้ารายชื่อบุคคลก่อน",
                "this person is not on record; import the people first",
            )
        return person, None

    def _found(
        self,
        session: Session,
        row: Row,
        of_class: ClassInfo,
        person: int | None,
        vehicle: int | None,
    ) -> PassLine | None:
        """The pass on record that the row means: by number, by its tag, or the only live one."""
        number = row.get("number", "").partition("/")[0]
        if number:
            found = pass_by_number(session, number)
            if found is None and not self._as_active:
                raise Refused(
                    "number",
                    "number_unknown",
                    f"ไม่มีบัตรเลขที่ “{number[:40]}” บัตรใหม่ให้เว้นว่าง ระบบออกเลขให้",
                    f"no pass has number {number[:40]!r}; leave it empty for a new pass",
                )
            return found
        mine = passes_of(session, of_class.id, person_id=person, vehicle_id=vehicle)
        tag = _tag(row)
        owner = pass_of_card(session, tag) if tag else None
        live = [each for each in mine if each.id == owner or PassState(each.state) in LIVE]
        return next((each for each in live if each.id == owner), live[0] if live else None)

    def _refuse_other(
        self,
        session: Session,
        row: Row,
        of_class: ClassInfo,
        person: int | None,
        vehicle: int | None,
        found: PassLine,
    ) -> None:
        """Raise Refused where the row says otherwise than the record."""
        begin, end = day("valid_from", row.get("valid_from", "")), self._end(row)
        gates = self._gates_of(row)
        same_holder = vehicle is not None or found.person_id == person
        if vehicle is not None:
            known = vehicle_of(session, vehicle)
            same_holder = known is not None and (known.plate, known.province) == (
                found.plate,
                found.province,
            )
        for field, differs in (
            ("class", found.class_id != of_class.id),
            ("first_name" if vehicle is None else "plate", not same_holder),
            (
                "valid_from",
                begin and found.valid_from and day_of(found.valid_from, self._zone) != begin,
            ),
            ("valid_until", end is not None and end != found.valid_until),
            ("gates", gates is not None and tuple(gates) != found.gates),
        ):
            if differs:
                raise Refused(
                    field,
                    "differs_from_record",
                    f"ไม่ตรงกับบัตรเลขที่ {found.number} ในทะเบียน แก้ไขที่งานบัตรเท่านั้น",
                    f"not as pass {found.number} is on record; that is changed at the desk",
                )

    def _new(
        self,
        session: Session,
        row: Row,
        of_class: ClassInfo,
        person: int | None,
        vehicle: int | None,
        met: Consultation,
    ) -> None:
        state = choice("state", row.get("state", ""), STATES)
        due = PassState.ACTIVE if self._as_active else PassState.REQUESTED
        if state not in (None, due):
            raise Refused(
                "state",
                "state_not_taken",
                "บัตรใหม่ต้องผ่านการตรวจสอบและอนุมัติก่อน ให้เว้นสถานะว่าง"
                if due is PassState.REQUESTED
                else "รับเฉพาะบัตรที่ใช้งานอยู่",
                "a new pass is checked and approved first; leave its state empty"
                if due is PassState.REQUESTED
                else "only passes in force are taken over",
            )
        begin = day("valid_from", row.get("valid_from", ""))
        tag, number = _tag(row), row.get("number", "").partition("/")[0]
        times = (midnight(begin, self._zone) if begin else None, self._end(row))
        if not self._as_active:
            if tag:
                raise Refused(
                    "credential",
                    "credential_too_early",
                    "ผูกแท็กได้เมื่อบัตรอนุมัติแล้ว ให้เว้นช่องนี้ว่าง",
                    "a tag is bound once the pass is approved; leave it empty",
                )
            request_pass(
                session, of_class.id,
                person_id=person, vehicle_id=vehicle,
                valid_from=times[0], valid_until=times[1], gates=self._gates_of(row),
                actor=self._actor, now=self._now, zone=self._zone, reason=self._reason,
            )  # fmt: skip
            return
        take_over(
            session, of_class.id, met,
            person_id=person, vehicle_id=vehicle, number=number,
            valid_from=times[0], valid_until=times[1], gates=self._gates_of(row),
            credential=tag, reason=self._reason,
            actor=self._actor, now=self._now, zone=self._zone,
        )  # fmt: skip

    def _meet(
        self, session: Session, row: Row, person: int | None, vehicle: int | None
    ) -> Consultation:
        """What the watchlist says of holder and tag. Raises Refused where it stops them, and,
        where the pass would be in force at once, where it asks."""
        tag = _tag(row) or ""
        met = self.meetings.meet(
            session,
            lambda: (
                person_subject(session, person or 0, tag)
                if vehicle is None
                else vehicle_subject(session, vehicle, tag)
            ),
        )
        if met.stops or (met.questions and self._as_active):
            raise Refused(
                "first_name" if vehicle is None else "plate",
                "watchlisted",
                f"{CALL_TH} บัตรนี้ต้องดำเนินการที่งานบัตร",
                f"{CALL_EN}; this pass is to be asked for at a desk",
            )
        return met

    def _end(self, row: Row) -> float | None:
        """The first instant after the last day; None: as the class says."""
        last = day("valid_until", row.get("valid_until", ""))
        return midnight(last + timedelta(days=1), self._zone) if last else None

    def _gates_of(self, row: Row) -> list[str] | None:
        """Gates by their ids, divided by commas or spaces; None: as the class says."""
        wanted = sorted(set(row.get("gates", "").replace(",", " ").replace(";", " ").split()))
        for gate in wanted:
            if gate not in self._gates:
                raise Refused(
                    "gates",
                    "unknown_gate",
                    f"ไม่มีประตู “{gate[:40]}”",
                    f"no gate is called {gate[:40]!r}",
                )
        return wanted or None


def _tag(row: Row) -> str | None:
    """The tag in its canonical form. Raises Refused."""
    found = fields.tag(row.get("credential", ""))
    if isinstance(found, Problem):
        raise Refused.of("credential", found)
    return found
