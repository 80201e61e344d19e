"""Settings: one TOML file into frozen values, with a bad one refused by name and line.

Reads files and the environment (`DATA`, `PORT`); opens no database, port or reader.
Where no file is given, DIR/gatekeeper.toml is used if there is one, else the defaults.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.config_desks import DeskSettings, VisitorSettings, check_desk_reader, check_desks
from gatekeeper.config_doors import (
    BoardSettings,
    ContactSettings,
    DoorSettings,
    OutputSettings,
    check_doors,
)
from gatekeeper.config_lines import explain, line_of
from gatekeeper.config_mail import MailSettings, check_mail
from gatekeeper.config_print import PrintSettings
from gatekeeper.errors import ConfigError
from gatekeeper.model import Direction, GateRules

__all__ = [
    "BoardSettings",
    "Config",
    "ContactSettings",
    "DatabaseSettings",
    "DeskSettings",
    "DoorSettings",
    "GateSettings",
    "MailSettings",
    "OutputSettings",
    "PrintSettings",
    "ReaderSettings",
    "SiteSettings",
    "VisitorSettings",
    "WebSettings",
    "load",
    "where",
]

FILE_NAME = "gatekeeper.toml"
IDENTIFIER = r"^[a-z0-9][a-z0-9._-]{0,62}$"
DEFAULT_PORT = 8080


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every table in the file: an unknown key is an error, never ignored."""


class SiteSettings(_Section, frozen=True):
    """Names of this installation; nothing about an office is in the code."""

    id: str = "site"
    name_th: str = "สถานที่"
    name_en: str = "Site"
    timezone: str = "Asia/Bangkok"


class DatabaseSettings(_Section, frozen=True):
    """Where the main database is, empty: DIR/main.sqlite3; days that may be without backup."""

    url: str = ""
    backup_days: int = 7


class WebSettings(_Section, frozen=True):
    """How the web process is reached."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    secure_cookies: bool = False
    """True behind TLS: cookies are then never sent over plain HTTP."""
    trusted_proxies: int = 0
    """How many reverse proxies stand in front (X-Forwarded-For is believed that far)."""
    require_totp: bool | None = None  # one-time codes at sign-in; None: not in a demo


class GateSettings(_Section, frozen=True):
    """A gate: where a decision is made."""

    id: str
    direction: Direction = Direction.IN
    event: str | None = None
    area: str = ""
    """Presence is counted by area; empty: the event's slug, or `site`."""
    name_th: str = ""
    name_en: str = ""

    def rules(self) -> GateRules:
        """What the policy needs of this gate."""
        return GateRules(
            id=self.id,
            direction=self.direction,
            event=self.event,
            area=self.area or self.event or "site",
        )


class ReaderSettings(_Section, frozen=True):
    """A reader: its driver, its line, and the gate (or gates by antenna) or the desk it serves."""

    id: str
    driver: str
    url: str
    gate: str | None = None
    antennas: dict[str, str] = {}
    """Antenna number (as text, TOML keys are text) to gate, where they serve different ones."""
    desk: str | None = None
    """The desk whose pages are shown what it reads; such a reader serves no gate."""
    options: dict[str, str | int | float | bool] = {}

    def gates(self) -> tuple[str, ...]:
        """Every gate this reader serves, each once, in order."""
        named = ([self.gate] if self.gate else []) + list(self.antennas.values())
        return tuple(dict.fromkeys(named))

    def place(self) -> str | None:
        """Where its tags are presented: its gate, or `desk:ID` (no gate has such a name)."""
        return f"desk:{self.desk}" if self.desk else self.gate


class _File(_Section, frozen=True):
    demo: bool = False
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    print: PrintSettings = PrintSettings()
    web: WebSettings = WebSettings()
    gates: tuple[GateSettings, ...] = ()
    readers: tuple[ReaderSettings, ...] = ()
    boards: tuple[BoardSettings, ...] = ()
    doors: tuple[DoorSettings, ...] = ()
    desks: tuple[DeskSettings, ...] = ()
    visitors: VisitorSettings = VisitorSettings()
    mail: MailSettings = MailSettings()


class Config(msgspec.Struct, frozen=True):
    """Everything a process needs to know before it starts."""

    data: Path
    """Directory of all databases and keys of this installation."""
    source: Path | None = None
    """The file these settings came from, or None for the defaults."""
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    print: PrintSettings = PrintSettings()
    web: WebSettings = WebSettings()
    gates: tuple[GateSettings, ...] = ()
    readers: tuple[ReaderSettings, ...] = ()
    boards: tuple[BoardSettings, ...] = ()
    doors: tuple[DoorSettings, ...] = ()
    desks: tuple[DeskSettings, ...] = ()
    visitors: VisitorSettings = VisitorSettings()
    mail: MailSettings = MailSettings()
    demo: bool = False
    """One-click sign-in for callers on loopback; written by `gatekeeper demo` alone, and
    named by `gatekeeper doctor` wherever it stands."""

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the main database."""
        return self.database.url or f"sqlite:///{self.data / 'main.sqlite3'}"

    @property
    def journal_path(self) -> Path:
        """The journal's SQLite file."""
        return self.data / "journal.sqlite3"

    @property
    def pass_copy_path(self) -> Path:
        """The node's own copy of all passes."""
        return self.data / "passes.copy"


def load(file: Path | None = None, data: Path | None = None, *, port: int | None = None) -> Config:
    """Settings from `file`, or from `data`/gatekeeper.toml if that exists, or the defaults.

    `data` and `port` outrank the file; the environment's DATA and PORT stand in where they
    are None. Without a file or a directory, ./var is the data directory.

    Raises ConfigError, whose text names the file, the line and the key.
    """
    if data is None and os.environ.get("DATA"):
        data = Path(os.environ["DATA"])
    if file is None and data is not None and (data / FILE_NAME).is_file():
        file = data / FILE_NAME
    content, directory = _File(), None
    if file is not None:
        content, directory = _read(file)
    chosen = data or directory or (file.parent if file else Path("var"))
    web = content.web
    if port is None and os.environ.get("PORT"):
        port = _environment_port(os.environ["PORT"])
    if port is not None:
        web = msgspec.structs.replace(web, port=port)
    as_read = {name: getattr(content, name) for name in _File.__struct_fields__}
    return Config(**(as_read | {"data": chosen.absolute(), "source": file, "web": web}))


def where(source: Path | None, path: str) -> str:
    """`FILE:LINE: KEY` of the setting `path` (`$.readers[1].driver`), for faults found later."""
    try:
        text = source.read_text(encoding="utf-8") if source else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    return f"{source or 'settings'}:{line_of(text, path)}: {path.removeprefix('$.')}"


def _environment_port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ConfigError(f"PORT={text!r} seen; a number from 0 to 65535 is due")
    return int(text)


def _read(file: Path) -> tuple[_File, Path | None]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}") from error
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    named = tree.pop("data", None)
    if named is not None and not isinstance(named, str):
        raise ConfigError(f"{file}:{line_of(text, '$.data')}: data: a path in quotes is due")
    try:
        content = msgspec.convert(tree, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(explain(file, text, str(error))) from error
    _check(file, text, content)
    return content, (file.parent / named if named else None)


def _check(file: Path, text: str, content: _File) -> None:
    """What no type can say: identifiers, uniqueness, and that every reader serves a gate."""

    def refuse(path: str, message: str) -> None:
        raise ConfigError(f"{file}:{line_of(text, path)}: {path[2:]}: {message}")

    named = {
        "gates": [gate.id for gate in content.gates],
        "readers": [reader.id for reader in content.readers],
        "boards": [board.id for board in content.boards],
        "doors": [door.id for door in content.doors],
        "desks": [desk.id for desk in content.desks],
    }
    for kind, identities in named.items():
        for number, identity in enumerate(identities):
            path = f"$.{kind}[{number}].id"
            if not re.match(IDENTIFIER, identity):
                refuse(path, f"{identity!r} seen; small letters, digits, . _ - are due")
            if identity in identities[:number]:
                refuse(path, f"{identity!r} is named twice")
    for number, reader in enumerate(content.readers):
        path = f"$.readers[{number}]"
        if reader.desk is None:
            _check_reader(path, reader, set(named["gates"]), refuse)
        else:
            check_desk_reader(path, reader.desk, reader.gates(), named["desks"], refuse)
    check_doors(content.doors, content.boards, named["gates"], named["readers"], refuse)
    check_desks(content.visitors, named["gates"], refuse)
    check_mail(content.mail, refuse)
    if not 0 <= content.web.port <= 65535:
        refuse("$.web.port", f"{content.web.port} seen; a number from 0 to 65535 is due")


def _check_reader(
    path: str, reader: ReaderSettings, gates: set[str], refuse: Callable[[str, str], None]
) -> None:
    if not reader.gates():
        refuse(f"{path}.id", f"reader {reader.id!r} serves no gate; set gate, antennas or desk")
    for antenna in reader.antennas:
        if not re.fullmatch(r"[1-9][0-9]?", antenna):
            refuse(f"{path}.antennas", f"antenna {antenna!r} seen; a number is due")
    for gate in reader.gates():
        if gate not in gates:
            refuse(
                f"{path}.{'gate' if gate == reader.gate else 'antennas'}",
                f"gate {gate!r} is not defined; defined: {', '.join(sorted(gates)) or 'none'}",
            )
