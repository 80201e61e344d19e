"""Letters on their way: a real SMTP server on loopback that takes, refuses, hangs and dies."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.config import Config, MailSettings, load
from gatekeeper.db.engine import Database
from gatekeeper.db.mail import Letter, claim_due, mail_counts, queue_mail
from gatekeeper.errors import ConfigError, MailError
from gatekeeper.office import letters
from gatekeeper.worker import mail as room
from gatekeeper.worker.mail import BACK_OFF_S, GIVE_UP_S, Postman, compose, probe

SENDER = "passes@example.org"


class Server:
    """What a mail server did and does. `answer` is given to each letter."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Takes the recipient, or not."""
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes the letter, or not; may die after it has it."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if self.answer == "die before":
            server.transport.abort()
            return "451 gone"
        self.got.append(message)
        if self.answer == "die after":
            server.transport.abort()
        return self.answer


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    """A real SMTP server and its port."""
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


class Clock:
    """Time as the test says."""

    def __init__(self) -> None:
        self.now = 1_796_000_000.0

    def __call__(self) -> float:
        return self.now


class Office:
    """A queue of letters and who sends them."""

    def __init__(self, database: Database, data: Path, mail: MailSettings) -> None:
        self.clock = Clock()
        self.database = database
        self.postman = Postman(Config(data=data, mail=mail), database, self.clock)

    def write(self, subject: str = "เรื่อง", recipient: str = "a@example.com") -> None:
        """One letter into the queue."""
        with self.database.session() as session:
            queue_mail(
                session, recipient=recipient, subject=subject, body="เรียน ท่าน\n", language="th",
                now=self.clock.now,
            )  # fmt: skip

    def counts(self) -> Any:
        """How the letters stand."""
        with self.database.reading() as session:
            return mail_counts(session, 0.0)


@pytest.fixture
def office(database: Database, tmp_path: Path, server: tuple[Server, int]) -> Office:
    """Sends to the server, on both kinds of database."""
    return Office(database, tmp_path, MailSettings(host="127.0.0.1", port=server[1], sender=SENDER))


def test_a_letter_is_sent_once_and_forgotten(office: Office, server: tuple[Server, int]) -> None:
    """Thai in subject and body; what it said does not stay in the database."""
    office.write("คำขอ PR69-ABC")

    assert office.postman.round() == 1
    assert office.postman.round() == 0

    (message,) = server[0].got
    assert (message["Subject"], message["To"], message["From"]) == (
        "คำขอ PR69-ABC",
        "a@example.com",
        SENDER,
    )
    assert message.get_content().strip() == "เรียน ท่าน"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (office.counts().waiting, office.counts().problem) == (0, "")


def test_what_is_rolled_back_is_not_sent(office: Office, server: tuple[Server, int]) -> None:
    """A letter is part of the act that it tells of."""

    def act() -> None:
        with office.database.session() as session:
            queue_mail(session, recipient="a@b.c", subject="s", body="b", language="th", now=0.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()

    assert office.postman.round() == 0
    assert server[0].got == []


@pytest.mark.parametrize("answer", ["451 busy", "die before"])
def test_a_server_that_fails_gets_it_later(
    office: Office, server: tuple[Server, int], answer: str
) -> None:
    """Not at once, and not twice."""
    server[0].answer = answer
    office.write()
    office.postman.round()
    assert (office.counts().waiting, office.counts().failing) == (1, 1)
    assert office.postman.round() == 0

    server[0].answer, server[0].got = "250 OK", []
    office.clock.now += BACK_OFF_S[0]
    office.postman.round()

    assert len(server[0].got) == 1
    assert office.counts().waiting == 0


def test_a_try_whose_end_was_not_heard_is_the_same_letter_again(
    office: Office, server: tuple[Server, int]
) -> None:
    """It is never lost; whoever gets it twice sees the same Message-ID, and shows it once."""
    server[0].answer = "die after"
    office.write()
    office.postman.round()
    server[0].answer = "250 OK"
    office.clock.now += BACK_OFF_S[0]
    office.postman.round()

    first, second = server[0].got
    assert first["Message-ID"] == second["Message-ID"]
    assert office.counts().waiting == 0


def test_a_worker_that_died_while_sending_tries_again(
    office: Office, server: tuple[Server, int]
) -> None:
    """A claim is no end: the letter is due again after its time."""
    office.write()
    with office.database.session() as session:
        claim = claim_due(session, office.clock.now, office.clock.now + 80)
    assert claim is not None
    assert office.postman.round() == 0

    office.clock.now += 81
    office.postman.round()

    assert len(server[0].got) == 1


def test_what_is_refused_for_good_is_given_up_and_shown(
    office: Office, server: tuple[Server, int]
) -> None:
    """An address that does not exist; others go on."""
    server[0].recipient_answer = "550 no such user"
    office.write()
    office.postman.round()
    server[0].recipient_answer = "250 OK"
    office.write(recipient="b@example.com")
    office.clock.now += 30 * 86_400
    office.postman.round()

    assert [message["To"] for message in server[0].got] == ["b@example.com"]
    counts = office.counts()
    assert (counts.waiting, counts.given_up) == (0, 1)
    assert "550 no such user" in counts.problem


def test_after_three_days_it_is_given_up(office: Office, server: tuple[Server, int]) -> None:
    """Not silently: the queue of requests and the doctor say so."""
    server[0].answer = "451 busy"
    office.write()
    tries = 0
    while office.counts().waiting:
        tries += office.postman.round()
        office.clock.now += 1800
        assert tries < 100

    assert 10 < tries < 25
    assert office.counts().given_up == 1
    assert office.clock.now - 1_796_000_000.0 <= GIVE_UP_S + BACK_OFF_S[-1]


def test_a_server_that_hangs_is_left_in_time(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection and says nothing."""
    monkeypatch.setattr(room, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        office = Office(
            database, tmp_path, MailSettings(host="127.0.0.1", port=port, sender=SENDER)
        )
        office.write()
        office.postman.round()

    assert office.counts().failing == 1
    assert "timed out" in office.counts().problem


def test_a_folder_takes_letters_as_files(database: Database, tmp_path: Path) -> None:
    """For a demonstration, and where another program sends them."""
    office = Office(database, tmp_path, MailSettings(outbox="outbox", sender=SENDER))
    office.write("คำขอ")
    office.postman.round()

    (file,) = (tmp_path / "outbox").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (file.suffix, message["Subject"]) == (".eml", "คำขอ")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_name_and_a_password_are_never_sent_in_clear(tmp_path: Path) -> None:
    """The settings refuse it; a server without TLS is not told them either."""
    with pytest.raises(ConfigError, match=r":5: mail\.tls: 'none' seen with a user"):
        settings_of(tmp_path, 'host="h"\nfrom="a@b.c"\nuser="u"\ntls="none"\npassword_file="p"')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host="h"\noutbox="o"\nfrom="a@b.c"', r":3: mail\.outbox: a host and an outbox"),
        ('host="h"\nport=0\nfrom="a@b.c"', r":3: mail\.port: 0 seen"),
        ('host="h"\nfrom="nobody"', r":3: mail\.from: 'nobody' seen"),
        ('host="h h"\nfrom="a@b.c"', r":2: mail\.host: 'h h' seen"),
        ('outbox="o"', r"mail\.from: '' seen"),
        ('host="h"\nfrom="a@b.c"\nuser="u"', r"mail\.password_file"),
        ('host="h"\ntls="ssl"\nfrom="a@b.c"', r":3: mail\.tls"),
        ('hosts="h"', r":2: mail\.hosts"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """Nothing starts with half a mail set-up."""
    with pytest.raises(ConfigError, match=said):
        settings_of(tmp_path, text)


def settings_of(folder: Path, text: str) -> MailSettings:
    """The settings in a file."""
    file = folder / "gatekeeper.toml"
    file.write_text(f"[mail]\n{text}\n")
    return load(file).mail


def test_a_password_is_told_over_tls_only_if_it_is_right(tmp_path: Path) -> None:
    """A server that does not offer STARTTLS gets neither name nor password."""
    handler, asked = Server(), threading.Event()

    def check(_server: Any, _session: Any, _envelope: Any, _kind: str, data: Any) -> AuthResult:
        asked.set()
        return AuthResult(success=isinstance(data, LoginPassword))

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False
    )
    controller.start()
    (tmp_path / "secret").write_text("word\n")
    mail = MailSettings(
        host="127.0.0.1", port=port, tls="starttls", user="u", password_file="secret", sender=SENDER
    )
    try:
        with pytest.raises(MailError, match="STARTTLS"):
            probe(mail, tmp_path)
    finally:
        controller.stop()
    assert not asked.is_set()


def test_the_probe_says_who_answers(server: tuple[Server, int], tmp_path: Path) -> None:
    """For the doctor: nothing is sent."""
    well = MailSettings(host="127.0.0.1", port=server[1], sender=SENDER)
    assert "answers" in probe(well, tmp_path)
    assert server[0].got == []
    with pytest.raises(MailError, match="password cannot be read"):
        room.password_of(MailSettings(user="u", password_file="none"), tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subject=st.text(max_size=80),
    name=st.text(max_size=40),
    text=st.text(max_size=80),
    recipient=st.one_of(st.just("a@example.com"), st.text(max_size=30)),
)
def test_no_text_makes_a_second_header(subject: str, name: str, text: str, recipient: str) -> None:
    """Line ends, NULs and colons in what people type are letters of a line, no more."""
    title, body = letters.written(letters.Kind.ASKED, "en", reference=subject, name=name, text=text)
    letter = Letter(1, 1_796_000_000.0, recipient, title, body, "en", 1)
    try:
        message = compose(letter, MailSettings(sender=SENDER), "site")
        head = message.as_bytes().partition(b"\r\n\r\n")[0]
    except MailError:
        return  # no address: given up, shown

    names = {
        line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"
    }
    assert names <= {
        b"from", b"to", b"subject", b"date", b"message-id", b"content-language",
        b"auto-submitted", b"content-type", b"content-transfer-encoding", b"mime-version",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("kind", list(letters.Kind))
def test_every_letter_names_its_request(kind: letters.Kind, language: str) -> None:
    """Subject and body, in the language of the applicant."""
    subject, body = letters.written(kind, language, reference="PR69-X", name="สมศรี", text="โปรด")

    assert "PR69-X" in subject
    assert "PR69-X" in body
    assert "สมศรี" in body
    assert "$" not in subject + body
