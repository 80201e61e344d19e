"""The index against a plain dict, for look-ups, changes, printed numbers and many threads."""

from __future__ import annotations

import threading

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gatekeeper.access.index import CredentialIndex, pack, unpack
from gatekeeper.errors import CredentialError
from gatekeeper.model import Holder, InvitationState, Pass, PassKind, PassState, pack_holder

CREDENTIALS = [f"em4100:{high}{low}" for high in ("62", "63") for low in ("E3086CED", "0000644B")]
CREDENTIALS += ["uid:047BCB51962280", "epc:300833B2DDD9014000000001", "qr:บัตร", "pass:17"]
IDS = ["p1", "p2", "x" * 40, "รหัส", "y" * 300]


def passes() -> st.SearchStrategy[Pass]:
    return st.builds(
        Pass,
        id=st.sampled_from(IDS),
        credential=st.sampled_from(CREDENTIALS),
        state=st.sampled_from(PassState),
        companions=st.integers(0, 3),
    )


def filled(*some: Pass) -> CredentialIndex:
    index = CredentialIndex()
    index.replace([(one.credential, pack(one)) for one in some], 7)
    return index


def test_every_field_comes_back() -> None:
    full = Pass(
        "p1",
        "uid:047BCB51962280",
        PassKind.VEHICLE,
        PassState.LOST,
        "gala",
        InvitationState.CANCELLED,
        1.5,
        2.5,
        ("a", "b"),
        4,
        pack_holder(Holder("นายกิตติ ใจดี", vip=True)),
    )
    index = filled(full)

    assert index.find("uid:047BCB51962280") == full
    assert index.find_pass("p1") == full
    assert unpack(pack(full)) == full
    assert (len(index), index.change_seq) == (1, 7)


def test_an_empty_index_knows_nobody() -> None:
    index = CredentialIndex()

    assert (index.find("uid:047BCB51962280"), index.find_pass("p1"), len(index)) == (None, None, 0)


def test_thousands_are_found_and_their_neighbours_are_not() -> None:
    index = filled(*(Pass(f"p{n}", f"epc:{n:024X}") for n in range(0, 20_000, 2)))

    for n in range(0, 20_000, 2):
        found = index.find(f"epc:{n:024X}")
        assert found is not None
        assert found.id == f"p{n}"
        assert index.find(f"epc:{n + 1:024X}") is None
    assert index.find_pass("p1998") is not None
    assert index.find_pass("p1999") is None


def test_a_credential_named_twice_is_what_it_was_named_last() -> None:
    """A pass that is revoked further down the same list is revoked."""
    index = filled(Pass("p1", "uid:24D34F59"), Pass("p1", "uid:24D34F59", state=PassState.REVOKED))

    found = index.find("uid:24D34F59")
    assert found is not None
    assert found.state is PassState.REVOKED


class Changes(RuleBasedStateMachine):
    """Any series of loads and changes leaves what a dict would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.index = CredentialIndex()
        self.model: dict[str, Pass] = {}

    @rule(some=st.lists(passes(), max_size=6, unique_by=lambda one: one.credential))
    def load(self, some: list[Pass]) -> None:
        self.model = {one.credential: one for one in some}
        self.index.replace([(one.credential, pack(one)) for one in some])

    @rule(one=passes())
    def put(self, one: Pass) -> None:
        self.model[one.credential] = one
        self.index.apply(one.credential, pack(one))

    @rule(credential=st.sampled_from(CREDENTIALS))
    def take_away(self, credential: str) -> None:
        self.model.pop(credential, None)
        self.index.apply(credential, None)

    @invariant()
    def same(self) -> None:
        assert {c: self.index.find(c) for c in CREDENTIALS} == {
            c: self.model.get(c) for c in CREDENTIALS
        }
        assert len(self.index) == len(self.model)
        for pass_id in IDS:
            found = self.index.find_pass(pass_id)
            holding = [one for one in self.model.values() if one.id == pass_id]
            assert found in holding if holding else found is None
        for typed in ("0006513901", "000,25675", "4141649133"):
            self.resolve_as_a_dict_would(typed)

    def resolve_as_a_dict_would(self, typed: str) -> None:
        """Decimal digits name the known cards that end so; the text itself if it is one."""
        value, bits = (
            (int(typed), 32) if len(typed) == 10 else (int(typed[:3]) << 16 | int(typed[4:]), 24)
        )
        cards = [c for c in self.model if c.startswith("em4100:")]
        meant = {c for c in cards if int(c[7:], 16) % (1 << bits) == value}
        if len(meant) > 1:
            with pytest.raises(CredentialError, match="known cards end in this number"):
                self.index.resolve(typed)
        elif meant:
            assert self.index.resolve(typed) == meant.pop()


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0006572982", "em4100:6200644BB6"),
        ("100,19382", "em4100:6200644BB6"),
        ("๑๐๐,๑๙๓๘๒", "em4100:6200644BB6"),
        (" 100 19382 ", "em4100:6200644BB6"),
        ("6200644bb6", "em4100:6200644BB6"),
        ("em4100:0006572982", "em4100:0006572982"),
        ("0000000001", "em4100:0000000001"),
        ("001,00001", "em4100:0000010001"),
        ("24d34f59", "uid:24D34F59"),
    ],
)
def test_what_is_typed_means_the_known_card(typed: str, meant: str) -> None:
    """The printed digits alone could be many cards; an unknown one is taken literally."""
    assert filled(Pass("p1", "em4100:6200644BB6")).resolve(typed) == meant


def test_a_printed_number_that_two_known_cards_share_is_refused() -> None:
    index = filled(Pass("p1", "em4100:6200644BB6"), Pass("p2", "em4100:6300644BB6"))

    with pytest.raises(CredentialError, match="2 known cards"):
        index.resolve("0006572982")


def test_ten_digits_that_are_one_card_s_number_and_another_s_print_are_refused() -> None:
    """Read as hexadecimal they are the second card, read as decimal the first."""
    index = filled(Pass("p1", "em4100:6200644BB6"), Pass("p2", "em4100:0006572982"))

    with pytest.raises(CredentialError, match="2 known cards"):
        index.resolve("0006572982")


def test_a_card_taken_away_is_no_longer_meant_by_its_print() -> None:
    index = filled(Pass("p1", "em4100:6200644BB6"), Pass("p2", "em4100:6300644BB6"))
    index.apply("em4100:6200644BB6", None)

    assert index.resolve("0006572982") == "em4100:6300644BB6"


def test_a_card_refused_by_its_state_keeps_all_else() -> None:
    """Closed at once, and shown with its holder; nobody becomes known, nothing opens by it."""
    index = filled(Pass(id="p1", credential="uid:01020304", gates=("a",), holder=b"x"))

    index.refuse("uid:01020304", PassState.EXPIRED)
    index.refuse("uid:0A0B0C0D", PassState.EXPIRED)

    due = Pass(
        id="p1", credential="uid:01020304", gates=("a",), holder=b"x", state=PassState.EXPIRED
    )
    assert index.find("uid:01020304") == due
    assert index.find_pass("p1") == due
    assert index.find("uid:0A0B0C0D") is None
    with pytest.raises(ValueError, match="active"):
        index.refuse("uid:01020304", PassState.ACTIVE)
    assert index.find("uid:01020304") == due


@given(st.binary(max_size=40))
def test_bytes_that_are_no_pass_are_refused_and_change_nothing(junk: bytes) -> None:
    index = filled(Pass("p1", "uid:24D34F59"))

    with pytest.raises((ValueError, msgspec.MsgspecError)):
        index.apply("uid:24D34F59", junk)
    assert index.find("uid:24D34F59") == Pass("p1", "uid:24D34F59")


def test_a_pass_under_another_s_credential_is_refused() -> None:
    index = CredentialIndex()

    with pytest.raises(ValueError, match="another credential"):
        index.apply("uid:24D34F59", pack(Pass("p1", "uid:FFFFFFFF")))


def test_a_load_that_fails_leaves_the_old_passes() -> None:
    index = filled(Pass("p1", "uid:24D34F59"))

    with pytest.raises(ValueError, match="packed pass begins with"):
        index.replace([("uid:FFFFFFFF", b"\x00\x00")])
    assert index.find("uid:24D34F59") is not None


def test_look_ups_go_on_while_all_passes_are_replaced() -> None:
    """Every look-up finds the old pass or the new one, never none."""
    generations = [
        [(f"epc:{n:08X}", pack(Pass(str(n), f"epc:{n:08X}", companions=g))) for n in range(500)]
        for g in range(2)
    ]
    index = CredentialIndex()
    index.replace(generations[0])
    missing: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            missing.extend(n for n in range(0, 500, 7) if index.find(f"epc:{n:08X}") is None)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        index.replace(generations[turn % 2])
    stop.set()
    for thread in threads:
        thread.join()

    assert missing == []
