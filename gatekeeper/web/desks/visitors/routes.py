"""Every module with routes of the visitor desk, imported for them."""

from __future__ import annotations

from gatekeeper.web.desks.visitors import acts, cards, desk, expected, lists, record, visitors

__all__ = ["acts", "cards", "desk", "expected", "lists", "record", "visitors"]
