"""How long personal data is kept, and from when: pure rules, no database.

A record is due when everything that it was kept for is over for as long as its purpose says. Where
no end is known (an event without a date, a pass without one) it is kept, and counted as such: an
administrator must see that it never ends by itself. Purposes and days are settings of the
installation (PDPA, sections 22 to 24 and 37(3)); classes of passes may keep longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Purpose

__all__ = ["DEFAULT_DAYS", "OVER", "Held", "Tie", "Verdict", "judge", "pass_tie"]

DAY_S = 86_400.0

DEFAULT_DAYS: dict[str, int] = {
    Purpose.EVENT: 180,
    Purpose.STAFF: 730,
    Purpose.VISITOR: 90,
    Purpose.PRESS: 365,
    Purpose.VEHICLE: 365,
}
"""Days after the last end, by purpose, where the installation has not said otherwise."""

OVER = frozenset(
    {
        PassState.EXPIRED,
        PassState.REVOKED,
        PassState.LOST,
        PassState.RETURNED,
        PassState.REFUSED,
    }
)
"""States after which a pass keeps nobody's record."""


class Verdict(StrEnum):
    """What becomes of a record tonight."""

    KEEP = "keep"
    """In use, or its time is not over."""
    HOLD = "hold"
    """Watched for, or otherwise needed: kept whatever its time."""
    ENDLESS = "endless"
    """Nothing tells when its time begins."""
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Tie:
    """One thing that a record is kept for. `ended_at` (UTC seconds) None: not over."""

    ended_at: float | None
    days: int
    """Days to keep after it."""
    endless: bool = False
    """Over for all one knows, but since when nobody can say."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record and all that it is kept for."""

    purpose: str
    created_at: float
    ties: Sequence[Tie]
    held: bool = False


def judge(record: Held, days: Mapping[str, int], now: float) -> Verdict:
    """What becomes of `record` at `now` (UTC seconds); `days` by purpose."""
    if record.held:
        return Verdict.HOLD
    if any(tie.ended_at is None and not tie.endless for tie in record.ties):
        return Verdict.KEEP
    if any(tie.endless for tie in record.ties):
        return Verdict.ENDLESS
    ends = [(tie.ended_at or 0.0) + tie.days * DAY_S for tie in record.ties]
    if record.created_at > 0:
        # Whoever was taken up and never got anything is kept for a purpose all the same.
        ends.append(record.created_at + days.get(record.purpose, max(days.values())) * DAY_S)
    if not ends:
        return Verdict.ENDLESS
    return Verdict.DUE if max(ends) <= now else Verdict.KEEP


def pass_tie(
    state: PassState,
    *,
    until: Sequence[float | None],
    changed_at: float,
    event: bool,
    days: int,
    now: float,
) -> Tie:
    """What a pass means for its holder's record.

    `until`: its own end and its event's, None where not said. A pass that was taken back is over
    since then; one whose time has run out, since that; a guest's pass of an event without a date
    is endless.
    """
    known = [at for at in until if at is not None]
    end = min(known) if known else None
    if state in OVER:
        since = max(changed_at, 0.0) or end
        return Tie(since, days, endless=since is None)
    if end is not None and end <= now:
        return Tie(end, days)
    if event and end is None:
        return Tie(None, days, endless=True)
    return Tie(None, days)
