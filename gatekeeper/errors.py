"""Every exception raised on purpose.

    GatekeeperError
    |- CredentialError          text is no credential; report it to who typed it
    |- ConfigError              a setting is wrong; fix the settings, retrying is useless
    |  `- UnknownDriverError
    |- CodecError               a caller asked a codec for something its wire cannot say
    |- TransportError           the line is gone or cannot be opened; retry with back-off
    |  `- CardError             the smart-card service refuses; its number says what to do
    |- ReaderError              the reader answers, but not as it should; report, retry
    |- OutputError              a board does not do what it was told; report, lock, retry
    |- JournalError
    |  |- JournalFault          cannot write now (disk full, failing); deny, retry
    |  `- JournalCorrupt        the record is not whole; report, never repair silently
    |- LinkError                the node did not answer in time; deny, show, retry
    |- StoreError               the main database is gone or refuses; retry later
    |  `- UnfitValue            it cannot hold a value; report it to who sent it
    |- ImportFault              a file as a whole cannot be imported; report
    |- AlreadyRunning           another process holds this data directory
    |- MailError                a letter did not go out; retry later, or give up and show it
    |- VaultError               sealed personal data cannot be opened; report, find the key
    `- UserError                a person asked for something that cannot be; report
       `- AlreadyOnRecord       what is to be added is there already; lead to it

A refusal at a gate is no exception: it is a `Decision` with a reason.
A message names the thing, what was seen and what was due; wire bytes are in hex.
"""

from __future__ import annotations


class GatekeeperError(Exception):
    """Base of all; a command line shows its text as one line and exits with 1."""


class CredentialError(GatekeeperError):
    """Text that is no credential."""


class ConfigError(GatekeeperError):
    """A setting is wrong. The message names the file, the line and the key."""


class UnknownDriverError(ConfigError):
    """A reader names a driver that the registry does not hold."""


class CodecError(GatekeeperError):
    """A codec was asked to encode what its wire cannot carry, or given an unknown option."""


class TransportError(GatekeeperError):
    """A line is gone or cannot be opened."""


class CardError(TransportError):
    """The smart-card service refuses. `code` is its number (SCARD_E_…, SCARD_W_…)."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class ReaderError(GatekeeperError):
    """A reader answers, but not as it should."""


class OutputError(GatekeeperError):
    """A board or a door does not do what it was told."""


class JournalError(GatekeeperError):
    """Base of what goes wrong with the record."""


class JournalFault(JournalError):
    """The record cannot be written now."""


class JournalCorrupt(JournalError):
    """The record is not whole. `seq` is the first entry that fails, if known."""

    def __init__(self, message: str, seq: int | None = None) -> None:
        super().__init__(message)
        self.seq = seq


class LinkError(GatekeeperError):
    """The other process did not answer, or not in time."""


class StoreError(GatekeeperError):
    """The main database cannot be reached or refuses."""


class UnfitValue(StoreError):
    """A value that the main database cannot hold: NUL in a text, a number or a text too long."""


class ImportFault(GatekeeperError):
    """A file as a whole cannot be imported. `th` says the same in Thai."""

    def __init__(self, message: str, th: str = "") -> None:
        super().__init__(message)
        self.th = th or message


class AlreadyRunning(GatekeeperError):
    """Another process holds this data directory."""


class UserError(GatekeeperError):
    """A person asked for something that cannot be. `th` says the same in Thai.

    `field` names the form's field that it is about, where it is about one.
    """

    def __init__(self, message: str, th: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.th = th or message
        self.field = field


class AlreadyOnRecord(UserError):
    """The same is on record: a `kind` (`person`, `vehicle`) and the number of its row."""

    def __init__(self, message: str, th: str, *, field: str, kind: str, row: int) -> None:
        super().__init__(message, th, field=field)
        self.kind = kind
        self.row = row


class MailError(GatekeeperError):
    """A letter did not go out. `for_good`: the server will never take this one."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class VaultError(GatekeeperError):
    """Sealed personal data cannot be opened: another key, or damaged."""
