"""The reconciliation: a faithful journal is clean, and every planted error is caught."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.comparison import reconcile
from firmware_sim.reconcile import main
from firmware_sim.tally import Reconciliation, percentiles

Row = dict[str, Any]
EPOCH = 1_795_000_000.0
MS = 1_000_000
A, B, C = "em4100:62E3086CED", "em4100:01000734E0", "epc:3008"


def presentation(
    number: int, credential: str, expected: list[str], at_s: float, **more: Any
) -> Row:
    """A line of the truth: first frame at `at_s`, decided 65 ms later."""
    first = round(at_s * 1e9)
    return {
        "type": "presentation",
        "id": f"p{number}",
        "reader": "r1",
        "credential": credential,
        "expected": expected,
        "race": None,
        "maybe": False,
        "first_ns": first,
        "frames_ns": [first, first + 65 * MS],
        "decided_ns": first + 65 * MS,
        "decided_at": EPOCH + at_s + 0.065,
        "retried": 0,
        **more,
    }


def entry(seq: int, credential: str, reason: str, at_s: float, **more: Any) -> Row:
    """A line of the journal's export: decided at `at_s` and 70 ms."""
    at = datetime.fromtimestamp(EPOCH + at_s + 0.070, UTC)
    return {
        "seq": seq,
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": "decision",
        "gate": "g1",
        "reader": "r1",
        "credential": credential,
        "reason": reason,
        "frames": 2,
        **more,
    }


TRUTH = [
    presentation(1, A, ["granted"], 10.0),
    presentation(2, B, ["revoked"], 11.0),
    presentation(3, A, ["already_in"], 20.0, retried=2),
    presentation(4, C, ["granted"], 30.0),
]
JOURNAL = [
    entry(1, A, "granted", 10.0),
    entry(2, B, "revoked", 11.0),
    entry(3, A, "already_in", 20.0),
    entry(4, C, "granted", 30.0),
]


def faults(result: Reconciliation) -> dict[str, int]:
    """Everything that was counted as wrong."""
    names = ("missed", "wrong_accept", "wrong_refuse", "wrong_reason", "unexpected")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


def changed(number: int, **values: Any) -> list[Row]:
    """The journal with entry `number` changed."""
    return [{**row, **values} if row["seq"] == number else row for row in JOURNAL]


def test_a_faithful_journal_is_clean() -> None:
    """Everybody journaled, nothing wrong, the counts add up."""
    result = reconcile(TRUTH, JOURNAL)
    report = result.report()

    assert result.clean
    assert (report["presentations"], report["journaled"], report["retried"]) == (4, 4, 1)
    assert report["by_reason"] == {"already_in": 1, "granted": 2, "revoked": 1}
    assert report["details"] == []


@pytest.mark.parametrize(
    ("journal", "found"),
    [
        (JOURNAL[:1] + JOURNAL[2:], {"missed": 1}),
        (changed(2, reason="granted"), {"wrong_accept": 1}),
        (changed(4, reason="expired"), {"wrong_refuse": 1}),
        (changed(4, reason="system_fault"), {"wrong_refuse": 1}),
        (changed(2, reason="lost"), {"wrong_reason": 1}),
        (changed(1, reason="granted_reentry"), {"wrong_reason": 1}),
        ([*JOURNAL, entry(5, C, "already_in", 30.5)], {"unexpected": 1}),
        ([*JOURNAL, entry(5, "em4100:000000078F", "unknown_credential", 40.0)], {"unexpected": 1}),
        (changed(4, credential="epc:3009"), {"missed": 1, "unexpected": 1}),
        ([entry(9, C, "granted", 5.0), *JOURNAL], {"unexpected": 1}),
        ([*JOURNAL, {"seq": 5, "kind": "withdrawn", "ref": 4}], {"wrong_refuse": 1}),
        ([], {"missed": 4}),
    ],
)
def test_each_planted_error_is_caught_and_named(journal: list[Row], found: dict[str, int]) -> None:
    """Exactly that error, once, with its case to look at."""
    result = reconcile(TRUTH, journal)

    assert faults(result) == found
    assert {case["what"] for case in result.details} == set(found)


@settings(max_examples=60)
@given(st.data())
def test_any_changed_reason_is_noticed(data: st.DataObject) -> None:
    """Whatever the journal says instead of the truth, something is counted."""
    row = data.draw(st.sampled_from(JOURNAL))
    reasons = ["granted", "granted_exit", "already_in", "revoked", "expired", "system_fault"]
    reason = data.draw(st.sampled_from([name for name in reasons if name != row["reason"]]))

    result = reconcile(TRUTH, changed(row["seq"], reason=reason))

    assert sum(faults(result).values()) == 1


def test_one_fault_is_not_counted_again_in_what_follows() -> None:
    """Who was missed at the entrance is granted when they come again: that is the first fault."""
    journal = [*JOURNAL[1:2], entry(3, A, "granted", 20.0), JOURNAL[3]]

    assert faults(reconcile(TRUTH, journal)) == {"missed": 1}


def test_entries_that_are_no_answer_to_a_simulated_reader_do_not_matter() -> None:
    """Scanners over HTTP, officers' overrides, readers' states."""
    journal = [
        *JOURNAL,
        entry(5, A, "granted", 12.0, reader=None, nonce="n1"),
        entry(6, A, "granted_override", 13.0, kind="override"),
        {"seq": 7, "at": "2026-11-22T00:00:00.000Z", "kind": "reader", "reader": "r1"},
    ]

    assert reconcile(TRUTH, journal).clean


def test_a_doubtful_presentation_may_have_an_entry_or_none() -> None:
    """Neither is a fault, and neither is counted among the sure ones."""
    doubtful = presentation(5, C, ["already_in"], 31.2, maybe=True)
    with_entry = reconcile([*TRUTH, doubtful], [*JOURNAL, entry(5, C, "already_in", 31.2)])
    without = reconcile([*TRUTH, doubtful], JOURNAL)

    assert with_entry.clean
    assert without.clean
    assert (with_entry.maybe_journaled, without.maybe_journaled) == (1, 0)
    assert with_entry.presentations == with_entry.journaled == 4


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        (("granted", "already_in"), {}),
        (("already_in", "granted"), {}),
        (("granted", "granted"), {"wrong_accept": 1}),
        (("already_in", "already_in"), {"wrong_refuse": 1}),
        (("granted", "revoked"), {"wrong_reason": 1}),
    ],
)
def test_of_one_tag_at_two_lanes_exactly_one_is_let_in(
    reasons: tuple[str, str], found: dict[str, int]
) -> None:
    """Whichever of them it is."""
    either = ["granted", "already_in"]
    truth = [
        presentation(1, A, either, 10.0, race="r1"),
        presentation(2, A, either, 10.0, race="r1", reader="r2"),
    ]
    journal = [entry(1, A, reasons[0], 10.0), entry(2, A, reasons[1], 10.0, reader="r2")]

    assert faults(reconcile(truth, journal)) == found


def test_a_struck_uhf_frame_explains_a_denial_of_an_unknown_tag_and_nothing_else() -> None:
    """Eight bits of checksum let one in 256 through; a green is never explained so."""
    struck = {"type": "frame", "reader": "r1", "fate": "destroyed", "ns": round(40.0 * 1e9)}
    phantom = entry(5, "epc:3099", "unknown_credential", 40.0)
    result = reconcile([*TRUTH, struck], [*JOURNAL, phantom])

    assert result.clean
    assert result.phantoms == 1
    green = reconcile([*TRUTH, struck], [*JOURNAL, {**phantom, "reason": "granted"}])
    assert faults(green) == {"unexpected": 1}


def test_what_nobody_could_answer_is_not_missed() -> None:
    """Only inside a span in which the host is known to have been gone."""
    outage = [{"from_ns": round(9.9 * 1e9), "to_ns": round(11.5 * 1e9)}]
    result = reconcile(TRUTH, [entry(3, A, "granted", 20.0), JOURNAL[3]], outages=outage)

    assert result.clean
    assert (result.during_outage, result.journaled) == (2, 2)


def test_times_count_from_the_last_byte_that_the_decision_needed() -> None:
    """The second frame at 125 kHz, the first where the entry says one."""
    durable = [{"seq": 1, "ns": round(10.068 * 1e9)}, {"seq": 4, "ns": round(30.001 * 1e9)}]
    feed = [{"seq": 1, "ns": round(10.085 * 1e9)}, {"seq": 1, "ns": round(99.0 * 1e9)}]
    result = reconcile(TRUTH, changed(4, frames=1), durable=durable, feed=feed)

    assert [round(value, 3) for value in result.durable_ms] == [3.0, 1.0]
    assert [round(value, 3) for value in result.feed_ms] == [20.0]


def test_a_step_of_the_wall_clock_does_not_matter() -> None:
    """Each presentation carries both clocks of its own instant."""
    truth = [
        {**row, "decided_at": row["decided_at"] + 3600} if row["credential"] == C else row
        for row in TRUTH
    ]

    assert reconcile(truth, [*JOURNAL[:3], entry(4, C, "granted", 3630.0)]).clean


def test_percentiles_by_nearest_rank() -> None:
    """Of a hundred values the 51st, the hundredth and the largest."""
    assert percentiles([float(value) for value in range(100)]) == {
        "p50": 50.0,
        "p99": 99.0,
        "max": 99.0,
    }
    assert percentiles([]) is None


def test_a_late_entry_counts_as_journaled_but_not_in_the_times() -> None:
    """The denial was given at its time and recorded when the disk was well again."""
    truth = [presentation(1, A, [], 10.0)]
    late = entry(1, A, "system_fault", 10.0, late=True)
    result = reconcile(truth, [late], durable=[{"seq": 1, "ns": round(60 * 1e9)}])

    assert result.clean
    assert (result.journaled, result.durable_ms) == (1, [])


def write(file: Path, rows: list[Row], end: str = "\n") -> Path:
    """Rows as lines of JSON."""
    file.write_text("\n".join(json.dumps(row) for row in rows) + end, encoding="utf-8")
    return file


def test_the_command_prints_json_and_tells_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 for a clean run, 1 for a fault."""
    files = ["--truth", str(write(tmp_path / "t", TRUTH)), "--json", "--journal"]

    assert main([*files, str(write(tmp_path / "j", JOURNAL))]) == 0
    assert json.loads(capsys.readouterr().out)["missed"] == 0
    assert main([*files, str(write(tmp_path / "k", JOURNAL[1:], end=""))]) == 1
    assert json.loads(capsys.readouterr().out)["missed"] == 1


@pytest.mark.parametrize("spoil", [lambda file: file.unlink(), lambda file: file.write_text("{\n")])
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object]
) -> None:
    """No traceback, exit 1."""
    journal = write(tmp_path / "j", JOURNAL)
    spoil(journal)

    assert main(["--truth", str(write(tmp_path / "t", TRUTH)), "--journal", str(journal)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_half_a_last_line_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The simulator may have been killed while it wrote."""
    truth = write(tmp_path / "t", TRUTH)
    truth.write_text(truth.read_text() + '{"type":"presen', encoding="utf-8")

    assert main(["--truth", str(truth), "--journal", str(write(tmp_path / "j", JOURNAL))]) == 0
    assert "presentations" in capsys.readouterr().out
