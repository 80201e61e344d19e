"""Public forms and the officers' queue over HTTP: what is kept, what is refused, who may."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from PIL import Image

from gatekeeper.db import requests as rows
from gatekeeper.db.request_drafts import count_drafts
from gatekeeper.db.tables import ApplicationDraft
from gatekeeper.worker.drafts import drop_stale

PRESS: tuple[tuple[str, dict[str, str]], ...] = (
    ("medium", {"organisation": "หนังสือพิมพ์ทดลอง", "outlet": "newspaper"}),
    ("person", {"title": "นาย", "first_name": "ทดลอง", "last_name": "ข่าวดี", "position": "ช่างภาพ"}),
    ("document", {"document_kind": "passport", "document_number": "AA1234567"}),
    ("photo", {}),
    ("period", {"purpose": "ทำข่าว", "valid_from": "1/1/2600", "valid_until": "31/1/2600"}),
    (
        "contact",
        {"contact_name": "สมศรี", "contact_email": "a@example.com", "contact_phone": "021234567"},
    ),
    ("files", {}),
)  # fmt: skip


def picture() -> bytes:
    """A plain portrait."""
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "grey").save(out, "JPEG")
    return out.getvalue()


class Applicant:
    """Somebody with a browser, outside; each from an address of its own."""

    count = 0

    def __init__(self, house: Any) -> None:
        Applicant.count += 1
        self.house = house
        self.client: FlaskClient = house.client()
        self.address = f"10.7.{Applicant.count // 250}.{Applicant.count % 250 + 1}"

    def get(self, url: str) -> Any:
        """A page."""
        return self.client.get(url, environ_base={"REMOTE_ADDR": self.address})

    def post(
        self, url: str, body: Mapping[str, str], files: Mapping[str, bytes] | None = None
    ) -> Any:
        """A form sent as a browser does."""
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/apply").text)
        assert token is not None
        data: dict[str, Any] = {**body, "csrf_token": token[1]}
        for name, content in (files or {}).items():
            data[name] = (io.BytesIO(content), f"{name}.jpg")
        return self.client.post(
            url, data=data, content_type="multipart/form-data",
            environ_base={"REMOTE_ADDR": self.address},
        )  # fmt: skip

    def begin(self, form: str = "press") -> None:
        """Past the notice."""
        assert self.post(f"/apply/{form}", {"consent": "yes"}).status_code == 302

    def fill(self, **changed: str) -> None:
        """The whole press form, up to the check; a document of its own."""
        self.begin()
        changed.setdefault("document_number", f"AA{secrets.randbelow(10**7):07}")
        for step, texts in PRESS:
            files = {"photo": ("photo",), "files": ("letter", "identity")}.get(step, ())
            body = {**texts, **{key: text for key, text in changed.items() if key in texts}}
            answer = self.post(f"/apply/press/{step}", body, {name: picture() for name in files})
            assert answer.status_code == 302, (step, answer.text)

    def send(self, **changed: str) -> tuple[str, str]:
        """A request sent; its reference and secret."""
        changed.setdefault("contact_email", f"{secrets.token_hex(4)}@example.com")
        self.fill(**changed)
        assert self.post("/apply/press/check", {}).headers["Location"] == "/apply/done"
        page = self.get("/apply/done").text
        found = re.findall(r'data-testid="(?:reference|secret)">([^<]+)', page)
        return found[0], found[1]


@pytest.fixture
def applicant(house: Any) -> Applicant:
    """A new one for each test."""
    return Applicant(house)


def faults(answer: Any) -> str:
    """The error summary of a page."""
    assert answer.status_code == 422
    return re.findall(r'data-testid="(?:error-summary|row-faults)".*?</div>', answer.text, re.S)[0]


def test_the_notice_comes_first(applicant: Applicant) -> None:
    """What the data is for, before the first question; no step without it."""
    page = applicant.get("/apply/press")

    assert "purpose-notice" in page.text
    assert "พ.ศ. 2562" in page.text
    assert "โปรดรับทราบ" in faults(applicant.post("/apply/press", {}))
    assert applicant.get("/apply/press/medium").headers["Location"] == "/apply/press"


def test_what_was_typed_is_kept_after_an_error(applicant: Applicant) -> None:
    """Also what was right on the same page."""
    applicant.begin()

    answer = applicant.post("/apply/press/medium", {"organisation": "สำนักข่าวกลาง"})

    assert '<a href="#outlet">' in faults(answer)
    assert 'value="สำนักข่าวกลาง"' in answer.text
    assert 'value="สำนักข่าวกลาง"' in applicant.get("/apply/press/medium").text


def test_no_step_is_passed_over(applicant: Applicant) -> None:
    """The check leads back to the first step that is not in order."""
    applicant.begin()
    applicant.post("/apply/press/medium", PRESS[0][1])

    assert applicant.get("/apply/press/check").headers["Location"] == "/apply/press/person"
    assert applicant.post("/apply/press/check", {}).status_code == 302


def test_a_request_is_sent_once(applicant: Applicant, house: Any) -> None:
    """A second press of the button leads to the same receipt."""
    applicant.fill(contact_email="once@example.com")
    applicant.post("/apply/press/check", {})
    first = applicant.get("/apply/done").text
    again = applicant.post("/apply/press/check", {})

    assert again.headers["Location"] in ("/apply/done", "/apply/press")
    assert applicant.get("/apply/done").text.count('data-testid="reference"') == 1
    with house.database.reading() as session:
        states = list(rows.ApplicationState)
        found, _ = rows.queue(session, states=states, text="หนังสือพิมพ์ทดลอง", limit=500)
    assert [each.contact_email for each in found].count("once@example.com") == 1
    assert "PR" in first


def test_a_draft_is_sealed_and_its_photo_nobody_else_s(applicant: Applicant, house: Any) -> None:
    """Another browser cannot see it, and the database does not tell it."""
    applicant.begin()
    applicant.post("/apply/press/document", PRESS[2][1])
    applicant.post("/apply/press/photo", {}, {"photo": picture()})
    url = re.findall(r'src="(/apply/press/photo/[^"]+)"', applicant.get("/apply/press/photo").text)[
        0
    ]
    other = Applicant(house)
    other.begin()

    assert applicant.get(url).content_type == "image/jpeg"
    assert other.get(url).status_code == 404
    assert house.client().get(f"/photos/{url.rpartition('/')[2]}").status_code in (302, 401)
    with house.database.reading() as session:
        sealed = b"".join(row.sealed for row in session.query(ApplicationDraft))
    assert b"AA1234567" not in sealed


def test_what_nobody_finishes_is_dropped_with_its_files(applicant: Applicant, house: Any) -> None:
    """After four hours; a request that was sent keeps its own."""
    sent = Applicant(house)
    sent.send()
    applicant.begin()
    applicant.post("/apply/press/photo", {}, {"photo": picture()})
    photos = house.config.data / "photos"
    before = len(list(photos.iterdir()))

    drop_stale(house.database, house.config.data, now=4e9)

    with house.database.reading() as session:
        assert count_drafts(session) == 0
    assert 0 < len(list(photos.iterdir())) < before
    assert applicant.get("/apply/press/medium").headers["Location"] == "/apply/press"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("step", "name", "content", "said"),
    [
        ("photo", "photo", SVG, "SVG"),
        ("photo", "photo", b"<html><script>1</script>", "HTML"),
        ("photo", "photo", b"\xff\xd8\xff\xe0 cut", "ภาพเสียหาย"),
        ("files", "letter", SVG, "SVG"),
        ("files", "letter", b"MZ\x90\0" + bytes(99), "EXE"),
        ("files", "letter", b"%PDF-1.4\n1 0 obj << /S /JavaScript >>\n%%EOF", "สคริปต์"),
        ("files", "letter", b"", "กรุณาแนบไฟล์"),
    ],
)
def test_hostile_files_end_in_a_sentence(
    applicant: Applicant, house: Any, step: str, name: str, content: bytes, said: str
) -> None:
    """On the page, at the field; nothing is stored."""
    applicant.begin()
    folder = house.config.data / ("photos" if step == "photo" else "documents")
    before = sorted(folder.iterdir()) if folder.exists() else []

    answer = applicant.post(f"/apply/press/{step}", {}, {name: content} if content else {})

    assert said in faults(answer)
    assert f'href="#{name}"' in faults(answer)
    assert (sorted(folder.iterdir()) if folder.exists() else []) == before


def photographed(width: int = 3000, height: int = 4000) -> bytes:
    """As large as a phone's camera makes them: megabytes that hardly compress."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.mark.parametrize(
    ("step", "names"), [("photo", ("photo",)), ("files", ("letter", "identity"))]
)
def test_photos_as_phones_make_them_pass(
    applicant: Applicant, step: str, names: tuple[str, ...]
) -> None:
    """Several megabytes each; nobody is told to shrink a photo first."""
    taken = photographed()
    assert 3_000_000 < len(taken) < 12_000_000
    applicant.begin()

    answer = applicant.post(f"/apply/press/{step}", {}, dict.fromkeys(names, taken))

    assert answer.status_code == 302, answer.text


def test_a_body_without_measure_is_refused(applicant: Applicant) -> None:
    """Before it is read; other routes take no files at all."""
    applicant.begin()

    assert applicant.post("/apply/press/photo", {}, {"photo": bytes(27_000_000)}).status_code == 413
    assert applicant.post("/apply/status", {}, {"x": bytes(100_000)}).status_code == 413


def workbook(*people: tuple[str, ...]) -> bytes:
    """A list of a team."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["คำนำหน้า", "ชื่อ", "นามสกุล", "ตำแหน่ง", "ประเภทเอกสาร", "เลขที่เอกสาร"])
    for person in people:
        sheet.append(list(person))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = ("นาย", "ก้อง", "ภาพชัด", "ช่างภาพ", "หนังสือเดินทาง", "BB7654321")


def test_every_faulty_row_of_a_team_is_named_and_none_is_taken(applicant: Applicant) -> None:
    """Row, column, what was seen; then the mended list is taken whole."""
    applicant.begin("broadcast")
    rows_of = (GOOD, ("", "=1+1", "x", "", "", ""), (*GOOD[:4], "สมาชิก", "1"), (*GOOD[:5], "1"))

    told = faults(applicant.post("/apply/broadcast/team", {}, {"list": workbook(*rows_of)}))
    empty = applicant.get("/apply/broadcast/team").text
    applicant.post("/apply/broadcast/team", {}, {"list": workbook(GOOD)})

    assert re.findall(r"แถว (\d)", told) == ["3", "4", "5"]
    assert "ก้อง" not in empty
    assert "ก้อง ภาพชัด" in applicant.get("/apply/broadcast/team").text


def bomb() -> bytes:
    """A workbook that would unpack to 400 MB."""
    data = io.BytesIO(workbook(GOOD))
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.xml", bytes(60_000_000))
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bomb(), "อันตราย"),
        (b"PK\x03\x04 broken", "เสียหาย"),
        (b"a,b\n1,2\n", "ไม่พบหัวตาราง"),
        (workbook(), "ไม่มีรายชื่อ"),
        (workbook(*[(*GOOD[:5], f"BB{n:07}") for n in range(61)]), "60"),
        (workbook(GOOD, GOOD), "ซ้ำ"),
    ],
)
def test_a_list_that_is_none_is_refused(applicant: Applicant, content: bytes, said: str) -> None:
    """In a sentence; a bomb is not unpacked."""
    applicant.begin("broadcast")

    assert said in faults(applicant.post("/apply/broadcast/team", {}, {"list": content}))


def test_the_template_is_what_the_reader_understands(applicant: Applicant) -> None:
    """Filled in and sent back, it is taken."""
    applicant.begin("broadcast")
    book = load_workbook(io.BytesIO(applicant.get("/apply/team-list.xlsx").data))
    sheet = book.active
    assert sheet is not None
    for column, text in enumerate(
        ("นาง", "ใส", "เสียงดี", "Sai", "ช่างเสียง", "บัตรประชาชน", "1103702071811"), 1
    ):
        sheet.cell(2, column, text)
    out = io.BytesIO()
    book.save(out)

    answer = applicant.post("/apply/broadcast/team", {}, {"list": out.getvalue()})

    assert "ใส เสียงดี" in answer.text


def test_wrong_reference_and_wrong_secret_look_alike(applicant: Applicant, house: Any) -> None:
    """Byte by byte but for the token and what was typed."""
    reference, _ = applicant.send()
    other = Applicant(house)

    def page(name: str, secret: str) -> str:
        answer = other.post("/apply/status", {"reference": name, "secret": secret})
        assert answer.status_code == 422
        text = re.sub(r'(csrf[-_]token"[^>]*(?:content|value)=")[^"]+', r"\1", answer.text)
        return text.replace(name, "").replace(secret, "")

    assert page(reference, "AAAA-AAAA-AAAA") == page("PR69-2222222", "AAAA-AAAA-AAAA")
    assert other.get("/apply/status/view").headers["Location"] == "/apply/status"


def test_guessing_is_told_to_wait(applicant: Applicant, house: Any) -> None:
    """By address, and by reference from however many addresses."""
    codes = [
        applicant.post("/apply/status", {"reference": f"PR{n}", "secret": "x"}).status_code
        for n in range(11)
    ]
    spread = [
        Applicant(house).post("/apply/status", {"reference": "VE69-7", "secret": "x"}).status_code
        for _ in range(21)
    ]

    assert codes == [422] * 10 + [429]
    assert spread == [422] * 20 + [429]


def test_a_question_is_answered_with_a_file_and_withdrawal_is_asked_twice(
    applicant: Applicant, house: Any
) -> None:
    """From outside, with reference and secret alone."""
    reference, secret = applicant.send()
    officer = Applicant(house)
    officer.client = house.client("issuer")
    officer.post(f"/requests/{reference}", {"act": "ask", "text": "ขอหนังสือ"})
    other = Applicant(house)
    other.post("/apply/status", {"reference": reference, "secret": secret})

    assert "ขอหนังสือ" in other.get("/apply/status/view").text
    other.post("/apply/status/answer", {"text": "แนบแล้ว"}, {"file_1": picture()})
    assert "แนบแล้ว" in officer.get(f"/requests/{reference}").text
    assert other.post("/apply/status/withdraw", {}).status_code == 200
    assert 'data-state="received"' in other.get("/apply/status/view").text
    other.post("/apply/status/withdraw", {"sure": "yes"})
    assert 'data-state="withdrawn"' in other.get("/apply/status/view").text
    other.post("/apply/status/leave", {})
    assert other.get("/apply/status/view").status_code == 302


def test_documents_go_out_as_attachments_only(applicant: Applicant, house: Any) -> None:
    """With a name of ours, never sniffed, never shown in a page, and it is recorded who had it."""
    reference, _ = applicant.send()
    client = house.client("auditor")
    url = re.findall(
        r'href="(/requests/[^"]+/files/\d+)"', client.get(f"/requests/{reference}").text
    )[0]

    answer = client.get(url)

    assert answer.headers["Content-Disposition"].startswith("attachment; filename=PR")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "image/jpeg"
    assert client.get(url.replace("/files/", "/files/9")).status_code == 404
    assert house.client("guard").get(url).status_code == 403


def test_two_officers_make_a_pass_of_it(applicant: Applicant, house: Any) -> None:
    """The first cannot approve; an auditor can do nothing."""
    reference, _ = applicant.send()
    one, two, auditor = (Applicant(house) for _ in range(3))
    one.client, two.client = house.client("issuer"), house.client("admin")
    auditor.client = house.client("auditor")

    assert auditor.post(f"/requests/{reference}", {"act": "check"}).status_code == 403
    one.post(f"/requests/{reference}", {"act": "check"})
    assert "อีกคน" in faults(one.post(f"/requests/{reference}", {"act": "approve"}))
    two.post(f"/requests/{reference}", {"act": "approve"})

    assert 'data-pass-state="approved"' in one.get(f"/requests/{reference}").text


def test_programs_see_the_queue_and_decide(applicant: Applicant, house: Any) -> None:
    """As the pages do, with tokens by role; refusals are problem+json."""
    reference, _ = applicant.send()
    client = house.app.test_client()
    url = f"/api/v1/requests/{reference}"

    listed = client.get("/api/v1/requests?form=press", headers=house.api("auditor")).json
    one = client.get(url, headers=house.api("issuer")).json
    assert reference in [each["reference"] for each in listed["requests"]]
    assert one["members"][0]["document_tail"]
    assert "AA" not in str(one["members"])

    def decide(role: str, **body: str) -> Any:
        return client.post(f"{url}/decisions", json=body, headers=house.api(role))

    assert decide("auditor", act="check").status_code == 403
    assert decide("issuer", act="burn").status_code == 422
    assert decide("issuer", act="ask").json["detail"] == "please enter what is asked"
    assert decide("issuer", act="check").json["state"] == "checked"
    assert decide("issuer", act="approve").status_code == 422
    approved = decide("admin", act="approve").json
    assert (approved["state"], len(approved["passes"])) == ("approved", 1)
    took = client.get("/api/v1/requests/turnaround", headers=house.api("issuer")).json
    assert took["decided"] >= 1
    assert client.get("/api/v1/requests/PR69-NONE", headers=house.api("issuer")).status_code == 404
    bad = client.get("/api/v1/requests?state=lost", headers=house.api("issuer"))
    assert bad.content_type == "application/problem+json"


def test_files_of_requests_lie_outside_the_web_root(house: Any, applicant: Applicant) -> None:
    """Whatever address somebody thinks of."""
    applicant.send()
    key = next((house.config.data / "documents").iterdir()).name
    static = Path(house.app.static_folder or "").resolve()

    assert static not in (house.config.data / "documents").resolve().parents
    for url in (
        f"/documents/{key}",
        f"/photos/{key}",
        f"/static/{key}",
        f"/photos/../documents/{key}",
    ):
        assert house.client("admin").get(url).status_code == 404
