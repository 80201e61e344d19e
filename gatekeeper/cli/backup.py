"""`gatekeeper backup DIR` and `gatekeeper restore DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper.cli.options import with_config
from gatekeeper.config import Config
from gatekeeper.errors import JournalCorrupt

__all__ = ["backup", "restore"]


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@with_config
def backup(settings: Config, directory: Path) -> None:
    """Back up everything to the new DIRECTORY, also while all processes run.

    Keep it as safe as the installation itself: it holds the keys and all personal data.
    """
    from gatekeeper.worker.backup import back_up

    manifest = back_up(settings, directory)
    if manifest.journal_problem:
        raise JournalCorrupt(
            f"{directory}: backed up, but the journal is not whole: {manifest.journal_problem}"
        )
    size = sum(line.bytes for line in manifest.files)
    click.echo(
        f"{directory}: {len(manifest.files)} files, {size / 1e6:.1f} MB, "
        f"journal whole with {manifest.journal_entries} entries"
    )


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--check", is_flag=True, help="Prove the backup only; restore nothing.")
@with_config
def restore(settings: Config, directory: Path, check: bool) -> None:
    """Restore the backup in DIRECTORY where no installation is yet (--data DIR)."""
    from gatekeeper.worker.restore import check_backup
    from gatekeeper.worker.restore import restore as put_back

    if check:
        manifest = check_backup(directory)
        click.echo(f"{directory}: whole; journal of {manifest.journal_entries} entries proven")
        return
    manifest = put_back(settings, directory)
    click.echo(
        f"{settings.data}: restored {len(manifest.files)} files; "
        f"journal of {manifest.journal_entries} entries proven"
    )
