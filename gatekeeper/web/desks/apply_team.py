"""The list of a team in the broadcast form: a workbook sent in, or people typed one by one."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import UserError
from gatekeeper.office import request_checks, team_list
from gatekeeper.office.photos import FOLDER, store_photo
from gatekeeper.office.request_drafts import Draft
from gatekeeper.office.request_intake import MAX_MEMBERS, MemberDraft, check_member
from gatekeeper.web.desks.apply import apply, draft_or_start, index_of, keep_draft, page, steps_of
from gatekeeper.web.desks.apply_forms import MemberForm, MemberPhotoForm, TeamFileForm
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services

__all__ = ["team"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@apply.get("/team-list.xlsx")
def team_template() -> Response:
    """The workbook to fill in."""
    name = {"Content-Disposition": 'attachment; filename="team-list.xlsx"'}
    return Response(team_list.template(), content_type=_XLSX, headers=name)


@apply.route("/<form>/team", methods=["GET", "POST"])
def team(form: str) -> AnyResponse | str:
    """Who is in the team so far; takes a list in its place, or goes on."""
    draft = _draft(form)
    if not isinstance(draft, Draft):
        return draft
    filled = TeamFileForm()
    faults: list[team_list.RowFault] = []
    if request.method == "POST" and filled.validate():
        try:
            sent = request.files.get("list")
            if sent is not None and sent.filename:
                faults = _take_list(draft, sent.read())
            else:
                request_checks.check_team(draft)
                return redirect(_after(form))
        except UserError as error:
            filled.blame(error)
    text = page("team.html", filled, form_key=form, draft=draft, faults=faults)
    if faults and isinstance(text, str):
        return AnyResponse(text, 422, content_type="text/html")
    return text


@apply.route("/<form>/team/new", methods=["GET", "POST"])
def team_member(form: str) -> AnyResponse | str:
    """One more, typed."""
    draft = _draft(form)
    if not isinstance(draft, Draft):
        return draft
    filled = MemberForm()
    if filled.validate_on_submit():
        member = MemberDraft(**filled.texts())
        try:
            check_member(services().vault, member)
            if len(draft.members) >= MAX_MEMBERS:
                raise UserError(
                    f"the list is full: {MAX_MEMBERS} people", f"รายชื่อครบ {MAX_MEMBERS} คนแล้ว"
                )
            draft.members.append(asdict(member))
            keep_draft(draft)
            return redirect(url_for("apply.team", form=form))
        except UserError as error:
            filled.blame(error)
    return page("member.html", filled, form_key=form)


@apply.post("/<form>/team/<int:number>/remove")
def team_remove(form: str, number: int) -> AnyResponse:
    """Take somebody out of the list."""
    draft = _draft(form)
    if isinstance(draft, Draft):
        _member(draft, number)
        del draft.members[number - 1]
        keep_draft(draft)
        return redirect(url_for("apply.team", form=form))
    return draft


@apply.route("/<form>/team/<int:number>/photo", methods=["GET", "POST"])
def team_photo(form: str, number: int) -> AnyResponse | str:
    """A photo of one of the team."""
    draft = _draft(form)
    if not isinstance(draft, Draft):
        return draft
    member = _member(draft, number)
    filled = MemberPhotoForm()
    if request.method == "POST" and filled.validate():
        sent = request.files.get("photo")
        try:
            data = sent.read() if sent is not None and sent.filename else b""
            member["photo"] = store_photo(services().config.data / FOLDER, data)
            draft.photos.append(member["photo"])
            keep_draft(draft)
            return redirect(url_for("apply.team", form=form))
        except UserError as error:
            filled.blame(error)
    return page("member_photo.html", filled, form_key=form, member=member, number=number)


def _take_list(draft: Draft, data: bytes) -> list[team_list.RowFault]:
    """Put the people of a list in the place of the draft's; what is wrong in it otherwise."""
    found = team_list.read_team(data, services().vault)
    if not found.faults:
        draft.members = [asdict(member) for member in found.members]
        keep_draft(draft)
    return found.faults


def _draft(form: str) -> Draft | AnyResponse:
    """The draft of a form that has a team; answers 404 for one that has none."""
    if not any(each.form is None for each in steps_of(form)):
        refuse("not_found")
    return draft_or_start(form)


def _member(draft: Draft, number: int) -> dict[str, str]:
    if not 1 <= number <= len(draft.members):
        refuse("not_found")
    return draft.members[number - 1]


def _after(form: str) -> str:
    if request.args.get("back") == "check":
        return url_for("apply.check", form=form)
    steps = steps_of(form)
    at = index_of(steps, "team")
    return url_for("apply.step", form=form, step=steps[at + 1].key)
