"""What pages keep beyond their restart, on both databases."""

from __future__ import annotations

from gatekeeper.db import kept, sessions, users
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database
from gatekeeper.db.kept import Taken


def test_an_ended_session_is_remembered_until_its_cookie_is_too_old(database: Database) -> None:
    with database.session() as session:
        kept.end_session(session, "a", at=1000.0, forget_before=0.0)
        kept.end_session(session, "b", at=2000.0, forget_before=500.0)
        kept.end_session(session, "b", at=2001.0, forget_before=500.0)
    with database.reading() as session:
        assert kept.ended_sessions(session) == {"a", "b"}

    with database.session() as session:
        kept.end_session(session, "c", at=3000.0, forget_before=1500.0)

    with database.reading() as session:
        assert kept.ended_sessions(session) == {"b", "c"}


def test_the_first_who_takes_an_alert_stays_and_is_in_the_record(database: Database) -> None:
    first = Taken(7, "somchai", 1000.0)
    with database.session() as session:
        assert kept.take_alert(session, "house", "gala", first) == first
        assert kept.take_alert(session, "house", "gala", Taken(7, "other", 1001.0)) == first
        # The same number in another site's journal is another entry.
        other = Taken(7, "other", 1002.0)
        assert kept.take_alert(session, "annex", "gala", other) == other

    with database.reading() as session:
        assert kept.taken_alerts(session, "house", 50) == {"gala": [first]}
        acts = [act[1:] for act in latest_acts(session) if act[2] == "vip.acknowledge"]
    assert ("somchai", "vip.acknowledge", "gala", "entry 7") in acts
    assert len(acts) == 2


def test_the_latest_alerts_of_each_event_come_oldest_first(database: Database) -> None:
    with database.session() as session:
        for seq in range(1, 8):
            event = "gala" if seq % 2 else "dinner"
            kept.take_alert(session, "house", event, Taken(seq, "somchai", 1000.0 + seq))

    with database.reading() as session:
        found = kept.taken_alerts(session, "house", 2)

    seqs = {event: [taken.seq for taken in each] for event, each in found.items()}
    assert seqs == {"gala": [5, 7], "dinner": [4, 6]}


def test_a_chosen_language_ends_no_session(database: Database) -> None:
    with database.session() as session:
        account = users.add_user(session, "malee", "a long trial pass word", users.Role.GUARD)
        users.choose_language(session, account.id, "en")
        users.choose_language(session, 10**6, "en")  # somebody who is gone meanwhile

    with database.reading() as session:
        found = users.user_by_id(session, account.id)
    assert found is not None
    assert (account.language, found.language) == ("", "en")
    assert found.session_version == account.session_version


def test_an_open_session_is_listed_until_it_is_ended_void_or_too_old(database: Database) -> None:
    """Its owner sees it; others do not."""
    with database.session() as session:
        mine = users.add_user(session, "malee", "a long trial pass word", users.Role.GUARD)
        other = users.add_user(session, "anan", "a long trial pass word", users.Role.GUARD)
        for name, user, version, at in (
            ("old", mine, 1, 100.0),
            ("void", mine, 0, 1000.0),
            ("ended", mine, 1, 1000.0),
            ("good", mine, 1, 1000.0),
            ("theirs", other, 1, 1000.0),
        ):
            sessions.open_session(
                session, name, user.id, version,
                at=at, origin="192.0.2.1", agent="x" * 999, forget_before=0.0,
            )  # fmt: skip
        kept.end_session(session, "ended", at=1001.0, forget_before=0.0)
        sessions.note_seen(session, {"good": 2000.0, "unheard of": 1.0})

    with database.reading() as session:
        found = sessions.sessions_of(session, mine.id, since=500.0)

    assert [(each.id, each.began_at, each.seen_at) for each in found] == [("good", 1000.0, 2000.0)]
    assert found[0].agent == "x" * sessions.AGENT_MOST


def test_sessions_that_are_too_old_are_forgotten(database: Database) -> None:
    """Addresses are kept no longer than the cookie is good."""
    with database.session() as session:
        user = users.add_user(session, "malee", "a long trial pass word", users.Role.GUARD)
        for name, at, forget in (("a", 100.0, 0.0), ("b", 900.0, 500.0)):
            sessions.open_session(
                session, name, user.id, 1, at=at, origin="", agent="", forget_before=forget
            )

    with database.reading() as session:
        assert [each.id for each in sessions.sessions_of(session, user.id, 0.0)] == ["b"]
