"""A network model of a Chafon reader: the driver over a real socket, unplugged and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rigs

from firmware_sim.chafon import Chafon
from gatekeeper.errors import TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers import make_reader
from gatekeeper.readers.base import Reader
from gatekeeper.readers.clock import SystemClock


class Networked(Chafon):
    """The same reader with a socket for a port."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings, options={"line": "tcp"})


def reads_until(driver: Reader, due: Callable[[list[CardRead]], bool]) -> list[CardRead]:
    reads: list[CardRead] = []
    end = time.monotonic() + rigs.DEADLINE_S
    while not due(reads):
        assert time.monotonic() < end, driver.problem()
        reads += driver.read()
    return reads


def test_a_network_model_is_read_unplugged_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the address that the device tells; no speed is ever tried."""
    monkeypatch.setattr(rigs, "device_class", lambda _name: Networked)
    with rigs.SimulatedRig("chafon", tmp_path) as device:
        first, second = device.cards
        url = "socket://" + (tmp_path / "gate1.address").read_text().strip()
        driver = make_reader(msgspec.structs.replace(device.settings, url=url), SystemClock())
        with driver:
            device.tap(first)
            reads_until(driver, bool)
            device.unplug()
            with pytest.raises(TransportError, match=r"seen; .+ due"):
                reads_until(driver, lambda _: False)
        device.replug()
        device.take(first)
        device.tap(second)
        with driver:
            reads = reads_until(driver, bool)

    assert reads[-1].credential == second
    assert "no_answer" not in driver.counters.errors
    assert driver.counters.garbage == 0
