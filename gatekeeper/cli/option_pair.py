"""One `--option NAME=VALUE` of the command line. Knows no option, and repeats no secret."""

from __future__ import annotations

import re

import click

__all__ = ["pair"]

_NAME = re.compile(r"[a-z][a-z_]{0,23}")
"""How options are called. Anything else may be a value, and a value may be a key."""


def pair(text: str) -> tuple[str, str]:
    """Name and value. Raises UsageError, which repeats `text` only where it can be but a name."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        seen = repr(text) if _NAME.fullmatch(text) else "something else"
        raise click.UsageError(f"--option {seen} seen; NAME=VALUE is due")
    return name.strip(), value.strip()
