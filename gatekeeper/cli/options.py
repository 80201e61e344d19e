"""Options that every command shares, and how they become settings."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatekeeper import config

__all__ = ["Number", "no_config", "with_config"]


class Number(click.FloatRange):
    """A number within bounds. NaN lies beyond none and is refused, too."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Raises BadParameter for what is no number or out of bounds."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value} seen; a number is due", param, ctx)
        return found


def with_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--config FILE` and `--data DIR`; the command receives `settings: config.Config`."""

    @click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Settings (TOML). Default: DIR/gatekeeper.toml if it exists.",
    )
    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="Directory of the databases. Default: $DATA, or what the settings say.",
    )
    @functools.wraps(function)
    def wrapper(config_file: Path | None, data: Path | None, **rest: Any) -> Any:
        return function(settings=config.load(config_file, data), **rest)

    return wrapper


def no_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take `--config` and `--data` as every command does, where no settings are needed."""

    @click.option("--config", "config_file", hidden=True)
    @click.option("--data", hidden=True)
    @functools.wraps(function)
    def wrapper(config_file: str | None, data: str | None, **rest: Any) -> Any:
        return function(**rest)

    return wrapper
