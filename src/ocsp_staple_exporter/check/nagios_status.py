"""The first line and the exit status of a plugin, as Nagios, Icinga and their kin read them.

Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. UNKNOWN
stands for wrong use and for failures of the plugin itself; a host that cannot be resolved or
reached is CRITICAL.
"""

from __future__ import annotations

SERVICE = "OCSP STAPLE"

OK = 0
WARNING = 1
CRITICAL = 2
UNKNOWN = 3

WORDS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}


def unknown_line(message: str) -> str:
    """What a plugin prints that could do nothing."""
    return f"{SERVICE} {WORDS[UNKNOWN]}: {harmless(' '.join(message.split()))}"


def harmless(text: str) -> str:
    """Without the character at which performance data begin."""
    return text.replace("|", r"\x7c")
