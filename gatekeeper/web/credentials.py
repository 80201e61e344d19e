"""What people type and scanners send as a credential, refused early where it can be none."""

from __future__ import annotations

from gatekeeper.credential import canonical, printed_low_bits

__all__ = ["readable"]


def readable(text: str) -> str:
    """`text` as the node should get it: canonical, or a printed number that only it can resolve.

    Raises CredentialError.
    """
    stripped = text.strip()
    if printed_low_bits(stripped) is not None:
        return stripped
    return canonical(stripped)
