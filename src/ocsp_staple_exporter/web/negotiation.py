"""Which text format and which coding a scraper gets (RFC 9110 §12.5, Prometheus's content negotiation).

All our names are of the old character set, which the schemes `underscores` and
`allow-utf-8` leave as they are; a scraper that asks for another gets `underscores`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics


@dataclass(frozen=True, slots=True)
class Format:
    """A text format: how it is called, and how prometheus_client writes a registry in it."""

    media_type: str
    version: str
    write: Callable[[CollectorRegistry], bytes]


TEXT_0_0_4 = Format("text/plain", "0.0.4", generate_latest)
TEXT_1_0_0 = Format("text/plain", "1.0.0", generate_latest)
OPENMETRICS_1_0_0 = Format("application/openmetrics-text", "1.0.0", generate_openmetrics)

_FORMATS = {
    ("*/*", ""): TEXT_0_0_4,
    ("text/*", ""): TEXT_0_0_4,
    ("text/plain", ""): TEXT_0_0_4,
    ("text/plain", "0.0.4"): TEXT_0_0_4,
    ("text/plain", "1.0.0"): TEXT_1_0_0,
    ("application/openmetrics-text", ""): OPENMETRICS_1_0_0,
    ("application/openmetrics-text", "1.0.0"): OPENMETRICS_1_0_0,
}


def negotiate(accept: str) -> tuple[Format, str]:
    """The format that the scraper likes best, the first of equals, and its Content-Type.

    One that likes none of ours gets text 0.0.4: a body that it may read helps more than a 406.
    """
    best, best_quality, escaping = TEXT_0_0_4, 0.0, "underscores"
    for media_type, parameters in _ranges(accept):
        form = _FORMATS.get((media_type, parameters.get("version", "")))
        quality = _quality(parameters)
        if form is not None and quality > best_quality:
            best, best_quality = form, quality
            escaping = "allow-utf-8" if parameters.get("escaping") == "allow-utf-8" else "underscores"
    content_type = f"{best.media_type}; version={best.version}; charset=utf-8"
    return best, content_type if best is TEXT_0_0_4 else f"{content_type}; escaping={escaping}"


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the scraper names gzip and does not refuse it."""
    return any(coding in {"gzip", "x-gzip"} and _quality(parameters) for coding, parameters in _ranges(accept_encoding))


def _ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for one in header.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        yield name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _quality(parameters: dict[str, str]) -> float:
    """RFC 9110 §12.4.2; a weight that is none counts as a refusal."""
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
