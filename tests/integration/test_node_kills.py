"""kill -9 of the node a hundred times under load: nothing that was answered is ever lost.

Callers over the link ask with nonces and ask again until they have an answer, as scanners
do; a simulated reader reads tags all the while. The node is killed at random moments, also
while it starts. Afterwards the journal is compared with what the callers were told.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

import pytest
from harness import Site

from gatekeeper.access.presence import Presence
from gatekeeper.errors import LinkError
from gatekeeper.link.client import LinkClient
from gatekeeper.model import JournalEntry, Presentation, Verdict

KILLS = 100
SEED = 20261122
LONGEST_LIFE_S = 0.35
"""A node is left alive up to so long: from its start, or from when it decides."""
CARDS = [f"em4100:{number:010X}" for number in range(12)]
TAGS = [f"epc:300833B2DDD9014{number:09X}" for number in range(40)]
PACE_S = 0.01
CALLERS = 4


class Caller(threading.Thread):
    """Reads cards in and out by turns over the link; keeps every answer it was given."""

    def __init__(self, site: Site, number: int, enough: threading.Event) -> None:
        super().__init__(name=f"caller-{number}")
        self.answers: dict[str, JournalEntry] = {}
        self.asked_again = 0
        self._random = random.Random(SEED + number)
        self._client = LinkClient.for_data(site.data, deadline_s=5.0)
        self._enough = enough

    def run(self) -> None:
        while not self._enough.wait(PACE_S):
            nonce = f"{self.name}-{len(self.answers)}"
            gate = self._random.choice(["lf1", "lf2"])
            self.answers[nonce] = self._ask(gate, self._random.choice(CARDS), nonce)
        self._client.close()

    def _ask(self, gate: str, card: str, nonce: str) -> JournalEntry:
        shown = Presentation(gate=gate, reader=self.name, credential=card, nonce=nonce)
        while True:
            try:
                return self._client.read(shown).entry
            except LinkError:
                self.asked_again += 1
                self._enough.wait(PACE_S)


class Crowd(threading.Thread):
    """Shows tags at the simulated reader, each until it is read; keeps the entries."""

    def __init__(self, site: Site, enough: threading.Event) -> None:
        super().__init__(name="crowd")
        self.entries: list[JournalEntry] = []
        self._site = site
        self._enough = enough

    def run(self) -> None:
        number = 0
        while not self._enough.is_set():
            self.entries.append(self._site.tap("uhf1", TAGS[number % len(TAGS)]))
            number += 1


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_and_admit_nobody_twice(site: Site) -> None:
    site.fill((f"p{n}", credential) for n, credential in enumerate(CARDS + TAGS))
    site.simulate()
    enough = threading.Event()
    callers = [Caller(site, number, enough) for number in range(CALLERS)]
    crowd = Crowd(site, enough)
    for thread in (*callers, crowd):
        thread.start()

    runs = _kill_again_and_again(site)
    site.node()
    enough.set()
    for thread in (*callers, crowd):
        thread.join()

    answers = {nonce: entry for c in callers for nonce, entry in c.answers.items()}
    journal = {entry.seq: entry for entry in site.journal.replay()}
    withdrawn = site.journal.withdrawn()
    assert site.verify().ok
    assert runs > KILLS // 3, "too few of the killed nodes ever decided"
    assert sum(c.asked_again for c in callers) > KILLS // 3, "too few kills were felt"
    assert not [e for e in answers.values() if e.seq and journal.get(e.seq) != e], "lost answers"
    assert not [e for e in answers.values() if e.seq in withdrawn], "withdrawn after being told"
    assert not [e for e in crowd.entries if journal.get(e.seq) != e], "lost reads"
    counted = Counter(e.nonce for e in journal.values() if e.nonce and not e.late)
    assert not [nonce for nonce, times in counted.items() if times > 1], "counted twice"
    _nobody_twice(journal, withdrawn)
    _presence_is_a_replay(site)


def _kill_again_and_again(site: Site) -> int:
    """Every second node is killed while it starts, every other one while it decides."""
    rolls, pause = random.Random(SEED), threading.Event()
    for turn in range(KILLS):
        node = site.gatekeeper("node")
        if turn % 2:
            site.wait_status("a node that decides", lambda s: s.ready)
        pause.wait(rolls.uniform(0.0, LONGEST_LIFE_S))
        node.kill()
        site.forget(node)
    return len({entry.run for entry in site.journal.replay()})


def _nobody_twice(journal: dict[int, JournalEntry], withdrawn: frozenset[int]) -> None:
    """For each pass, entries and exits alternate in the record."""
    inside: set[str] = set()
    for entry in journal.values():
        if entry.seq in withdrawn or entry.pass_id is None or entry.reason is None:
            continue
        if entry.reason.verdict is not Verdict.GRANTED:
            continue
        if entry.direction == "in":
            assert entry.pass_id not in inside, f"entry {entry.seq}: admitted while inside"
            inside.add(entry.pass_id)
        else:
            assert entry.pass_id in inside, f"entry {entry.seq}: let out while outside"
            inside.discard(entry.pass_id)


def _presence_is_a_replay(site: Site) -> None:
    """The node that replayed after the last kill knows what a replay from nothing gives."""
    presence = Presence()
    presence.replay(site.journal.replay(), site.journal.withdrawn())
    now = time.time()
    for number, credential in enumerate(CARDS + TAGS):
        told = site.link.explain(credential, "lf1", now).decision
        known = presence.lookup(f"p{number}", "reception")
        expected = (
            "already_in" if known.inside else "granted_reentry" if known.entries else "granted"
        )
        assert (told.reason, told.first_seen_at) == (
            expected,
            known.first_seen_at if known.inside else None,
        )
