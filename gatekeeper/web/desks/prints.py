"""Making: the queue of badges and permits to be printed, orders and their documents.

Few are made while the caller waits, many by the worker; both end on the page of the order, from
which the document is taken for an hour. Reading back tags is gatekeeper.web.desks.read_backs,
on the same blueprint.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gatekeeper.db.audit import ORIGIN
from gatekeeper.db.pass_lists import holder_of_pass
from gatekeeper.db.prints import (
    Choice,
    PrintFacts,
    print_facts,
    prints_of,
    to_print,
    waiting_by_class,
)
from gatekeeper.errors import UserError
from gatekeeper.office.badge_values import Form, Layout, SiteTexts
from gatekeeper.office.badges import Photos
from gatekeeper.office.pdf_picture import picture
from gatekeeper.office.photos import FOLDER as PHOTOS
from gatekeeper.office.print_site import photos_in, preview, site_texts
from gatekeeper.office.print_spool import SMALL, Spool, Stage, Status, new_batch
from gatekeeper.office.printing import MOST, PRINTABLE, QUEUE, PrintOrder, check, make
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.permissions import Role
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["FACES", "FACE_PX", "prints", "site_and_photos"]

prints = Blueprint("prints", __name__, url_prefix="/passes/print")

PAGE = 50
FACE_PX = 480
FACES = {"front": 0, "back": 1}
"""Of a badge or permit, to its page of the document."""
_REASON_MOST = 500


def site_and_photos() -> tuple[SiteTexts, Photos]:
    """What this installation puts on badges, and its photos. Raises UserError for a bad crest."""
    config = services().config
    site = config.site
    texts = site_texts(config.data, site.name_th, site.name_en, site.timezone, config.print)
    return texts, photos_in(config.data / PHOTOS)


@prints.get("")
def queue() -> str:
    """What waits to be printed; with `again` what was printed and may be printed again."""
    return _queue_page()


@prints.post("")
def order() -> Response | tuple[str, int]:
    """Print what was chosen, or hand it to the card printer's program."""
    ids = tuple(dict.fromkeys(each[:16] for each in request.form.getlist("pass")))
    everything = "all" in request.form
    try:
        if everything:
            ids = _all_of_class(request.form.get("class", ""))
        asked = PrintOrder(
            batch=new_batch(),
            pass_ids=ids,
            form=_form(request.form.get("form", "")),
            lying=request.form.get("lying") == "1",
            reason=request.form.get("reason", "")[:_REASON_MOST],
            actor=actor(),
            origin=ORIGIN.get(),
            at=time.time(),
        )
        _submit(asked)
    except UserError as error:
        if request.form.get("back") == "one" and len(ids) == 1:
            return _one_page(ids[0], error), 422
        return _queue_page(error), 422
    of_pass = ids[0] if request.form.get("back") == "one" and len(ids) == 1 else None
    return redirect(url_for("prints.ordered", batch=asked.batch, of=of_pass))


@prints.get("/orders/<batch>")
def ordered(batch: str) -> Response:
    """How an order stands; asks again by itself until it is done."""
    status = _mine(batch)
    page = render_template(
        "desks/prints/order.html",
        batch=batch,
        status=status,
        Stage=Stage,
        of_pass=request.args.get("of", "")[:16],
    )
    answer = Response(page, content_type="text/html; charset=utf-8")
    if status.stage in (Stage.WAITING, Stage.MAKING):
        # Also without script: the page comes anew.
        answer.headers["Refresh"] = "1"
    return answer


@prints.get("/orders/<batch>/document")
def document(batch: str) -> Response:
    """The document; no-store, and gone after an hour."""
    _mine(batch)
    content = Spool(services().config.data).document(batch)
    if content is None:
        refuse("not_found", "this document was thrown away; print again with a reason")
    return _file(content, f"badges-{batch[:6]}")


@prints.get("/<pass_id>")
def one(pass_id: str) -> str:
    """One pass: how its badge looks, when it was printed, printing it (again)."""
    _note(pass_id)
    return _one_page(pass_id)


@prints.get("/<pass_id>/preview.pdf")
def preview_pdf(pass_id: str) -> Response:
    """Both faces, marked as a specimen; no print."""
    _note(pass_id)
    return _file(_specimen(pass_id), f"specimen-{pass_id[:6]}", inline=True)


@prints.get("/<pass_id>/<face>.png")
def face(pass_id: str, face: str) -> Response:
    """One face as a picture."""
    if face not in FACES:
        refuse("not_found")
    _note(pass_id)
    content = picture(_specimen(pass_id), FACES[face], width=FACE_PX)
    return Response(content, content_type="image/png")


def _note(pass_id: str) -> None:
    with looking() as session:
        person, vehicle = holder_of_pass(session, pass_id[:16])
    note_reading(person, vehicle, through=f"badge of {pass_id[:16]}")


def _specimen(pass_id: str) -> bytes:
    site, photos = site_and_photos()
    lying = request.args.get("lying") == "1"
    with looking() as session:
        if not print_facts(session, [pass_id[:16]]):
            refuse("not_found", "this pass does not exist or is a guest's")
        return preview(session, [pass_id[:16]], site, photos, lying=lying, made_at=time.time())


def _submit(asked: PrintOrder) -> None:
    """Make it now where that is quick, else leave it to the worker. Raises UserError."""
    spool = Spool(services().config.data)
    with looking() as session:
        # Said now, not by the worker in a minute.
        check(session, print_facts(session, asked.pass_ids), asked.pass_ids, asked.reason)
    if len(asked.pass_ids) > SMALL:
        spool.submit(asked)
        return
    site, photos = site_and_photos()
    spool.finish(asked, make(services().store.database, asked, site, photos))


def _all_of_class(class_id: str) -> tuple[str, ...]:
    with looking() as session:
        _, found = to_print(session, Choice(QUEUE, class_id[:32]), limit=MOST)
    return tuple(each.pass_id for each in found)


def _mine(batch: str) -> Status:
    """The order, for who gave it and for administrators; 404 for others."""
    status = Spool(services().config.data).status(batch)
    if status is None or (status.actor != actor() and g.caller.role != Role.ADMIN):
        refuse("not_found", "this order does not exist, or its document was thrown away")
    return status


def _file(content: bytes, name: str, *, inline: bool = False) -> Response:
    is_pdf = content.startswith(b"%PDF")
    kind, end = ("application/pdf", "pdf") if is_pdf else ("application/zip", "zip")
    answer = Response(content, content_type=kind)
    how = "inline" if inline else "attachment"
    answer.headers["Content-Disposition"] = f'{how}; filename="{name}.{end}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(text: str) -> Form:
    return Form(text) if text in set(Form) else Form.SHEETS


def _queue_page(error: UserError | None = None) -> str:
    asked: MultiDict[str, str] = request.values
    again = asked.get("again") == "1"
    class_id = asked.get("class", "")[:32]
    states = PRINTABLE if again else QUEUE
    text = asked.get("offset", "0")
    offset = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    choice = Choice(states, class_id, unprinted=not again, printed=again)
    with looking() as session:
        total, found = to_print(session, choice, offset=offset, limit=PAGE)
        classes = waiting_by_class(session, QUEUE)
    return render_template(
        "desks/prints/queue.html",
        lines=[_line(each) for each in found],
        total=total,
        offset=offset,
        limit=PAGE,
        again=again,
        class_id=class_id,
        classes=[
            (each.class_id, each.name_th if language() == "th" else each.name_en, each.count)
            for each in classes
        ],
        forms=list(Form),
        chosen=set(request.form.getlist("pass")),
        form=request.form.get("form", Form.SHEETS.value),
        lying=request.form.get("lying") == "1",
        reason=request.form.get("reason", ""),
        fault=None if error is None else (in_words(error), error.field),
        url=lambda start: url_for(
            "prints.queue", **{"class": class_id, "again": "1" if again else "0", "offset": start}
        ),
    )


def _line(facts: PrintFacts) -> dict[str, Any]:
    return {
        "one": facts,
        "name": f"{facts.plate} {facts.province}".strip() or facts.name or facts.name_latin,
        "detail": facts.position or facts.vehicle,
        "class_name": facts.class_th if language() == "th" else facts.class_en,
        "photo_due": facts.layout == Layout.BADGE and not facts.photo,
        "printed": facts.printed_issue >= facts.issue,
        "last_day": None if facts.valid_until is None else facts.valid_until - 1,
    }


def _one_page(pass_id: str, error: UserError | None = None) -> str:
    with looking() as session:
        found = print_facts(session, [pass_id[:16]])
        if not found:
            refuse("not_found", "this pass does not exist or is a guest's")
        jobs = prints_of(session, found[0].pass_id)
    return render_template(
        "desks/prints/one.html",
        line=_line(found[0]),
        jobs=jobs,
        printable=found[0].state in PRINTABLE,
        forms=list(Form),
        form=request.form.get("form", Form.SHEETS.value),
        reason=request.form.get("reason", ""),
        fault=None if error is None else (in_words(error), error.field),
        lying=request.values.get("lying") == "1",
        bust=int(time.time()),
    )
