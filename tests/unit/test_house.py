"""The rules of the house: who may import whom, one door per library, modules of a size to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VALUES = {"model", "desk_act", "kinds", "kinds_office", "reasons", "errors", "credential"}
EVERYTHING = {"*"}

# Room (longest prefix wins) -> rooms of gatekeeper it may import. A new room must be entered here.
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "reasons": set(),
    "thai": set(),
    "titles": {"thai"},
    "names_alike": {"thai", "titles"},
    "credential": {"errors"},
    "kinds": set(),
    "kinds_office": set(),
    "vault": {"errors"},
    "documents": {"errors", "kinds_office", "thai"},
    "provinces": {"thai"},
    "plates": {"errors", "thai", "provinces"},
    "model": {"kinds", "reasons"},
    "desk_act": set(),
    "config_doors": set(),
    "config_mail": set(),
    "config_desks": set(),
    "config_print": set(),
    "config_lines": set(),
    "config": VALUES
    | {"config_doors", "config_desks", "config_lines", "config_mail", "config_print"},
    "logs": VALUES,
    "locks": VALUES,
    "pulse": set(),
    "checkpoint": VALUES | {"checkpoint"},
    "checkpoint.presence": VALUES | {"checkpoint", "access.fold"},
    "checkpoint.feed": VALUES | {"checkpoint", "feed"},
    "feed": VALUES | {"db.arrivals", "feed"},
    "access.presence": VALUES,
    "access.policy": VALUES | {"access.presence"},
    "access.fold": VALUES | {"access.presence"},
    "access.table": VALUES,
    "access.index": VALUES | {"access.table"},
    "access": VALUES | {"access"},
    "readers.codecs": {"errors", "readers.codecs"},
    "readers": VALUES | {"config", "documents", "readers"},
    "journal": VALUES | {"journal"},
    "outputs": VALUES | {"config", "outputs"},
    "db": VALUES | {"config", "thai", "titles", "vault", "plates", "db"},
    "link": VALUES | {"link"},
    "node": VALUES
    | {"config", "logs", "readers", "access", "outputs", "journal", "link", "db", "node"}
    | {"checkpoint.presence"},
    "office": VALUES
    | {"config_print"}
    | {"thai", "titles", "names_alike", "vault", "documents", "plates", "provinces"}
    | {"db", "office"},
    "web": VALUES
    | {"__init__", "config", "logs", "pulse", "thai", "titles", "vault"}
    | {"documents", "plates", "provinces"}
    | {"office", "db", "journal", "link", "feed", "checkpoint.feed", "web"},
    "worker": VALUES
    | {"config", "logs", "locks", "thai", "vault", "db", "journal", "office", "link", "worker"}
    | {"access.fold", "feed", "checkpoint"},
    "supervise": VALUES | {"config", "logs", "pulse"},
    "demo": EVERYTHING,
    "app": EVERYTHING,
    "explaining": EVERYTHING,
    "cli": EVERYTHING,
    "__main__": EVERYTHING,
}

# Library with I/O -> the only rooms that open its door.
DOORS: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("db",),
    "alembic": ("db",),
    "psycopg": ("db",),
    "argon2": ("db",),
    "cryptography": ("vault",),
    "sqlite3": ("journal",),
    "serial": ("readers.transport",),
    "osdp": ("readers.osdp_panel",),
    "osdp_sys": ("readers.osdp_panel",),
    "sllurp": ("readers.llrp_talk",),
    "smartcard": ("readers.scard",),
    "flask": ("web",),
    "flask_babel": ("web",),
    "flask_limiter": ("web",),
    "flask_login": ("web",),
    "flask_socketio": ("web",),
    "flask_talisman": ("web",),
    "flask_wtf": ("web",),
    "wtforms": ("web",),
    "gunicorn": ("web",),
    "apispec": ("web",),
    "prometheus_client": ("web",),
    "openpyxl": ("office",),
    "email_validator": ("office",),
    "PIL": ("office",),
    "smtplib": ("worker",),
    "fpdf": ("office.paper",),
    "uharfbuzz": ("office.typeface",),
    "pythainlp": ("office.words",),
    "pypdfium2": ("office.pdf_picture",),
    "socketio": ("demo",),
    "rich": ("cli", "demo"),
    "click": ("cli",),
}


def modules(package: str) -> list[Path]:
    """Every Python file of a package, migrations left out (Alembic writes their shape)."""
    return sorted(p for p in (ROOT / package).rglob("*.py") if "versions" not in p.parts)


def dotted(path: Path) -> str:
    """`gatekeeper/access/gate.py` as `access.gate`."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)[1:]
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute dotted names that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str | None:
    """The entry of MAY_IMPORT that governs a module: the longest prefix."""
    candidates = [room for room in MAY_IMPORT if name == room or name.startswith(f"{room}.")]
    return max(candidates, key=len, default=None)


def allowed(room: str, target: str) -> bool:
    """Whether `room` may import the module `target` (dotted, below gatekeeper)."""
    return MAY_IMPORT[room] == EVERYTHING or any(
        target == name or target.startswith(f"{name}.") for name in MAY_IMPORT[room]
    )


@pytest.mark.parametrize("path", modules("gatekeeper"), ids=dotted)
def test_a_room_imports_only_what_the_plan_allows(path: Path) -> None:
    """Breaches are listed by module, so that the plan or the code can be changed on purpose."""
    name = dotted(path)
    room = room_of(name)
    assert room is not None, f"{name} is in no room of the plan: enter it in MAY_IMPORT"
    targets = {i.removeprefix("gatekeeper.") for i in imports(path) if i.startswith("gatekeeper.")}

    breaches = sorted(t for t in targets if not allowed(room, t) and room_of(t) is not None)

    assert breaches == []


@pytest.mark.parametrize("path", modules("gatekeeper"), ids=dotted)
def test_each_library_with_io_has_one_door(path: Path) -> None:
    """A library that talks to the world is imported in its own room only."""
    name = dotted(path)
    libraries = {i.partition(".")[0] for i in imports(path)}

    breaches = [
        library
        for library in sorted(libraries & DOORS.keys())
        if not any(name == door or name.startswith(f"{door}.") for door in DOORS[library])
    ]

    assert breaches == []


def test_simulator_and_product_share_no_code() -> None:
    """Two hands, one datasheet: an error made on both sides cannot cancel out."""
    breaches = [
        f"{path}: {name}"
        for package, other in (("gatekeeper", "firmware_sim"), ("firmware_sim", "gatekeeper"))
        for path in modules(package)
        for name in imports(path)
        if name.partition(".")[0] == other
    ]

    assert breaches == []


@pytest.mark.parametrize("package", ["gatekeeper", "firmware_sim"])
def test_modules_and_functions_stay_of_a_size_to_read(package: str) -> None:
    """No module over 300 lines, no function over 40 (docstring and signature not counted)."""
    too_long = []
    for path in modules(package):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 300:
            too_long.append(f"{path.relative_to(ROOT)}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                body = node.body[1:] if ast.get_docstring(node) and node.body[1:] else node.body
                length = node.end_lineno - body[0].lineno + 1
                if length > 40:
                    too_long.append(f"{path.relative_to(ROOT)}: {node.name}: {length} lines")

    assert too_long == []


@pytest.mark.parametrize("package", ["gatekeeper", "firmware_sim"])
def test_every_module_says_what_it_is_for(package: str) -> None:
    """A file docstring tells a newcomer what the room is for."""
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(package)
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []
