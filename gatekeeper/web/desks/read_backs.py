"""Tags read back from a card printer's table: what would be bound first, then the binding."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gatekeeper.errors import ImportFault, LinkError, UserError
from gatekeeper.office.read_back import ReadBack, read_back
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.prints import prints
from gatekeeper.web.problems import in_words
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["UPLOAD_BYTES", "prints"]

UPLOAD_BYTES = 2_000_000
"""A table of 5,000 passes has a tenth of it."""


@prints.get("/read-back")
def read_back_form() -> str:
    """Choose the table."""
    return render_template("desks/prints/read_back.html", report=None, fault="")


@prints.post("/read-back")
def read_back_do() -> Response | tuple[str, int]:
    """Say what the table would do (`do=check`), or bind all of it (`do=bind`)."""
    dry_run = request.form.get("do") != "bind"
    sent = request.files.get("table")
    report, fault = None, ""
    try:
        if sent is None or not sent.filename:
            raise UserError("choose the printer's table", "กรุณาเลือกไฟล์ตารางจากเครื่องพิมพ์บัตร")
        report = _read(sent.read(UPLOAD_BYTES + 1), dry_run=dry_run)
    except ImportFault as error:
        fault = error.th if language() == "th" else str(error)
    except UserError as error:
        fault = in_words(error)
    if report is not None and not report.faults and not dry_run:
        flash(gettext("%(count)s tags bound", count=report.bound))
        return redirect(url_for("prints.queue"))
    page = render_template("desks/prints/read_back.html", report=report, fault=fault)
    return page, 422 if fault or (report is not None and report.faults) else 200


def _read(content: bytes, *, dry_run: bool) -> ReadBack:
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        report = read_back(
            services().store.database, path, actor=actor(), now=time.time(), dry_run=dry_run
        )
    if report.bound and not dry_run:
        with contextlib.suppress(LinkError):
            # Only a hint: the node polls.
            services().link.changed()
    return report
