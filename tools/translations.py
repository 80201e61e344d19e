"""Keep the translations of the screens whole: collect their texts, compile what was translated.

`python tools/translations.py` writes messages.po (new texts come in empty, gone ones leave) and
messages.mo; `--check` writes nothing and exits 1, naming each text, if one lacks its Thai or
messages.mo is not what messages.po says.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).resolve().parent.parent / "gatekeeper" / "web"
FOLDER = WEB / "translations" / "th" / "LC_MESSAGES"
PO, MO = FOLDER / "messages.po", FOLDER / "messages.mo"
# No date of the day: the same texts always make the same files.
_FIXED = datetime(2026, 1, 1, tzinfo=UTC)


def template_texts() -> list[str]:
    """Every text that a template asks to be translated, once, in order of appearance."""
    found = extract_from_dir(
        str(WEB / "templates"),
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map={"**.html": {"encoding": "utf-8"}},
    )
    texts: dict[str, None] = {}
    for _file, _line, message, _comments, _context in found:
        texts[message if isinstance(message, str) else message[0]] = None
    return list(texts)


def translated() -> Catalog:
    """The catalogue as it stands."""
    with PO.open("rb") as file:
        return read_po(file, locale="th")


def whole(old: Catalog, texts: list[str]) -> Catalog:
    """A catalogue of exactly `texts`, with the translations that `old` has."""
    new = Catalog(
        locale="th",
        header_comment="# Thai texts of the screens; the msgid is the English text.",
        project="gatekeeper",
        creation_date=_FIXED,
        revision_date=_FIXED,
        fuzzy=False,
    )
    for text in sorted(texts):
        known = old.get(text)
        new.add(text, known.string if known else "")
    return new


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as the bytes that the server reads."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def faults() -> list[str]:
    """What is wrong with the translations, a line each; none is good."""
    catalog, texts = translated(), template_texts()
    lines = [f"no Thai: {text!r}" for text in texts if not (catalog.get(text) or _EMPTY).string]
    lines += [
        f"not in any template: {message.id!r}"
        for message in catalog
        if message.id and message.id not in texts
    ]
    if MO.read_bytes() != compiled(whole(catalog, texts)):
        lines.append("messages.mo is not what messages.po says")
    return lines


class _Empty:
    string = ""


_EMPTY = _Empty()


def main() -> int:
    """Write or check; the exit status."""
    if "--check" in sys.argv:
        lines = faults()
        print("\n".join(lines) or "every text has its Thai")  # noqa: T201 - a tool prints
        return 1 if lines else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalog = whole(translated() if PO.exists() else Catalog(locale="th"), template_texts())
    with PO.open("wb") as file:
        write_po(file, catalog, width=100, omit_header=False)
    MO.write_bytes(compiled(catalog))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
