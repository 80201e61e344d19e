"""Documents are tested: every command, reason, driver and setting in the code appears in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper import config, outputs, readers
from gatekeeper.cli import COMMANDS
from gatekeeper.reasons import Reason

DOCS = Path(__file__).resolve().parents[2] / "docs"
README = DOCS.parent / "README.md"
SECTIONS = {
    "site": config.SiteSettings,
    "database": config.DatabaseSettings,
    "web": config.WebSettings,
    "gates": config.GateSettings,
    "readers": config.ReaderSettings,
    "boards": config.BoardSettings,
    "doors": config.DoorSettings,
    "desks": config.DeskSettings,
    "visitors": config.VisitorSettings,
    "print": config.PrintSettings,
    "mail": config.MailSettings,
}


@pytest.mark.parametrize("reason", list(Reason))
def test_the_table_of_reasons_is_the_code_s(reason: Reason) -> None:
    """docs/reasons.md holds each row word for word, in the code's order."""
    rows = [line for line in (DOCS / "reasons.md").read_text("utf-8").splitlines() if "| `" in line]
    text = reason.text

    assert rows[reason.rank] == (
        f"| `{reason}` | {text.cls} | {text.headline.th} | {text.headline.en} "
        f"| {text.next_step.th} / {text.next_step.en} |"
    )


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_described(command: str) -> None:
    """docs/operating.md names each command."""
    assert f"gatekeeper {command}" in (DOCS / "operating.md").read_text("utf-8")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_described(section: str) -> None:
    """docs/operating.md names each key of each table of the settings file."""
    document = (DOCS / "operating.md").read_text("utf-8")

    keys = SECTIONS[section].__struct_encode_fields__
    missing = [key for key in keys if f"`{section}.{key}`" not in document]

    assert missing == []


def test_every_driver_is_described() -> None:
    """docs/readers has a page for each line of the registry, and words beside its table."""
    for name in readers.REGISTRY:
        words = (DOCS / "readers" / f"{name}.md").read_text("utf-8").partition("<!--")[0]

        assert words.startswith(f"# {name}\n")
        assert len(words) > 300


def test_every_board_is_described() -> None:
    """docs/outputs.md names each line of the registry, and each of its options."""
    document = (DOCS / "outputs.md").read_text("utf-8")
    names = list(outputs.REGISTRY)
    for name in outputs.REGISTRY:
        names += outputs.board_class(name).options.__struct_fields__

    assert [name for name in names if f"`{name}`" not in document] == []


@pytest.mark.parametrize("path", [README, *sorted(DOCS.rglob("*.md"))], ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    """Every relative link and picture exists."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))

    assert [t for t in targets if not (path.parent / t).exists()] == []
