"""`python -m gatekeeper` is the command `gatekeeper`."""

from gatekeeper.cli import main

main()
