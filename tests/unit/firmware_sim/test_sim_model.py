"""The simulator's own idea of who may pass: the table of reasons, and presence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware_sim.people import KINDS, Gate, Model, Person, read_people

IN, OUT, OTHER = Gate("hall"), Gate("exit", "out"), Gate("garage")
TAG = "em4100:62E3086CED"


def model(person: Person, doors: float | None = None) -> Model:
    """A model that knows one person."""
    return Model({person.credential: person}, doors)


@pytest.mark.parametrize(("kind", "reason"), KINDS.items())
def test_each_kind_ends_in_its_reason(kind: str, reason: str | None) -> None:
    """At an entrance, for somebody who is not inside."""
    assert model(Person(TAG, kind)).decide(IN, TAG, 0.0) == (reason or "granted")


def test_a_tag_that_nobody_knows() -> None:
    """No person behind it, at either kind of gate."""
    empty = Model({})

    assert [empty.decide(gate, TAG, 0.0) for gate in (IN, OUT)] == ["unknown_credential"] * 2


def test_in_twice_out_and_back() -> None:
    """The usual story of a guest."""
    guest = model(Person(TAG))
    gates = [OUT, IN, IN, OUT, OUT, IN, IN]

    assert [guest.decide(gate, TAG, 0.0) for gate in gates] == [
        "not_in",
        "granted",
        "already_in",
        "granted_exit",
        "not_in",
        "granted_reentry",
        "already_in",
    ]


def test_before_the_doors_open_and_after_the_pass_ends() -> None:
    """The first instant belongs to the pass, the last does not."""
    guest = model(Person(TAG, valid_until=200.0), doors=100.0)

    assert [guest.decide(IN, TAG, at) for at in (99.9, 200.0)] == ["not_yet_valid", "expired"]
    assert guest.decide(IN, TAG, 100.0) == "granted"


def test_of_several_denials_the_later_one_in_the_table_is_told() -> None:
    """A revoked pass before the doors open, at a gate that it does not open."""
    person = Person(TAG, "revoked", gates=("hall",))

    assert model(person, doors=100.0).decide(OTHER, TAG, 0.0) == "revoked"


def test_somebody_inside_may_leave_with_an_expired_pass() -> None:
    """Nobody is held back at an exit for the validity of an invitation."""
    guest = model(Person(TAG, valid_until=200.0))
    guest.decide(IN, TAG, 100.0)

    assert guest.decide(OUT, TAG, 300.0) == "granted_exit"


@given(
    st.lists(
        st.tuples(st.sampled_from([IN, OUT, OTHER]), st.floats(0.0, 300.0), st.sampled_from("ABC")),
        max_size=40,
    ),
    st.sampled_from(sorted(KINDS)),
)
def test_only_a_green_changes_who_is_inside(
    steps: list[tuple[Gate, float, str]], kind: str
) -> None:
    """And nobody is let in whose kind is not ok, whenever and wherever they try."""
    people = {tag: Person(tag, "ok" if tag == "A" else kind, gates=("hall",)) for tag in "AB"}
    tried = Model(people, doors_open=100.0)
    for gate, at, tag in steps:
        before = tag in tried.inside
        reason = tried.decide(gate, tag, at)

        if reason.startswith("granted"):
            assert people[tag].kind == "ok"
            assert (tag in tried.inside) == (gate.direction == "in") != before
            assert gate.direction == "out" or (at >= 100.0 and gate is IN)
        else:
            assert (tag in tried.inside) == before


class Presence(RuleBasedStateMachine):
    """The model against a counter that knows nothing but alternation."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model({tag: Person(tag) for tag in "AB"})
        self.entries = dict.fromkeys("AB", 0)
        self.exits = dict.fromkeys("AB", 0)

    @rule(tag=st.sampled_from("AB"))
    def come(self, tag: str) -> None:
        """Granted once, then already in; a re-entry after any exit."""
        inside = self.entries[tag] > self.exits[tag]
        due = "already_in" if inside else "granted_reentry" if self.exits[tag] else "granted"
        self.entries[tag] += not inside
        assert self.model.decide(IN, tag, 0.0) == due

    @rule(tag=st.sampled_from("AB"))
    def go(self, tag: str) -> None:
        """Only who is in can go."""
        inside = self.entries[tag] > self.exits[tag]
        self.exits[tag] += inside
        assert self.model.decide(OUT, tag, 0.0) == ("granted_exit" if inside else "not_in")

    @invariant()
    def inside_is_entries_less_exits(self) -> None:
        """Who is inside has one entry more than exits."""
        inside = {tag for tag in "AB" if self.entries[tag] > self.exits[tag]}
        assert self.model.inside == inside


TestPresence = Presence.TestCase


def test_people_from_json_and_csv_are_the_same(tmp_path: Path) -> None:
    """Both forms, with what an office's file leaves empty."""
    (tmp_path / "p.json").write_text(
        '[{"credential": "em4100:62E3086CED", "kind": "ok", "vip": true, "companions": 2,'
        ' "gates": ["hall", "garage"], "name": "ignored"},'
        ' {"credential": "epc:3008", "kind": "revoked", "valid_until": 5.5}]',
        encoding="utf-8",
    )
    (tmp_path / "p.csv").write_text(
        "credential,kind,vip,companions,gates,valid_until\n"
        "em4100:62E3086CED,,yes,2,hall;garage,\n"
        "epc:3008,revoked,,,,5.5\n",
        encoding="utf-8",
    )

    assert read_people(tmp_path / "p.json") == read_people(tmp_path / "p.csv")
    assert read_people(tmp_path / "p.csv") == {
        TAG: Person(TAG, "ok", vip=True, companions=2, gates=("hall", "garage")),
        "epc:3008": Person("epc:3008", "revoked", valid_until=5.5),
    }


@pytest.mark.parametrize(
    "row", ["62E3086CED,ok", "em4100:62E3086CED,friendly", "epc:3008,ok\nepc:3008,ok"]
)
def test_a_person_who_cannot_be_understood_is_named(tmp_path: Path, row: str) -> None:
    """With the file and the number of the person."""
    (tmp_path / "p.csv").write_text(f"credential,kind\n{row}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"p\.csv: person [12]: "):
        read_people(tmp_path / "p.csv")
