"""All readers of the registry at the gates of one node: a card at each becomes one entry.

The node is a process of its own with the real drivers, decision and journal; the devices
run here. What the contract suite proves of each driver alone must hold of all together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import Site
from rigs import Rig, rig

from gatekeeper.model import EntryKind, Reason
from gatekeeper.readers import REGISTRY, driver_class

# An input device must be the kernel's own to be grabbed by another process than this one.
NAMES = [name for name in sorted(REGISTRY) if driver_class(name).line != "input"]


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[dict[str, Rig]]:
    with ExitStack() as stack:
        made = {}
        for name in NAMES:
            (tmp_path / name).mkdir()
            made[name] = stack.enter_context(rig(name, tmp_path / name))
        yield made


@pytest.fixture
def site(tmp_path: Path, devices: dict[str, Rig]) -> Iterator[Site]:
    with Site(tmp_path, readers={}) as made:
        made.write_settings("".join(table(name, device) for name, device in devices.items()))
        yield made


def table(name: str, device: Rig) -> str:
    """A gate and its reader, as they stand in a settings file."""
    options = ", ".join(f"{k} = {json.dumps(v)}" for k, v in device.settings.options.items())
    return (
        f'\n[[gates]]\nid = "{name}"\nevent = "reception"\n'
        f'[[readers]]\nid = "{name}"\ndriver = "{name}"\ngate = "{name}"\n'
        f"url = {json.dumps(device.settings.url)}\noptions = {{ {options} }}\n"
    )


def test_a_card_at_each_reader_is_decided_and_recorded_once(
    site: Site, devices: dict[str, Rig]
) -> None:
    known = {device.cards[0] for device in devices.values()}
    site.fill((f"p-{card}", card) for card in known)
    site.gatekeeper("node")
    site.wait_status("every reader up", lambda s: s.ready and all_up(s.readers))

    for number in (0, 1):
        for device in devices.values():
            device.tap(device.cards[number])
        for name, device in devices.items():
            recorded(site, name, device.cards[number])
            device.take(device.cards[number])

    entries = [e for e in site.journal.since(0) if e.kind is EntryKind.DECISION]
    shown = {(entry.reader, entry.credential) for entry in entries}
    assert shown == {(name, card) for name, device in devices.items() for card in device.cards}
    # Cards of one kind are the same card at the next reader: it is in already.
    assert {e.reason for e in entries if e.credential in known} <= {
        Reason.GRANTED,
        Reason.ALREADY_IN,
    }
    assert {e.credential for e in entries if e.reason is Reason.GRANTED} == known
    assert len(entries) == len(shown), "a held card is one presentation"
    assert site.verify().ok


def all_up(readers: object) -> bool:
    states = [reader.state.value for reader in readers]  # type: ignore[attr-defined]
    return states == ["up"] * len(NAMES)


def recorded(site: Site, reader: str, card: str) -> None:
    site.entry(0, lambda entry: entry.reader == reader and entry.credential == card)
