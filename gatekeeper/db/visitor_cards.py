"""The numbered cards that are lent to visitors: found by number, tap or printed number; listed.

Queries and statements only; when a card may be lent or retired is gatekeeper.office's affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.credential import canonical, printed_low_bits
from gatekeeper.db.tables import Credential, Visit, VisitorCard
from gatekeeper.errors import CredentialError
from gatekeeper.kinds_office import VisitState

__all__ = [
    "CardInfo",
    "CardState",
    "card_by_number",
    "cards_meant",
    "count_cards",
    "insert_card",
    "known_cards",
    "last_pass",
    "list_cards",
    "set_card",
]


class CardState(StrEnum):
    """How a visitor card stands."""

    FREE = "free"
    LENT = "lent"
    LOST = "lost"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class CardInfo:
    """A visitor card; `visit_id` is the open visit it is lent for."""

    number: str
    credential: str
    state: CardState
    note: str
    visit_id: int | None = None


def last_pass(session: Session, credential: str) -> str | None:
    """The pass that a card's tag is, or was last, bound to; its visit is the card's last."""
    return session.scalar(select(Credential.pass_id).where(Credential.value == credential))


def card_by_number(session: Session, number: str, *, lock: bool = False) -> CardInfo | None:
    """The card of exactly this number; `lock` keeps others from it until the transaction ends."""
    query = select(VisitorCard).where(VisitorCard.number == number)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    lent = select(Visit.id).where(Visit.card_number == number, Visit.state == VisitState.OPEN.value)
    return _card(row, session.scalar(lent))


def cards_meant(session: Session, text: str) -> list[CardInfo]:
    """The cards that `text` may mean: a card's number, what a reader reads, what is printed.

    Leading zeros of a number may be left out (`12` is `012`). Several: nobody can tell which.
    """
    plain = text.strip().upper()
    if not plain or len(plain) > 600:
        return []
    found = card_by_number(session, plain)
    if found is not None:
        return [found]
    wanted = [VisitorCard.credential == value for value in _canonical(text)]
    if plain.isascii() and plain.isdigit() and len(plain) < 8:
        wanted.append(func.ltrim(VisitorCard.number, "0") == (plain.lstrip("0") or "0"))
    if (low := printed_low_bits(text)) is not None:
        value, bits = low
        ending = f"{value:0{bits // 4}X}"
        wanted.append(
            and_(
                VisitorCard.credential.startswith("em4100:"),
                VisitorCard.credential.endswith(ending),
            )
        )
    cards: dict[str, CardInfo] = {}
    for condition in wanted:
        for row in session.scalars(select(VisitorCard).where(condition).limit(3)):
            card = card_by_number(session, row.number)
            if card is not None:
                cards[card.number] = card
    return list(cards.values())


def list_cards(
    session: Session, *, state: str = "", offset: int = 0, limit: int | None = None
) -> list[CardInfo]:
    """Cards in the order of their numbers (2 before 10)."""
    lent = and_(Visit.card_number == VisitorCard.number, Visit.state == VisitState.OPEN.value)
    query = select(VisitorCard, Visit.id).outerjoin(Visit, lent)
    if state:
        query = query.where(VisitorCard.state == state)
    query = query.order_by(func.length(VisitorCard.number), VisitorCard.number)
    if limit is not None:
        query = query.offset(offset).limit(limit)
    return [_card(row, visit_id) for row, visit_id in session.execute(query)]


def count_cards(session: Session) -> dict[CardState, int]:
    """How many cards are in each state; a state without one is 0."""
    query = select(VisitorCard.state, func.count()).group_by(VisitorCard.state)
    found = dict(session.execute(query).all())
    return {state: found.get(state.value, 0) for state in CardState}


def known_cards(
    session: Session, numbers: Iterable[str], credentials: Iterable[str]
) -> list[CardInfo]:
    """Cards that have one of these numbers or credentials already."""
    found: dict[str, CardInfo] = {}
    for column, values in (
        (VisitorCard.number, list(numbers)),
        (VisitorCard.credential, list(credentials)),
    ):
        for start in range(0, len(values), 400):
            query = select(VisitorCard).where(column.in_(values[start : start + 400]))
            found.update((row.number, _card(row, None)) for row in session.scalars(query))
    return list(found.values())


def insert_card(session: Session, number: str, credential: str, note: str = "") -> None:
    """A new card, free."""
    values = {"number": number, "credential": credential, "state": CardState.FREE, "note": note}
    session.execute(insert(VisitorCard), values)


def set_card(
    session: Session,
    number: str,
    state: CardState,
    note: str | None = None,
    *,
    credential: str | None = None,
) -> None:
    """Another state of a card, and another note or credential where one is given."""
    given = {"note": note, "credential": credential}
    values = {name: value for name, value in given.items() if value is not None}
    query = update(VisitorCard).where(VisitorCard.number == number)
    session.execute(query.values(state=state.value, **values))


def _canonical(text: str) -> list[str]:
    try:
        return [canonical(text)]
    except CredentialError:
        return []


def _card(row: VisitorCard, visit_id: int | None) -> CardInfo:
    return CardInfo(row.number, row.credential, CardState(row.state), row.note, visit_id)
