"""Large print orders between the web, which takes them, and the worker, which makes them.

A folder of the data directory, for the service's user only: `BATCH.order` waits, `BATCH.progress`
tells how far it is, `BATCH.pdf` or `BATCH.fault` is the end. Documents hold names and faces: they
are thrown away an hour after they were made. What was printed stands in the database.
"""

from __future__ import annotations

import contextlib
import enum
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gatekeeper.errors import UserError
from gatekeeper.office.placing import place, remove
from gatekeeper.office.printing import PrintOrder

__all__ = ["FOLDER", "KEEP_S", "SMALL", "Spool", "Stage", "Status", "new_batch"]

FOLDER = "print"
"""Below the data directory."""
SMALL = 12
"""Passes that are printed while the caller waits: less than a second."""
KEEP_S = 3600.0

_BATCH = re.compile(r"[0-9a-f]{16}\Z")


class Stage(enum.StrEnum):
    """How far an order is."""

    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    FAILED = "failed"


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How an order stands; `done` of `all` passes are drawn."""

    stage: Stage
    done: int = 0
    all: int = 0
    actor: str = ""
    fault: str = ""
    fault_th: str = ""


def new_batch() -> str:
    """A name for an order that nobody guesses."""
    return secrets.token_hex(8)


class Spool:
    """The folder; any number of processes may look, one worker makes."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def submit(self, order: PrintOrder) -> None:
        """Hand an order to the worker. Raises UserError where the disk refuses."""
        status = Status(stage=Stage.WAITING, all=len(order.pass_ids), actor=order.actor)
        self._tell(order.batch, status)
        place(self._folder, f"{order.batch}.order", msgspec.json.encode(order))

    def waiting(self) -> Iterator[PrintOrder]:
        """Orders that are not made yet, the oldest first."""
        paths = [*self._folder.glob("*.order")] if self._folder.is_dir() else []
        for path in sorted(paths, key=lambda each: (each.stat().st_mtime, each.name)):
            try:
                yield msgspec.json.decode(path.read_bytes(), type=PrintOrder)
            except (msgspec.MsgspecError, OSError):
                path.unlink(missing_ok=True)  # no order of ours; one that was left half is none

    def give_up_interrupted(self) -> None:
        """Orders that a worker had begun when it ended: not tried again, it may end there again."""
        for order in self.waiting():
            status = self.status(order.batch)
            if status is not None and status.stage is Stage.MAKING:
                fault = UserError(
                    "making was interrupted; look what counts as printed, and order again",
                    "การจัดทำถูกขัดจังหวะ โปรดตรวจสอบรายการที่พิมพ์แล้ว และสั่งพิมพ์ใหม่",
                )
                self.fail(order, fault)

    def progress(self, order: PrintOrder, done: int) -> None:
        """`done` of its passes are drawn."""
        self._tell(
            order.batch,
            Status(stage=Stage.MAKING, done=done, all=len(order.pass_ids), actor=order.actor),
        )

    def finish(self, order: PrintOrder, pdf: bytes) -> None:
        """The document is there. Raises UserError where the disk refuses."""
        count = len(order.pass_ids)
        place(self._folder, f"{order.batch}.pdf", pdf)
        self._tell(order.batch, Status(stage=Stage.DONE, done=count, all=count, actor=order.actor))
        remove(self._folder, f"{order.batch}.order")

    def fail(self, order: PrintOrder, error: UserError) -> None:
        """It cannot be made; nothing of it counts as printed."""
        status = Status(
            stage=Stage.FAILED, all=len(order.pass_ids), actor=order.actor,
            fault=str(error), fault_th=error.th,
        )  # fmt: skip
        self._tell(order.batch, status)
        remove(self._folder, f"{order.batch}.order")

    def status(self, batch: str) -> Status | None:
        """How an order stands; None where there is none, or no longer."""
        if not _BATCH.match(batch):
            return None
        try:
            content = (self._folder / f"{batch}.progress").read_bytes()
            return msgspec.json.decode(content, type=Status)
        except (OSError, msgspec.MsgspecError):
            return None

    def document(self, batch: str) -> bytes | None:
        """The document of an order that is done; None where there is none, or no longer."""
        if not _BATCH.match(batch):
            return None
        try:
            return (self._folder / f"{batch}.pdf").read_bytes()
        except OSError:
            return None

    def sweep(self, now: float) -> int:
        """Throw away what is older than an hour and waits for nobody; how many files."""
        gone = 0
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if path.suffix != ".order" and now - path.stat().st_mtime > KEEP_S:
                    path.unlink()
                    gone += 1
        return gone

    def _tell(self, batch: str, status: Status) -> None:
        place(self._folder, f"{batch}.progress", msgspec.json.encode(status))
