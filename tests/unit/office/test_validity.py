"""How long passes are valid: days at the site."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UserError
from gatekeeper.kinds_office import ValidityRule
from gatekeeper.office.validity import day_of, end_by_rule, midnight, validity

ZONE = ZoneInfo("Asia/Bangkok")


def at(*parts: int) -> float:
    """UTC seconds of a time at the site."""
    return datetime(*parts, tzinfo=ZONE).astimezone(UTC).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("rule", "days", "begin", "end"),
    [
        (ValidityRule.SAME_DAY, 1, at(2026, 11, 22, 23, 59), at(2026, 11, 23)),
        (ValidityRule.DAYS, 1, at(2026, 11, 22, 9), at(2026, 11, 23)),
        (ValidityRule.DAYS, 30, at(2026, 11, 22, 9), at(2026, 12, 22)),
        (ValidityRule.AS_REQUESTED, 7, at(2026, 11, 22, 9), at(2026, 11, 29)),
        (ValidityRule.FISCAL_YEAR, 0, at(2026, 9, 30, 23), at(2026, 10, 1)),
        (ValidityRule.FISCAL_YEAR, 0, at(2026, 10, 1), at(2027, 10, 1)),
        (ValidityRule.FISCAL_YEAR, 0, at(2027, 1, 1), at(2027, 10, 1)),
        (ValidityRule.CALENDAR_YEAR, 0, at(2026, 12, 31, 12), at(2027, 1, 1)),
        (ValidityRule.OPEN_END, 0, at(2026, 12, 31), None),
    ],
)
def test_ends_fall_on_midnight_at_the_site(
    rule: ValidityRule, days: int, begin: float, end: float | None
) -> None:
    """In Bangkok it is tomorrow while it is still today in UTC."""
    assert end_by_rule(rule, days, begin, ZONE) == end


def test_a_shorter_validity_may_be_asked_for_a_longer_may_not() -> None:
    """Nor one that is over, nor none where the class goes by the request."""
    now, rule = at(2026, 11, 22, 9), ValidityRule.FISCAL_YEAR
    assert validity(rule, 0, now, ZONE, None, at(2027, 1, 1)) == (now, at(2027, 1, 1))
    for end in (at(2027, 10, 2), now, at(2026, 11, 1)):
        with pytest.raises(UserError) as refused:
            validity(rule, 0, now, ZONE, None, end)
        assert refused.value.field == "valid_until"
    with pytest.raises(UserError, match="missing"):
        validity(ValidityRule.AS_REQUESTED, 30, now, ZONE)
    with pytest.raises(UserError, match="2027-09-30") as refused:
        validity(rule, 0, now, ZONE, None, at(2028, 1, 1))
    assert "30/09/2570" in refused.value.th


@given(
    st.sampled_from([rule for rule in ValidityRule if rule is not ValidityRule.OPEN_END]),
    st.integers(1, 4000),
    st.dates(date(2000, 1, 1), date(2200, 1, 1)),
    st.floats(0, 86_399),
)
def test_every_end_is_a_midnight_after_its_begin(
    rule: ValidityRule, days: int, day: date, second: float
) -> None:
    """The first day is never lost, and the last one is whole."""
    begin = midnight(day, ZONE) + second
    end = end_by_rule(rule, days, begin, ZONE)

    assert end is not None
    assert end > begin
    assert end == midnight(day_of(end, ZONE), ZONE)
