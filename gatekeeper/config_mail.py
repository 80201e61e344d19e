"""Settings of outgoing mail, and what no type can say of them.

Part of gatekeeper.config, which reads the file; no I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec

__all__ = ["MailSettings", "check_mail"]

_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\Z")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}\Z")


class MailSettings(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"sender": "from"},
):
    """How letters leave. Neither host nor outbox: they wait, and `gatekeeper doctor` says so."""

    host: str = ""
    """SMTP server that takes letters for everybody."""
    port: int = 25
    tls: Literal["none", "starttls", "tls"] = "none"
    """`starttls` refuses to send in clear; `tls` from the first byte (port 465)."""
    user: str = ""
    """Empty: the server asks for no name."""
    password_file: str = ""
    """Its password, the file's first line; relative to the data directory."""
    sender: str = ""
    """The address that letters come from."""
    outbox: str = ""
    """Instead of a server: a folder into which each letter is written as .eml."""

    @property
    def used(self) -> bool:
        """Whether letters leave at all."""
        return bool(self.host or self.outbox)


def check_mail(mail: MailSettings, refuse: Callable[[str, str], None]) -> None:
    """Call `refuse(path, message)` for the first setting that cannot be."""
    if mail.host and mail.outbox:
        refuse("$.mail.outbox", "a host and an outbox seen; one of them is due")
    if mail.host and not _HOST.match(mail.host):
        refuse("$.mail.host", f"{mail.host!r} seen; a name or an address is due")
    if not 1 <= mail.port <= 65_535:
        refuse("$.mail.port", f"{mail.port} seen; a number from 1 to 65535 is due")
    if mail.used and not _ADDRESS.match(mail.sender):
        refuse("$.mail.from", f"{mail.sender!r} seen; an address such as passes@example.org is due")
    if mail.user and not mail.password_file:
        refuse("$.mail.password_file", "a user seen; the file with the password is due")
    if mail.user and mail.tls == "none":
        refuse("$.mail.tls", "'none' seen with a user; starttls or tls is due: a password in clear")
