"""The command line: parse, call, print. One module a command group; nothing is decided here.

Modules are imported when their command is called, so that `gatekeeper journal tail` does
not wait for the web framework. A foreseeable failure is one line on stderr and exit 1;
wrong use is exit 2; only a defect of this program shows a traceback.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Mapping
from typing import ClassVar

import click

from gatekeeper import __version__
from gatekeeper.errors import GatekeeperError

COMMANDS = {
    "backup": "gatekeeper.cli.backup:backup",
    "decode": "gatekeeper.cli.decode:command",
    "demo": "gatekeeper.cli.demo:command",
    "doctor": "gatekeeper.cli.doctor:command",
    "export": "gatekeeper.cli.export:command",
    "explain": "gatekeeper.cli.explain:command",
    "import": "gatekeeper.cli.import_:command",
    "journal": "gatekeeper.cli.journal:command",
    "node": "gatekeeper.cli.processes:node",
    "passes": "gatekeeper.cli.prints:command",
    "readers": "gatekeeper.cli.readers:command",
    "restore": "gatekeeper.cli.backup:restore",
    "serve": "gatekeeper.cli.processes:serve",
    "token": "gatekeeper.cli.accounts:token",
    "user": "gatekeeper.cli.accounts:user",
    "visitors": "gatekeeper.cli.visitors:command",
    "web": "gatekeeper.cli.processes:web",
    "worker": "gatekeeper.cli.processes:worker",
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when one of them is asked for."""

    table: ClassVar[Mapping[str, str]] = COMMANDS
    """Name to `module:command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command of this group."""
        return sorted(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds `cmd_name`."""
        if cmd_name not in self.table:
            return None
        module, _, name = self.table[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 (narrows the type)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gatekeeper")
def program() -> None:
    """Event registration and access control with RFID."""


def _one_line(error: click.ClickException) -> str:
    """What was wrong, and where to read how it is done, for people and for scripts."""
    said = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if context is None:
        return f"gatekeeper: {said}"
    path = "gatekeeper" + "".join(f" {word}" for word in context.command_path.split()[1:])
    return f"gatekeeper: {said} ({path} --help says more)"


def _give_up_stdout() -> None:
    """What is left in its buffer has nowhere to go; without this the end of Python tries again."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fill_closed_streams() -> None:
    """Standard streams that the caller has closed lead nowhere; else the next file that is opened,
    a database maybe, would take the place of one, and what a child process prints go into it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
            os.set_inheritable(nowhere, True)
            setattr(sys, name, os.fdopen(nowhere, "w" if number else "r", encoding="utf-8"))


def main() -> None:
    """Entry point: exit 0 when done, 1 when failed, 2 when used wrongly."""
    _fill_closed_streams()
    try:
        # Without standalone mode click hands the status of `ctx.exit` back.
        status = program(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(_one_line(error), err=True)
        sys.exit(error.exit_code)
    except GatekeeperError as error:
        click.echo(f"gatekeeper: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        # What no room foresaw: mostly a full disk, or rights that are missing.
        what = f"{error.filename}: " if error.filename else ""
        click.echo(f"gatekeeper: {what}{error.strerror or error}", err=True)
        _give_up_stdout()
        sys.exit(1)
