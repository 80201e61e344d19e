"""Readers and a crowd in software: real wire bytes on pseudo-terminals, without hardware.

Shares no code with the product on purpose: an error made on both sides cannot cancel out.
"""
