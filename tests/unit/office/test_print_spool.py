"""Print orders between two processes: in order, each once, whole or not there, gone in an hour."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gatekeeper.errors import UserError
from gatekeeper.office.badge_values import Form
from gatekeeper.office.print_spool import FOLDER, KEEP_S, Spool, Stage, new_batch
from gatekeeper.office.printing import PrintOrder

NOW = 1_795_000_000.0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """An empty one."""
    return Spool(tmp_path)


def order(*passes: str, **values: object) -> PrintOrder:
    """An order of `maker`."""
    given = {"batch": new_batch(), "form": Form.CARDS, "actor": "maker", "at": NOW, **values}
    return PrintOrder(pass_ids=passes or ("a", "b"), **given)  # type: ignore[arg-type]


def age(tmp_path: Path, by: float) -> None:
    """Every file of the folder is older by so many seconds than NOW."""
    for path in (tmp_path / FOLDER).iterdir():
        os.utime(path, (NOW - by, NOW - by))


def test_an_order_waits_is_made_and_handed_out(spool: Spool) -> None:
    """Each stage is told; what was ordered comes back as it was."""
    wanted = order(lying=True, reason="บัตรชำรุด")
    spool.submit(wanted)
    waiting = spool.status(wanted.batch)
    (found,) = spool.waiting()
    spool.progress(wanted, 1)
    making = spool.status(wanted.batch)
    spool.finish(wanted, b"%PDF-")
    done = spool.status(wanted.batch)

    assert found == wanted
    assert waiting is not None
    assert making is not None
    assert done is not None
    assert [each.stage for each in (waiting, making, done)] == [
        Stage.WAITING,
        Stage.MAKING,
        Stage.DONE,
    ]
    assert (making.done, making.all, done.done, done.actor) == (1, 2, 2, "maker")
    assert spool.document(wanted.batch) == b"%PDF-"
    assert list(spool.waiting()) == []


def test_the_oldest_order_comes_first(spool: Spool, tmp_path: Path) -> None:
    """Whatever their names are."""
    orders = [order(batch=name * 16) for name in "fa0"]
    for at, each in enumerate(orders):
        spool.submit(each)
        path = tmp_path / FOLDER / f"{each.batch}.order"
        os.utime(path, (NOW + at, NOW + at))

    assert [each.batch for each in spool.waiting()] == [each.batch for each in orders]


def test_a_failure_is_told_in_both_languages_and_leaves_no_document(spool: Spool) -> None:
    """And the order is not tried again."""
    wanted = order()
    spool.submit(wanted)
    spool.fail(wanted, UserError("no such pass", "ไม่พบบัตร"))

    found = spool.status(wanted.batch)
    assert found is not None
    assert (found.stage, found.fault, found.fault_th) == (
        Stage.FAILED,
        "no such pass",
        "ไม่พบบัตร",
    )
    assert spool.document(wanted.batch) is None
    assert list(spool.waiting()) == []


def test_what_a_dead_worker_had_begun_is_given_up_and_the_rest_waits(spool: Spool) -> None:
    """An order that brings the worker down would do so for ever."""
    begun, untouched = order(), order()
    for each in (begun, untouched):
        spool.submit(each)
    spool.progress(begun, 1)

    spool.give_up_interrupted()

    found = spool.status(begun.batch)
    assert found is not None
    assert found.stage is Stage.FAILED
    assert "ขัดจังหวะ" in found.fault_th
    assert [each.batch for each in spool.waiting()] == [untouched.batch]


def test_documents_are_gone_after_an_hour_and_waiting_orders_stay(
    spool: Spool, tmp_path: Path
) -> None:
    """They hold names and faces; nobody keeps them by forgetting them."""
    made, waits = order(), order()
    for each in (made, waits):
        spool.submit(each)
    spool.finish(made, b"%PDF-")

    age(tmp_path, KEEP_S - 1)
    assert spool.sweep(NOW) == 0
    age(tmp_path, KEEP_S + 1)
    assert spool.sweep(NOW) == 3  # the document and both notes of progress

    assert spool.document(made.batch) is None
    assert [each.batch for each in spool.waiting()] == [waits.batch]


@pytest.mark.parametrize(
    "batch", ["", "..", "../../secret.key", "a" * 15, "A" * 16, "a" * 16 + "\n"]
)
def test_a_name_that_is_none_of_ours_leads_nowhere(
    spool: Spool, tmp_path: Path, batch: str
) -> None:
    """No path out of the folder."""
    (tmp_path / "secret.key").write_bytes(b"x")

    assert spool.status(batch) is None
    assert spool.document(batch) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"batch": 5}', b"\x00\xff"])
def test_a_damaged_order_is_thrown_away_and_holds_up_none(
    spool: Spool, tmp_path: Path, content: bytes
) -> None:
    """The next one is made."""
    good = order()
    spool.submit(good)
    (tmp_path / FOLDER / f"{'0' * 16}.order").write_bytes(content)
    (tmp_path / FOLDER / f"{'0' * 16}.progress").write_bytes(content)

    assert [each.batch for each in spool.waiting()] == [good.batch]
    assert spool.status("0" * 16) is None
    assert not (tmp_path / FOLDER / f"{'0' * 16}.order").exists()


def test_the_folder_is_for_the_services_user_alone(spool: Spool, tmp_path: Path) -> None:
    """Folder and files."""
    wanted = order()
    spool.submit(wanted)
    spool.finish(wanted, b"%PDF-")

    modes = {
        stat.S_IMODE(path.stat().st_mode) & 0o077
        for path in [tmp_path / FOLDER, *(tmp_path / FOLDER).iterdir()]
    }
    assert modes == {0}


def test_an_empty_spool_has_nothing(spool: Spool) -> None:
    """Before the first order there is no folder."""
    assert list(spool.waiting()) == []
    assert spool.sweep(NOW) == 0
    spool.give_up_interrupted()
