"""Letters out of the queue: to an SMTP server, or as .eml files into a folder.

One at a time. A letter is claimed first (its next try set), then sent, then marked: whatever
dies in between, it is tried again. A try whose end was not heard is repeated with the same
Message-ID, so that the server and the reader know it for the same letter. What the server
refuses for good, and what did not go out for three days, is given up and shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import smtplib
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from gatekeeper.config import Config, MailSettings
from gatekeeper.db import mail as rows
from gatekeeper.db.engine import Database
from gatekeeper.db.mail import Letter
from gatekeeper.errors import MailError

__all__ = ["BACK_OFF_S", "GIVE_UP_S", "Postman", "compose", "password_of", "probe"]

TIMEOUT_S = 20.0
BACK_OFF_S = (60.0, 300.0, 900.0, 3600.0, 3 * 3600.0, 6 * 3600.0)
"""After the first, second, … try that failed; the last one again and again."""
GIVE_UP_S = 3 * 86_400.0
MOST_A_ROUND = 5
"""So that the worker's other work is never kept waiting for long."""

log = logging.getLogger(__name__)


class Postman:
    """Sends what is due. `clock` gives UTC seconds."""

    def __init__(
        self, config: Config, database: Database, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._mail = config.mail
        self._database = database
        self._clock = clock

    def round(self) -> int:
        """Try up to five letters that are due; how many were tried. Raises StoreError."""
        if not self._mail.used:
            return 0
        for done in range(MOST_A_ROUND):
            now = self._clock()
            with self._database.session() as session:
                letter = rows.claim_due(session, now, now + BACK_OFF_S[0] + TIMEOUT_S)
            if letter is None:
                return done
            self._try(letter)
        return MOST_A_ROUND

    def _try(self, letter: Letter) -> None:
        try:
            message = compose(letter, self._mail, self._config.site.id)
            self._send(message, letter)
        except MailError as error:
            self._failed(letter, error)
            return
        with self._database.session() as session:
            rows.sent(session, letter.id, self._clock())

    def _failed(self, letter: Letter, error: MailError) -> None:
        now = self._clock()
        wait = BACK_OFF_S[min(letter.tries, len(BACK_OFF_S)) - 1]
        over = error.for_good or now + wait - letter.at > GIVE_UP_S
        log.warning("letter %d: %s%s", letter.id, error, "; given up" if over else "")
        with self._database.session() as session:
            if over:
                rows.given_up(session, letter.id, str(error), now)
            else:
                rows.failed(session, letter.id, str(error), now + wait)

    def _send(self, message: EmailMessage, letter: Letter) -> None:
        if self._mail.outbox:
            _write(self._config.data / self._mail.outbox, message, letter)
            return
        with _refused(), contextlib.closing(_connected(self._mail, self._config.data)) as server:
            server.send_message(message)


def compose(letter: Letter, mail: MailSettings, site: str) -> EmailMessage:
    """The letter as it travels. Raises MailError (for good) where an address is none."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(addr_spec=mail.sender)
        message["To"] = Address(addr_spec=letter.recipient)
        # A header is one line: whatever a text holds, no second header comes of it.
        message["Subject"] = " ".join(letter.subject.split())
    except (ValueError, IndexError, MessageError) as error:
        raise MailError(f"the address cannot be written: {error}", for_good=True) from error
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.at, UTC))
    mark = hashlib.sha256(f"{site}/{letter.id}/{letter.at}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{mark}@{mail.sender.rpartition('@')[2]}>"
    message["Content-Language"] = letter.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def probe(mail: MailSettings, data: Path) -> str:
    """Say hello to the server (or look at the folder) and send nothing; what answered.

    Raises MailError.
    """
    if mail.outbox:
        folder = data / mail.outbox
        if folder.exists() and not os.access(folder, os.W_OK):
            raise MailError(f"{folder}: cannot be written")
        return f"letters are written to {folder}"
    with _refused(), contextlib.closing(_connected(mail, data)) as server:
        server.noop()
    return f"{mail.host}:{mail.port} answers"


def password_of(mail: MailSettings, data: Path) -> str:
    """The first line of the password's file. Raises MailError."""
    path = data / mail.password_file
    try:
        return path.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise MailError(f"{path}: the password cannot be read") from error


def _connected(mail: MailSettings, data: Path) -> smtplib.SMTP:
    """A server that said hello and knows who sends; every answer has a deadline."""
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if mail.tls == "tls":
        server = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    try:
        if mail.tls == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, password_of(mail, data))
    except BaseException:
        server.close()
        raise
    return server


class _refused:  # noqa: N801 (used as a function)
    """What went wrong as MailError; for good only where the server said so of this letter."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, said = next(iter(error.recipients.values()))
            raise _answered(code, said) from error
        if isinstance(error, smtplib.SMTPAuthenticationError):
            raise MailError(f"the server refuses user and password ({error.smtp_code})") from error
        if isinstance(error, smtplib.SMTPSenderRefused):
            raise MailError(f"the server refuses the sender ({error.smtp_code})") from error
        if isinstance(error, smtplib.SMTPDataError):
            raise _answered(error.smtp_code, error.smtp_error) from error
        if isinstance(error, smtplib.SMTPException | OSError):
            raise MailError(f"{type(error).__name__}: {error}") from error


def _answered(code: int, said: bytes | str) -> MailError:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return MailError(f"the server answers {code} {text[:200]}", for_good=500 <= code < 600)


def _write(folder: Path, message: EmailMessage, letter: Letter) -> None:
    """A file per letter, named by its number: a second try replaces the first."""
    draft = folder / f".{letter.id:06}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_bytes(message.as_bytes())
        draft.chmod(0o600)
        draft.rename(folder / f"{letter.id:06}.eml")
    except OSError as error:
        raise MailError(f"{folder}: {error.strerror}") from error
