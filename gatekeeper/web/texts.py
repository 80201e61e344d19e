"""Languages and dates of the pages, and the sentences that Python itself says.

What templates say is translated by Flask-Babel's catalogues; what an error says comes from
the table here, because it must be sayable when nothing else works. Dates are Buddhist era
in Thai. No page is made here.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from flask_babel import Babel

from gatekeeper import thai

__all__ = ["LANGUAGES", "PROBLEMS", "ProblemText", "iso", "language", "setup"]

LANGUAGES = ("th", "en")
"""The first is the one of whoever has not chosen."""

COOKIE = "gk_lang"


class ProblemText(NamedTuple):
    """A problem's status and what is said of it."""

    status: int
    th: str
    en: str


PROBLEMS: dict[str, ProblemText] = {
    "unauthenticated": ProblemText(401, "กรุณาลงชื่อเข้าใช้", "Please sign in"),
    "bad_token": ProblemText(401, "โทเค็นไม่ถูกต้องหรือถูกยกเลิก", "The token is not valid"),
    "forbidden": ProblemText(403, "ไม่มีสิทธิใช้งานส่วนนี้", "You may not use this"),
    "not_found": ProblemText(404, "ไม่พบหน้าที่ต้องการ", "Not found"),
    "method": ProblemText(405, "เรียกใช้ไม่ถูกวิธี", "This cannot be called in this way"),
    "csrf": ProblemText(400, "หน้านี้หมดอายุ กรุณาเปิดใหม่", "This page has expired; please reload it"),
    "bad_json": ProblemText(400, "ข้อมูลที่ส่งมาไม่ใช่ JSON ที่ถูกต้อง", "The body is no valid JSON"),
    "bad_request": ProblemText(400, "คำขอไม่ถูกต้อง", "The request is not valid"),
    "invalid": ProblemText(422, "ข้อมูลไม่ถูกต้อง", "A value is not valid"),
    "watch_stop": ProblemText(409, "โปรดติดต่อหัวหน้าเวร", "Call the shift leader"),
    "conflict": ProblemText(409, "มีข้อมูลนี้อยู่แล้ว", "This is on record already"),
    "too_large": ProblemText(413, "ข้อมูลใหญ่เกินกำหนด", "The body is too large"),
    "rate_limited": ProblemText(
        429, "ลองหลายครั้งเกินไป กรุณารอสักครู่", "Too many attempts; please wait"
    ),
    "node_down": ProblemText(
        503, "ระบบตัดสินไม่ตอบ ห้ามผ่านจนกว่าจะกลับมา", "The node does not answer; admit nobody"
    ),
    "store_down": ProblemText(503, "ฐานข้อมูลไม่พร้อมใช้งาน", "The database cannot be reached"),
    "fault": ProblemText(500, "ระบบขัดข้อง", "System fault"),
}


def iso(at: float | None) -> str | None:
    """UTC seconds as `2026-11-22T15:08:40.123Z`; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def language() -> str:
    """`th` or `en`: ?lang=, else the cookie; on the API what Accept-Language prefers."""
    chosen = g.get("lang")
    if chosen is None:
        chosen = g.lang = _choose()
    return str(chosen)


def _choose() -> str:
    for wish in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return wish
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    return LANGUAGES[0]


def setup(app: Flask, zone_name: str) -> None:
    """Give `app` its locale and the filters local_time, local_date and local_datetime."""
    zone = ZoneInfo(zone_name)
    Babel(
        app,
        default_locale="en",
        default_timezone=zone_name,
        locale_selector=language,
    )

    def local_time(value: float | str) -> str:
        return _moment(value, zone).strftime("%H:%M:%S")

    def local_date(value: float | str) -> str:
        return thai.format_date(_moment(value, zone).date(), language())

    def local_datetime(value: float | str) -> str:
        return f"{local_date(value)} {_moment(value, zone):%H:%M}"

    filters: tuple[Any, ...] = (local_time, local_date, local_datetime)
    for each in filters:
        app.add_template_filter(each)


def _moment(value: float | str, zone: tzinfo) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(zone)
    return datetime.fromtimestamp(value, zone)
