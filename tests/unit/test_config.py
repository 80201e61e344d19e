"""Settings: what a good file gives, and how a bad one is refused by name and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper import config
from gatekeeper.errors import ConfigError
from gatekeeper.model import Direction

GOOD = """\
data = "store"

[site]
id = "ministry"
name_th = "กระทรวง"

[web]
port = 9000

[[gates]]
id = "in-1"
event = "reception"

[[gates]]
id = "out-1"
direction = "out"
area = "hall"

[[readers]]
id = "uhf-1"
driver = "r2000"
url = "/dev/ttyUSB0"
antennas = { "1" = "in-1", "2" = "out-1" }

[[readers]]
id = "lf-1"
driver = "rdm6300"
url = "socket://127.0.0.1:4000"
gate = "in-1"
options = { gone_after_ms = 300 }
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a settings file, with an environment that says nothing."""
    monkeypatch.delenv("DATA", raising=False)
    monkeypatch.delenv("PORT", raising=False)
    return tmp_path / "gatekeeper.toml"


def refusal(file: Path, text: str) -> str:
    """The error that `text` is refused with."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    return str(caught.value)


def test_a_good_file_becomes_frozen_values(file: Path) -> None:
    """Every table arrives, defaults filled in, paths relative to the file."""
    file.write_text(GOOD, encoding="utf-8")

    settings = config.load(file)

    assert settings.data == file.parent / "store"
    assert settings.site.id == "ministry"
    assert settings.web.port == 9000
    assert settings.gates[0].rules().area == "reception"
    assert settings.gates[1].rules().direction is Direction.OUT
    assert settings.gates[1].rules().area == "hall"
    assert settings.readers[0].gates() == ("in-1", "out-1")
    assert settings.readers[1].options == {"gone_after_ms": 300}
    assert settings.database_url == f"sqlite:///{file.parent / 'store' / 'main.sqlite3'}"
    with pytest.raises(AttributeError):
        settings.site.id = "other"  # type: ignore[misc]


def test_the_file_in_the_data_directory_is_found(file: Path) -> None:
    """`--data DIR` alone is enough where DIR holds its own settings."""
    file.write_text(GOOD.replace('data = "store"\n', ""), encoding="utf-8")

    settings = config.load(data=file.parent)

    assert settings.source == file
    assert settings.data == file.parent


def test_data_and_port_outrank_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments beat the environment, which beats the file."""
    file.write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("PORT", "9100")
    monkeypatch.setenv("DATA", str(file.parent / "elsewhere"))

    assert config.load(file).web.port == 9100
    assert config.load(file).data == file.parent / "elsewhere"
    assert config.load(file, data=file.parent / "here", port=9200).web.port == 9200
    assert config.load(file, data=file.parent / "here").data == file.parent / "here"


def test_without_file_or_directory_the_defaults_hold(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing given: no gates, no readers, ./var."""
    monkeypatch.chdir(file.parent)

    settings = config.load()

    assert settings.data == file.parent / "var"
    assert settings.gates == ()


@pytest.mark.parametrize(
    ("change", "line", "named"),
    [
        (("port = 9000", 'port = "x"'), 8, "web.port: Expected `int`, got `str`"),
        (("port = 9000", "prot = 9000"), 8, "web.prot: Object contains unknown field `prot`"),
        (("port = 9000", "port = 70000"), 8, "web.port: 70000 seen"),
        (('direction = "out"', 'direction = "up"'), 16, "gates[1].direction: Invalid enum value"),
        (('id = "out-1"', 'id = "in-1"'), 15, "gates[1].id: 'in-1' is named twice"),
        (('id = "out-1"', 'id = "Out 1"'), 15, "gates[1].id: 'Out 1' seen"),
        (('gate = "in-1"', 'gate = "nowhere"'), 29, "gate 'nowhere' is not defined; defined: in-1"),
        (('gate = "in-1"\n', ""), 26, "serves no gate"),
        (('"2" = "out-1"', '"x" = "out-1"'), 23, "antenna 'x' seen; a number is due"),
        (('driver = "rdm6300"\n', ""), 25, "missing required field `driver`"),
        (('data = "store"', "data = 5"), 1, "data: a path in quotes is due"),
    ],
)
def test_a_bad_setting_is_refused_by_name_and_line(
    file: Path, change: tuple[str, str], line: int, named: str
) -> None:
    """The message is enough to find the place in an editor."""
    message = refusal(file, GOOD.replace(*change))

    assert message.startswith(f"{file}:{line}: ")
    assert named in message


def test_broken_toml_names_its_line(file: Path) -> None:
    """The TOML parser's own place is kept."""
    assert "line 2" in refusal(file, "[site]\nid = \n")


def test_a_file_that_is_not_there_or_no_text_is_refused(file: Path) -> None:
    """Neither ends in a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 0"):
        config.load(file)


def test_a_port_in_the_environment_that_is_none_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PORT comes from people too."""
    monkeypatch.setenv("PORT", "http")

    with pytest.raises(ConfigError, match="PORT='http' seen"):
        config.load(data=file.parent)
