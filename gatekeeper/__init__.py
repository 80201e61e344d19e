"""Gatekeeper: event registration and access control with RFID.

The rooms of this package and who may import whom are drawn in docs/architecture.md
and enforced by import-linter (see pyproject.toml).
"""

__version__ = "0.1.0"
