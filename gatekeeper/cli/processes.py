"""`gatekeeper serve`, and `node`, `web`, `worker` alone (for systemd)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
import msgspec

from gatekeeper import app, logs
from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.errors import ConfigError
from gatekeeper.supervise import die_with_parent

__all__ = ["node", "serve", "web", "worker"]


def _with_port(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--port`, which ends up in `settings`; a demo is refused anywhere but on loopback."""

    @click.option("--port", type=click.IntRange(1, 65535), help="Port of the pages; else settings.")
    @functools.wraps(function)
    def wrapper(settings: Config, port: int | None) -> Any:
        web = settings.web if port is None else msgspec.structs.replace(settings.web, port=port)
        if settings.demo and web.host not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigError(f"web.host: {web.host!r} seen; a demo is served on loopback only")
        return function(settings=msgspec.structs.replace(settings, web=web))

    return wrapper


@click.command()
@with_config
@_with_port
def serve(settings: Config) -> None:
    """Run node, web and worker; restart what dies; end all on SIGTERM or Ctrl-C."""
    die_with_parent()
    logs.configure("serve")
    app.serve(settings)


@click.command()
@with_config
def node(settings: Config) -> None:
    """Run the node alone: readers, decisions, journal."""
    die_with_parent()
    logs.configure("node", apart=True)
    app.run_node(settings)


@click.command()
@with_config
@_with_port
def web(settings: Config) -> None:
    """Run the web process alone: screens, desks, HTTP API."""
    die_with_parent()
    logs.configure("web")
    app.run_web(settings)


@click.command()
@with_config
def worker(settings: Config) -> None:
    """Run the worker alone: it copies the journal into the main database."""
    die_with_parent()
    logs.configure("worker")
    app.run_worker(settings)
