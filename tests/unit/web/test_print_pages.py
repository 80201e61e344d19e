"""Making in a browser's eyes: the queue, an order, its document, and who may."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from gatekeeper.db.prints import prints_of
from gatekeeper.office.print_spool import SMALL
from gatekeeper.worker.printer import Printer
from tests.unit.office.office_passes import add_badge, add_permit, pass_row


def post(client: Any, url: str = "/passes/print", **form: Any) -> Any:
    """Send a form as a page does."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post(url, data={"csrf_token": token[1], **form})


def prints(house: Any, pass_id: str) -> list[tuple[str, str]]:
    """Layout and reason of each print of a pass, the latest first."""
    with house.database.reading() as session:
        return [(job.layout, job.reason) for job in prints_of(session, pass_id)]


def test_the_queue_shows_what_waits_and_the_order_takes_it_off(house: Any) -> None:
    """Choose, print, take the document: recorded, no-store, and no longer in the queue."""
    client, pass_id = house.client("issuer"), add_badge(house.database, name="มานะ")
    number = pass_row(house.database, pass_id).number

    before = client.get("/passes/print").text
    ordered = post(client, **{"pass": [pass_id], "form": "cards"})
    page = client.get(ordered.location)
    document = client.get(ordered.location + "/document")

    assert number in before
    assert "มานะ" in before
    assert 'data-stage="done"' in page.text
    assert len(PdfReader(io.BytesIO(document.data)).pages) == 2
    assert document.headers["Cache-Control"] == "no-store"
    assert document.headers["Content-Disposition"].startswith("attachment")
    assert number not in client.get("/passes/print").text
    assert number in client.get("/passes/print?again=1").text
    assert prints(house, pass_id) == [("cards", "")]


def test_printing_again_asks_for_a_reason_at_its_field(house: Any) -> None:
    """The page comes back with what was chosen and says what is due."""
    client, pass_id = house.client("issuer"), add_badge(house.database, printed_issue=1)

    refused = post(client, **{"pass": [pass_id], "again": "1"})
    accepted = post(client, **{"pass": [pass_id], "again": "1", "reason": "บัตรชำรุด"})

    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    assert f'value="{pass_id}" checked' in refused.text
    assert accepted.status_code == 302
    assert prints(house, pass_id) == [("sheets", "บัตรชำรุด")]


def test_choosing_nothing_is_said(house: Any) -> None:
    """Also where the queue holds something."""
    add_badge(house.database)

    answer = post(house.client("issuer"))

    assert answer.status_code == 422
    assert 'data-testid="error-summary"' in answer.text


def test_many_are_made_by_the_worker_while_the_page_tells(house: Any) -> None:
    """The order waits, the page asks again by itself, the worker makes it, then it is there."""
    client = house.client("issuer")
    ids = [add_permit(house.database) for _ in range(SMALL + 1)]

    ordered = post(client, all="1", **{"class": "private_vehicle"})
    waiting = client.get(ordered.location)
    recorded_early = prints(house, ids[0])
    made = Printer(house.config, house.database).round()
    done = client.get(ordered.location)
    document = client.get(ordered.location + "/document")

    assert waiting.headers["Refresh"] == "1"
    assert 'data-stage="waiting"' in waiting.text
    assert recorded_early == []
    assert made == 1
    assert 'data-stage="done"' in done.text
    assert "Refresh" not in done.headers
    assert len(PdfReader(io.BytesIO(document.data)).pages) == 2 * -(-len(ids) // 2)
    assert prints(house, ids[-1]) == [("sheets", "")]


def test_an_order_is_for_who_gave_it(house: Any) -> None:
    """Another account that guesses its name gets nothing; an unknown one is not found."""
    pass_id = add_badge(house.database)
    ordered = post(house.client("admin"), **{"pass": [pass_id]})

    assert house.client("issuer").get(ordered.location).status_code == 404
    assert house.client("issuer").get(ordered.location + "/document").status_code == 404
    assert house.client("admin").get("/passes/print/orders/..%2fsecret").status_code == 404


def test_the_printer_s_file_is_a_table_with_photos(house: Any) -> None:
    """Recorded as a print; a name that begins as a formula is text."""
    key = "d" * 32 + ".jpg"
    folder = house.config.data / "photos"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (60, 75)).save(folder / key)
    client = house.client("issuer")
    pass_id = add_badge(house.database, latin="=HYPERLINK(1)", photo=key, issue=2)
    number = f"{pass_row(house.database, pass_id).number}/2"

    ordered = post(client, **{"pass": [pass_id], "form": "file"})
    archive = zipfile.ZipFile(io.BytesIO(client.get(ordered.location + "/document").data))
    table = archive.read("passes.csv").decode("utf-8")

    assert archive.namelist() == [f"photos/{number.replace('/', '_')}.jpg", "passes.csv"]
    assert table.startswith("\ufeffpass_number,")
    assert f"\r\n{number}," in table
    assert ",'=HYPERLINK(1)," in table
    assert prints(house, pass_id) == [("file", "")]


def test_one_pass_shows_both_faces_and_its_prints(house: Any) -> None:
    """Pictures for the screen, the specimen as PDF, and printing from its own page."""
    client, pass_id = house.client("issuer"), add_badge(house.database)

    page = client.get(f"/passes/print/{pass_id}")
    faces = [client.get(f"/passes/print/{pass_id}/{face}.png") for face in ("front", "back")]
    specimen = client.get(f"/passes/print/{pass_id}/preview.pdf")

    assert page.status_code == 200
    assert all(abs(Image.open(io.BytesIO(each.data)).width - 480) <= 2 for each in faces)
    assert faces[0].data != faces[1].data
    assert "SPECIMEN" in PdfReader(io.BytesIO(specimen.data)).pages[0].extract_text()
    assert prints(house, pass_id) == []
    for url in (
        f"/passes/print/{pass_id}/side.png",
        "/passes/print/none",
        "/passes/print/none/front.png",
    ):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("role", ["guard", "protocol", "desk", "auditor"])
def test_only_the_pass_office_makes(house: Any, role: str) -> None:
    """Others neither see nor order, on pages and over HTTP."""
    pass_id = add_badge(house.database)
    client = house.client(role)

    assert client.get("/passes/print").status_code == 403
    assert post(client, **{"pass": [pass_id]}).status_code == 403
    url = f"/api/v1/passes/{pass_id}/badge.pdf"
    assert house.app.test_client().get(url, headers=house.api(role)).status_code == 403
    assert prints(house, pass_id) == []


def test_a_program_looks_without_printing_and_prints_with_a_record(house: Any) -> None:
    """GET is a specimen; POST is the badge, and its second time needs a reason."""
    pass_id = add_badge(house.database)
    url, headers = f"/api/v1/passes/{pass_id}/badge.pdf", house.api("issuer")
    program = house.app.test_client()

    looked = program.get(url, headers=headers)
    recorded = prints(house, pass_id)
    printed = program.post(url, json={"form": "cards"}, headers=headers)
    again = program.post(url, json={}, headers=headers)
    unknown = program.get("/api/v1/passes/nobody/badge.pdf", headers=headers)

    assert looked.content_type == printed.content_type == "application/pdf"
    assert "SPECIMEN" in PdfReader(io.BytesIO(looked.data)).pages[0].extract_text()
    assert recorded == []
    assert "SPECIMEN" not in PdfReader(io.BytesIO(printed.data)).pages[0].extract_text()
    assert (again.status_code, unknown.status_code) == (422, 404)
    assert prints(house, pass_id) == [("cards", "")]
