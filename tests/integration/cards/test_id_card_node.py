"""A Thai identity card in a real service's reader, read by a node for a desk of its settings."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Site

from firmware_sim.pcscd import Pcscd
from firmware_sim.thai_id import ThaiIdCard
from gatekeeper.link.messages import IdCard

pytestmark = pytest.mark.needs_pcscd
DESK = "Desk"


def test_a_node_reads_the_card_at_a_desk_and_logs_no_number(site: Site, bench: Any) -> None:
    """Through pcscd, the node and its link; a card that is not there is a sentence in time."""
    bench.serve(DESK)
    name = Pcscd.full_name(DESK)
    site.write_settings(f'\n[[desks]]\nid = "front"\nid_card_reader = "{name}"\n')
    site.fill([("p1", "em4100:62E3086CED")])
    node = site.gatekeeper("node")
    site.wait_status("a node that decides", lambda found: found.ready)

    empty = site.link.read_id_card("front", 0.2)
    bench.thai_id(DESK, ThaiIdCard())
    read = site.link.read_id_card("front", 8.0)

    assert (empty.card, empty.reason, bool(empty.th)) == (None, "no_card", True)
    assert read.card == IdCard("1101700203441", "นาย", "สมชาย", "ใจดี", "Mr. Somchai Jaidee")
    assert "1101700203441" not in node.output
