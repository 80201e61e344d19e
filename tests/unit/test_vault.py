"""Personal numbers are found again, and not read, without the key."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import ConfigError, VaultError
from gatekeeper.vault import KEY_FILE, Vault, tail

VAULT, OTHER = Vault(bytes(32)), Vault(bytes(31) + b"1")
NUMBER = "1103702071811"


@pytest.mark.parametrize("written", ["1-1037-02071-81-1", " ๑๑๐๓๗๐๒๐๗๑๘๑๑ ", "1 1037 02071 81 1"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    expected = VAULT.fingerprint("national_id", NUMBER)

    assert expected == VAULT.fingerprint("national_id", written)


def test_a_fingerprint_depends_on_key_kind_and_number() -> None:
    """Whoever has the database alone cannot try all numbers."""
    seen = {
        VAULT.fingerprint("national_id", NUMBER),
        OTHER.fingerprint("national_id", NUMBER),
        VAULT.fingerprint("passport", NUMBER),
        VAULT.fingerprint("national_id", "1103702071812"),
    }

    assert len(seen) == 4


@given(st.text(max_size=60))
def test_what_is_sealed_comes_back_and_no_two_seals_are_alike(text: str) -> None:
    one, two = VAULT.seal(text, "document"), VAULT.seal(text, "document")

    assert (text, text) == (VAULT.unseal(one, "document"), VAULT.unseal(two, "document"))
    assert one != two


@pytest.mark.parametrize("length", [0, 5, 12, 27])
def test_what_is_cut_or_damaged_is_refused(length: int) -> None:
    sealed = VAULT.seal(NUMBER, "document")

    for bad in (sealed[:length], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(VaultError, match="cannot be opened"):
            VAULT.unseal(bad, "document")


def test_another_key_or_purpose_opens_nothing() -> None:
    sealed = VAULT.seal(NUMBER, "document")

    for vault, purpose in ((OTHER, "document"), (VAULT, "one-time codes")):
        with pytest.raises(VaultError):
            vault.unseal(sealed, purpose)


def test_only_four_signs_stay_readable() -> None:
    assert tail("1-1037-02071-81-1") == "1811"


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait(10)
        found.append(Vault.of(tmp_path).fingerprint("k", "1"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(found) == 8
    assert len(set(found)) == 1
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_of_another_length_is_refused_and_kept(tmp_path: Path) -> None:
    """A damaged key must not be replaced: a new one would open nothing."""
    (tmp_path / KEY_FILE).write_bytes(b"short")

    with pytest.raises(ConfigError, match="5 bytes seen, 32 are due"):
        Vault.of(tmp_path)

    assert (tmp_path / KEY_FILE).read_bytes() == b"short"
