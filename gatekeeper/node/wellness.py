"""Whether the node does its work, seen as those see it who need it: over the link.

What is asked takes the ledger's lock, as every decision does; nothing is recorded.
"""

from __future__ import annotations

from typing import Self

from gatekeeper.config import Config
from gatekeeper.errors import LinkError, UserError
from gatekeeper.link.client import LinkClient, RefusedError

__all__ = ["SelfTest"]

_ANY = "em4100:0000000000"
_DEADLINE_S = 3.0


class SelfTest:
    """Asks this process' own node, through its socket."""

    def __init__(self, config: Config) -> None:
        self._link = LinkClient.for_data(config.data, deadline_s=_DEADLINE_S)
        self._gate = config.gates[0].id if config.gates else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    def problem(self) -> str:
        """Why nobody is decided upon, or empty. A refusal is an answer: a node that has too
        many callers, or no journal, does not hang."""
        try:
            if self._gate is None:
                self._link.status()
            else:
                self._link.explain(_ANY, self._gate)
        except (RefusedError, UserError):
            return ""
        except LinkError as error:
            return str(error)
        return ""
