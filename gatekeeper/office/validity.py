"""How long a pass of a class is valid: pure arithmetic on days at the site.

Days begin and end at midnight of the site's time zone; what leaves here are UTC seconds, and
an end is the first instant at which the pass is no longer valid. No database, no clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gatekeeper.errors import UserError
from gatekeeper.kinds_office import ValidityRule

__all__ = ["day_of", "end_by_rule", "midnight", "validity"]

FISCAL_YEAR_BEGINS = (10, 1)
"""Month and day; the Thai fiscal year ends on 30 September."""

LONGEST_DAYS = 36_525
"""A hundred years: a longer one is a typing slip, and beyond the calendar for large numbers."""


def day_of(at: float, zone: ZoneInfo) -> date:
    """The day at the site on which `at` (UTC seconds) falls."""
    return datetime.fromtimestamp(at, zone).date()


def midnight(day: date, zone: ZoneInfo) -> float:
    """UTC seconds of the first instant of `day` at the site."""
    return datetime.combine(day, time(), zone).astimezone(UTC).timestamp()


def end_by_rule(rule: ValidityRule, days: int, begin: float, zone: ZoneInfo) -> float | None:
    """The latest end that `rule` allows a pass that begins at `begin`; None: no end.

    `days` counts whole days from the begin's own on (DAYS, AS_REQUESTED).
    """
    first = day_of(begin, zone)
    if rule is ValidityRule.OPEN_END:
        return None
    if rule is ValidityRule.SAME_DAY:
        return midnight(first + timedelta(days=1), zone)
    if rule is ValidityRule.CALENDAR_YEAR:
        return midnight(date(first.year + 1, 1, 1), zone)
    if rule is ValidityRule.FISCAL_YEAR:
        this_year = date(first.year, *FISCAL_YEAR_BEGINS)
        after = this_year if first < this_year else date(first.year + 1, *FISCAL_YEAR_BEGINS)
        return midnight(after, zone)
    return midnight(first + timedelta(days=min(days, LONGEST_DAYS)), zone)


def validity(
    rule: ValidityRule,
    days: int,
    now: float,
    zone: ZoneInfo,
    begin: float | None = None,
    end: float | None = None,
) -> tuple[float, float | None]:
    """`(begin, end)` of a pass; a shorter one than the rule gives may be asked for.

    Raises UserError (field `valid_until`) for an end that is over, before its begin, later
    than the rule allows, or missing where the class goes by the request.
    """
    first = now if begin is None else begin
    latest = end_by_rule(rule, days, first, zone)
    if end is None:
        if rule is ValidityRule.AS_REQUESTED:
            raise UserError(
                "the last day is missing: a pass of this class is valid as its request says",
                "ไม่ได้ระบุวันสิ้นสุด บัตรประเภทนี้ใช้ได้ตามระยะเวลาที่ขอ",
                field="valid_until",
            )
        return first, latest
    if end <= first or end <= now:
        raise UserError(
            "the last day seen is over before the pass would begin; a later one is due",
            "วันสิ้นสุดอยู่ก่อนวันเริ่มใช้หรือผ่านไปแล้ว กรุณาระบุวันหลังจากนี้",
            field="valid_until",
        )
    if latest is not None and end > latest:
        last = day_of(latest - 1, zone)
        raise UserError(
            f"the last day seen is after {last.isoformat()}, the latest that this class allows",
            f"วันสิ้นสุดเกินกว่าที่บัตรประเภทนี้ให้ได้ คือไม่เกินวันที่ "
            f"{last.day:02d}/{last.month:02d}/{last.year + 543}",
            field="valid_until",
        )
    return first, end
