"""Public forms: a request step by step, without an account and without script.

What was typed lies sealed in the main database (gatekeeper.office.request_drafts); the browser's
session holds the secret that finds it. Parse, call the office, answer. The list of a team is
gatekeeper.web.desks.apply_team, the state of a request gatekeeper.web.desks.apply_status.
"""

from __future__ import annotations

import time
from typing import Any

from flask import (
    Blueprint,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import UserError
from gatekeeper.office import photos, request_checks, request_drafts
from gatekeeper.office.request_drafts import Draft
from gatekeeper.office.request_intake import FORMS, class_of_form, submit
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.apply_plan import FORM_STEPS, Step, form_name
from gatekeeper.web.desks.apply_steps import answers, is_done, period, take_step, typed, zone
from gatekeeper.web.forms import OfficeForm, say
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["apply", "draft_or_start", "index_of", "keep_draft", "page", "steps_of"]

apply = Blueprint("apply", __name__, url_prefix="/apply")

_TOKENS = "apply"
_RECEIPT = "apply_receipt"


@apply.get("")
def index() -> str:
    """What can be asked for here."""
    with looking() as database:
        classes = {form: class_of_form(database, form) for form in FORMS}
    offered = [(form, form_name(form)) for form, found in classes.items() if found]
    return render_template("desks/apply/index.html", offered=offered)


@apply.route("/<form>", methods=["GET", "POST"])
def start(form: str) -> AnyResponse | str:
    """What is needed, and what becomes of the data; begins a request."""
    steps = steps_of(form)
    with looking() as database:
        found = class_of_form(database, form)
    if found is None:
        refuse("not_found", say("ขณะนี้ไม่เปิดรับคำขอประเภทนี้", "This form is not offered now"))
    consent = OfficeForm()
    if request.method == "POST" and consent.validate():
        if request.form.get("consent") == "yes":
            with acting() as database:
                token = request_drafts.begin(database, services().vault, form, time.time())
            session[_TOKENS] = {**session.get(_TOKENS, {}), form: token}
            return redirect(url_for("apply.step", form=form, step=steps[0].key))
        consent.general.append(
            say("โปรดรับทราบการใช้ข้อมูลส่วนบุคคลก่อน", "Please acknowledge how the data is used first")
        )
    return page("start.html", consent, form_key=form, steps=steps, pass_class=found)


@apply.route("/<form>/<step>", methods=["GET", "POST"])
def step(form: str, step: str) -> AnyResponse | str:
    """One step: asked, judged, kept."""
    steps = steps_of(form)
    at = index_of(steps, step)
    draft = draft_or_start(form)
    if not isinstance(draft, Draft):
        return draft
    asked = steps[at]
    if asked.form is None:
        return redirect(url_for("apply.team", form=form))
    filled = asked.form(data=typed(asked.form, draft.steps.get(step, {})))
    if request.method == "POST":
        good = take_step(filled, asked, draft)
        keep_draft(draft)
        if good:
            return redirect(_next(form, steps, at))
    return page(
        "step.html", filled, form_key=form, step=asked, number=at + 1, total=len(steps),
        received={each["kind"]: each["name"] for each in draft.files},
        photo=draft.value("photo", "key"), back=_back(form, steps, at),
    )  # fmt: skip


@apply.route("/<form>/check", methods=["GET", "POST"])
def check(form: str) -> AnyResponse | str:
    """Everything once more, each with a way back to it; sends the request."""
    steps = steps_of(form)
    draft = draft_or_start(form)
    if not isinstance(draft, Draft):
        return draft
    missing = next((each for each in steps if not is_done(draft, each)), None)
    if missing is not None:
        return redirect(url_for("apply.step", form=form, step=missing.key))
    sending = OfficeForm()
    if request.method == "POST" and sending.validate():
        try:
            return _send(form, draft)
        except UserError as error:
            sending.blame(error)
    return page("check.html", sending, form_key=form, rows=_rows(steps, draft), draft=draft)


@apply.get("/<form>/photo/<key>")
def photo(form: str, key: str) -> AnyResponse:
    """A photo that this browser has just sent; nobody else's."""
    draft = draft_or_start(form)
    if not isinstance(draft, Draft) or key not in draft.photos:
        refuse("not_found")
    return send_from_directory(services().config.data / photos.FOLDER, key)


@apply.get("/done")
def done() -> AnyResponse | str:
    """The reference and the secret, told once."""
    receipt = session.get(_RECEIPT)
    if not receipt:
        return redirect(url_for("apply.index"))
    return render_template("desks/apply/done.html", receipt=receipt)


def page(template: str, form: OfficeForm, **values: Any) -> AnyResponse | str:
    """A page of the form; 422 where something in it was refused."""
    key = values["form_key"]
    text = render_template(f"desks/apply/{template}", form=form, form_name=form_name(key), **values)
    return AnyResponse(text, 422, content_type="text/html") if list(form.faults()) else text


def steps_of(form: str) -> tuple[Step, ...]:
    """The steps of this form; answers 404 where there is none."""
    if form not in FORM_STEPS:
        refuse("not_found")
    return FORM_STEPS[form]


def index_of(steps: tuple[Step, ...], key: str) -> int:
    """Which step it is; answers 404 where there is none."""
    at = next((number for number, each in enumerate(steps) if each.key == key), None)
    if at is None:
        refuse("not_found")
    return at


def draft_or_start(form: str) -> Draft | AnyResponse:
    """What this browser has typed so far, or the way to the beginning."""
    token = session.get(_TOKENS, {}).get(form, "")
    with looking() as database:
        draft = request_drafts.take(database, services().vault, token, form, time.time())
    return draft if draft is not None else redirect(url_for("apply.start", form=form))


def keep_draft(draft: Draft) -> None:
    """Store what was typed by now."""
    token = session.get(_TOKENS, {}).get(draft.form, "")
    with acting() as database:
        request_drafts.keep(database, services().vault, token, draft, time.time())


def _send(form: str, draft: Draft) -> AnyResponse:
    """Take the request up; sent twice, it is taken up once."""
    begin, end = period(draft)
    vault = services().vault
    token = session.get(_TOKENS, {}).get(form, "")
    with acting() as database:
        if not request_drafts.drop(database, token):
            return redirect(url_for("apply.done"))
        whole = request_checks.draft_of(vault, draft, language(), begin, end)
        receipt = submit(database, vault, whole, now=time.time(), zone=zone())
    session[_TOKENS] = {key: each for key, each in session[_TOKENS].items() if key != form}
    session[_RECEIPT] = {
        "reference": receipt.reference,
        "secret": receipt.secret,
        "email": draft.value("contact", "contact_email"),
    }
    return redirect(url_for("apply.done"))


def _next(form: str, steps: tuple[Step, ...], at: int) -> str:
    """The next step; once all were done, back to the check."""
    if at + 1 < len(steps) and request.args.get("back") != "check":
        return url_for("apply.step", form=form, step=steps[at + 1].key)
    return url_for("apply.check", form=form)


def _back(form: str, steps: tuple[Step, ...], at: int) -> str:
    if at == 0:
        return url_for("apply.start", form=form)
    return url_for("apply.step", form=form, step=steps[at - 1].key)


def _rows(steps: tuple[Step, ...], draft: Draft) -> list[dict[str, Any]]:
    """Each step with its questions and answers, as the check shows them."""
    return [{"step": each, "answers": list(answers(each, draft))} for each in steps]
