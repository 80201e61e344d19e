"""The cards that are lent: taken in by tap after tap, listed, retired, given another tag."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import visitor_cards as stored
from gatekeeper.errors import UserError
from gatekeeper.office import visitor_cards as office
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.forms import CardForm
from gatekeeper.web.forms import say
from gatekeeper.web.problems import in_words

__all__: list[str] = []


@visitors.route("/desk/visitors/cards", methods=["GET", "POST"])
def cards() -> AnyResponse | str:
    """Every card and how it stands; a form that takes one after another."""
    form = CardForm(formdata=request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            with acting() as session:
                added = office.add_card(
                    session, form.number.data or "", form.credential.data or "", actor=actor()
                )
            flash(say(f"เพิ่มบัตร {added.number} แล้ว", f"Card {added.number} was added"))
            return redirect(url_for("visitors.cards"))
        except UserError as error:
            form.blame(error)
    with looking() as session:
        listed = stored.list_cards(session)
        counts = stored.count_cards(session)
    if request.method == "GET":
        form.number.data = office.next_number(card.number for card in listed)
    return render_template("desks/visitors/cards.html", form=form, cards=listed, counts=counts)


@visitors.post("/desk/visitors/cards/<number>/retire")
def retire_card(number: str) -> AnyResponse:
    """Out of use for good."""
    try:
        with acting() as session:
            office.retire(session, number, actor=actor())
        flash(say(f"เลิกใช้บัตร {number} แล้ว", f"Card {number} is out of use"))
    except UserError as error:
        flash(in_words(error), "fault")
    return redirect(url_for("visitors.cards"))


@visitors.post("/desk/visitors/cards/<number>/replace")
def replace_card(number: str) -> AnyResponse:
    """Another tag under the number of a lost or retired card."""
    try:
        with acting() as session:
            credential = request.form.get("credential", "")
            office.replace_tag(session, number, credential, actor=actor())
        flash(say(f"บัตร {number} ใช้แท็กใหม่แล้ว", f"Card {number} has a new tag"))
    except UserError as error:
        flash(in_words(error), "fault")
    return redirect(url_for("visitors.cards"))
