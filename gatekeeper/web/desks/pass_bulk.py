"""Many passes in one act: choose, look at what would change, do it, take it back."""

from __future__ import annotations

import time
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField, TextAreaField

from gatekeeper.db.bulk_acts import bulk_act, latest_bulk_acts
from gatekeeper.db.pass_classes import list_classes
from gatekeeper.db.pass_lists import Choice, organisations
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Employment
from gatekeeper.office import bulk as office
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks import pass_words
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.passes import line_json, passes, zone
from gatekeeper.web.forms import Length, OfficeForm, ThaiDateField, day_end, say
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.texts import language

__all__: list[str] = []

CHOOSABLE = tuple(
    state
    for state in PassState
    if state not in (PassState.REFUSED, PassState.REVOKED, PassState.LOST, PassState.RETURNED)
)


class BulkForm(OfficeForm):
    """Which passes, and what is done with them."""

    act = SelectField(validate_choice=False)
    class_id = SelectField(validate_choice=False)
    organisation = SelectField(validate_choice=False)
    employment = SelectField(validate_choice=False)
    state = SelectField(validate_choice=False)
    valid_until = ThaiDateField()
    reason = TextAreaField(validators=[Length(500)])
    digest = HiddenField()

    def choice(self) -> Choice:
        """The passes that are meant."""
        state, unit = self.state.data or "", self.organisation.data or ""
        return Choice(
            class_id=(self.class_id.data or "")[:32],
            organisation_id=int(unit) if unit.isascii() and unit.isdigit() else None,
            employment=(self.employment.data or "")[:32],
            states=(PassState(state),) if state in list(PassState) else (),
        )

    def wanted(self) -> Act:
        """The act. Raises UserError for none."""
        if self.act.data not in [each.value for each in office.BULK_ACTS]:
            raise UserError("choose what is to be done", "กรุณาเลือกรายการที่จะทำ", field="act")
        return Act(self.act.data)


@passes.get("/passes/bulk")
def bulk() -> str:
    """The form, and the bulk acts of late."""
    return _form_page(BulkForm(request.args))


@passes.post("/passes/bulk")
def bulk_do() -> Response | str | tuple[str, int]:
    """First the preview; with its digest, the act itself."""
    form = BulkForm()
    if not form.validate():
        return _form_page(form), 422
    given: dict[str, Any] = {
        "actor": actor(),
        "now": time.time(),
        "zone": zone(),
        "reason": (form.reason.data or "").strip(),
        "valid_until": day_end(form.valid_until.data),
    }
    try:
        if form.digest.data and "change" not in request.form:
            with acting() as session:
                done = office.do_bulk(
                    session, form.wanted(), form.choice(), digest=form.digest.data, **given
                )
            return redirect(url_for("passes.bulk_one", bulk_id=done.bulk_id))
        if "change" in request.form:
            return _form_page(form)
        with looking() as session:
            seen = office.preview(session, form.wanted(), form.choice(), **given)
    except UserError as error:
        form.blame(error)
        return _form_page(form), 422
    form.digest.data = seen.digest
    return render_template(
        "desks/passes/bulk_preview.html",
        form=form,
        seen=seen,
        lines=[line_json(line) for line in seen.shown],
        refused=[(in_words(error), count) for error, count in seen.refused],
        act_text=pass_words.act_todo(form.wanted()),
        kept=[(field.name, field.raw_data[0]) for field in form if field.raw_data
              and field.name not in ("csrf_token", "digest")],
    )  # fmt: skip


@passes.get("/passes/bulk/<int:bulk_id>")
def bulk_one(bulk_id: int) -> str:
    """What was done, and until when it can be taken back."""
    return _done_page(bulk_id)


@passes.post("/passes/bulk/<int:bulk_id>/undo")
def bulk_undo(bulk_id: int) -> str | tuple[str, int]:
    """Make the passes what they were."""
    try:
        with acting() as session:
            undone = office.undo(session, bulk_id, actor=actor(), now=time.time())
    except UserError as error:
        return _done_page(bulk_id, fault=in_words(error)), 422
    return _done_page(bulk_id, undone=undone)


def _done_page(bulk_id: int, *, undone: office.Undone | None = None, fault: str = "") -> str:
    with looking() as session:
        found = bulk_act(session, bulk_id)
    if found is None:
        refuse("not_found", f"bulk act {bulk_id} does not exist")
    return render_template(
        "desks/passes/bulk_done.html",
        done=found,
        act_text=pass_words.act_done(found.act),
        can_undo=found.can_be_undone(time.time()),
        undone=undone,
        left=[line_json(line) for line in undone.left] if undone else [],
        fault=fault,
    )


def _form_page(form: BulkForm) -> str:
    with looking() as session:
        classes = list_classes(session)
        units = organisations(session)
        acts = latest_bulk_acts(session, 10)
    everything = say("ทั้งหมด", "All")
    form.act.choices = [("", say("เลือกรายการ", "Choose"))] + [
        (act.value, pass_words.act_todo(act)) for act in office.BULK_ACTS
    ]
    form.class_id.choices = [("", everything)] + [(c.id, c.name(language())) for c in classes]
    form.organisation.choices = [("", everything)] + [(str(i), name) for i, name in units]
    form.employment.choices = [("", everything)] + [
        (each.value, pass_words.employment_word(each)) for each in Employment
    ]
    form.state.choices = [("", everything)] + [
        (state.value, pass_words.state_word(state)) for state in CHOOSABLE
    ]
    now = time.time()
    return render_template(
        "desks/passes/bulk.html",
        form=form,
        acts=[(a, pass_words.act_done(a.act), a.can_be_undone(now)) for a in acts],
    )
