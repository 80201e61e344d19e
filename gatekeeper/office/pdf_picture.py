"""A page of a document made here as a picture, for screens that show no PDF in a page.

The only door to PDFium, which is not made for threads: one page at a time.
"""

from __future__ import annotations

import io
import threading

import pypdfium2

__all__ = ["picture"]

_ONE_AT_A_TIME = threading.Lock()


def picture(pdf: bytes, page: int, *, width: int) -> bytes:
    """Page `page` (from 0) as PNG, `width` pixels wide."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            sheet = document[page]
            image = sheet.render(scale=width / sheet.get_width()).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
