"""What probably went wrong, who notices, and how it is mended."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Software(enum.Enum):
    """The servers that fixes are known for. Values are words of the command line and the API."""

    NGINX = "nginx"
    APACHE = "apache"
    HAPROXY = "haproxy"
    CADDY = "caddy"
    ENVOY = "envoy"
    LIGHTTPD = "lighttpd"
    HITCH = "hitch"
    STUNNEL = "stunnel"
    IIS = "iis"
    JAVA = "java"


SOFTWARE_NAMES: Mapping[Software, str] = {
    Software.NGINX: "nginx",
    Software.APACHE: "Apache httpd",
    Software.HAPROXY: "HAProxy",
    Software.CADDY: "Caddy",
    Software.ENVOY: "Envoy",
    Software.LIGHTTPD: "lighttpd",
    Software.HITCH: "Hitch",
    Software.STUNNEL: "stunnel",
    Software.IIS: "IIS",
    Software.JAVA: "Java",
}
"""As people write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """How one kind of server is mended."""

    software: Software | None
    """None: whatever the server is."""

    text: str
    """One to three sentences."""

    snippet: str = ""
    """Lines to copy: configuration or commands; empty where there is nothing to copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Plain words for a result that is not sound."""

    headline: str
    """One sentence that names the fault."""

    effect: str
    """Who notices: which clients refuse, and when."""

    cause: str
    """What it usually comes from, the likeliest first."""

    fixes: tuple[Fix, ...]
    """The likeliest first."""

    runbook: str
    """The page of docs/runbooks/ without its suffix, `OCSPStapleStale`."""
