"""Whether a PDF holds anything that acts: scripts, programs to launch, files inside, passwords.

Looks at bytes, not at structure: no object is followed, so no loop, no recursion and no page
can be endless. The whole file is looked at, streams too, since what looks like a stream need
not be one. Object streams (in which PDF 1.5 hides objects) are inflated within bounds; one
that is not written in the plain way that all common programs write it is refused.

ISO 32000-1: 7.3.5 (names), 7.5.7 (object streams), 7.6 (encryption), 12.6.4 (actions).
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

from gatekeeper.errors import UserError

__all__ = ["MAX_INFLATED", "check_pdf"]

MAX_INFLATED = 48_000_000
"""Most bytes that all object streams may unpack to."""

_CODED = re.compile(rb"#([0-9A-Fa-f]{2})")
_CODED_NAME = re.compile(rb"/[^\s/<>\[\]()%#]*#[0-9A-Fa-f]{2}[^\s/<>\[\]()%]*")
# At the beginning of a line, and without strings, comments or dictionaries inside: what stands
# in a string or a comment cannot be taken for the head of one.
_OBJECT_STREAM = re.compile(
    rb"(?<=[\r\n])[ \t]*\d+\s+\d+\s+obj\s*<<([^()<>%]*/ObjStm(?![^\s/>\[\]])[^()<>%]*)>>"
    rb"\s*stream(?:\r\n|\n|\r)"
)
_FILTER = re.compile(
    rb"/(?:Filter|F|DecodeParms|DP|FFilter)(?![A-Za-z0-9])\s*(\[[^\]]*\]|/?[^\s/]*)"
)


class _Sort(NamedTuple):
    """A kind of thing that is refused."""

    names: re.Pattern[bytes]
    en: str
    th: str


def _key(*names: str) -> re.Pattern[bytes]:
    any_of = "|".join(names).encode()
    return re.compile(rb"/(?:" + any_of + rb")(?=[\s\0/<>\[\]()%]|$)")


_REFUSED = (
    _Sort(_key("Encrypt"), "it is encrypted or protected by a password", "ไฟล์เข้ารหัสหรือมีรหัสผ่าน"),
    _Sort(_key("JavaScript"), "it holds a script", "มีสคริปต์อยู่ในไฟล์"),
    _Sort(
        _key("Launch", "ImportData", "SubmitForm", "GoToE", "GoToR", "Movie", "Rendition"),
        "it would start a program or open another file",
        "มีคำสั่งเปิดโปรแกรมหรือไฟล์อื่น",
    ),
    _Sort(
        _key("EmbeddedFiles?", "FileAttachment", "RichMedia", "XFA"),
        "it holds files or forms inside",
        "มีไฟล์หรือแบบฟอร์มซ้อนอยู่ภายใน",
    ),
)


def check_pdf(data: bytes, *, field: str = "document") -> None:
    """Raise UserError (at `field`) where the PDF in `data` is cut, locked, or would act."""
    end = data.rfind(b"%%EOF")
    if end < 0 or b" obj" not in data:
        raise _damaged(field)
    if data[end + 5 :].strip(b"\r\n\0 \t\x1a"):
        raise UserError(
            "behind the end of the PDF there is something else; save it again as PDF",
            "มีข้อมูลอื่นต่อท้ายไฟล์ PDF โปรดบันทึกเป็น PDF ใหม่",
            field=field,
        )
    _refuse_acting(data, field)
    _look_into_object_streams(data, field)


def _refuse_acting(text: bytes, field: str) -> None:
    coded = b"\n".join(_decoded(name) for name in _CODED_NAME.findall(text))
    for sort in _REFUSED:
        if sort.names.search(text) or sort.names.search(coded):
            raise UserError(
                f"the PDF is refused: {sort.en}; print it to PDF again, or send a scan",
                f"ไม่รับไฟล์ PDF นี้: {sort.th} โปรดพิมพ์เป็น PDF ใหม่ หรือส่งเป็นภาพสแกน",
                field=field,
            )
    if b"/ObjStm" in coded:
        raise _unusual(field)


def _decoded(name: bytes) -> bytes:
    """`/J#61vaScript` is `/JavaScript`."""
    return _CODED.sub(lambda found: bytes([int(found[1], 16)]), name)


def _look_into_object_streams(data: bytes, field: str) -> None:
    left, seen = MAX_INFLATED, 0
    for found in _OBJECT_STREAM.finditer(data):
        seen += found[1].count(b"ObjStm")
        end = data.find(b"endstream", found.end())
        packed = data[found.end() : end if end >= 0 else len(data)]
        filters = _FILTER.findall(found[1])
        if not filters:
            continue  # not packed: it has been looked at with the whole file
        if len(filters) > 1 or filters[0].strip(b"[] \r\n\t") not in (b"/FlateDecode", b"/Fl"):
            raise _unusual(field)
        try:
            unpacked = zlib.decompressobj().decompress(packed, left + 1)
        except zlib.error as error:
            raise _damaged(field) from error
        left -= len(unpacked)
        if left < 0:
            raise _unusual(field)
        _refuse_acting(unpacked, field)
    if seen != data.count(b"ObjStm"):
        raise _unusual(field)


def _damaged(field: str) -> UserError:
    return UserError(
        "the PDF is damaged or cut off; open it, save it again and try once more",
        "ไฟล์ PDF เสียหายหรือไม่ครบ โปรดเปิดแล้วบันทึกใหม่ แล้วลองอีกครั้ง",
        field=field,
    )


def _unusual(field: str) -> UserError:
    return UserError(
        "the PDF is packed in an unusual way and cannot be checked; print it to PDF again",
        "ไฟล์ PDF บีบอัดผิดปกติ ตรวจสอบไม่ได้ โปรดพิมพ์เป็น PDF ใหม่",
        field=field,
    )
