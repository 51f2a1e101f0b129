"""Seeds for the judge's fuzzer, made by the laboratory: every flaw of a staple; and how seeds are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""The moment at which every staple is judged."""

SEPARATOR = b"\x00\xff~\xff\x00"
"""Stands between staple, leaf and issuer."""


def judge_seeds() -> Iterator[tuple[str, bytes]]:
    """File names and inputs: each of them staple, leaf and issuer."""
    key_types: tuple[KeyType, ...] = ("ecdsa", "rsa", "ed25519")
    for key_type in key_types:
        issuer = Authority.root(now=NOW).issue_authority(key=generate_key(key_type))
        leaf = issuer.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"], must_staple=True)
        responder = issuer.issue_responder(key=generate_key(key_type))
        flaws = [None, *FLAWS, *ODDITIES] if key_type == "rsa" else [None, "entry_in_the_middle", "revoked"]
        for flaw in flaws:
            response = staple(leaf, issuer, now=NOW, responder=responder, flaw=flaw)
            name = f"{key_type}-{flaw or 'sound'}".replace(":", "-")
            yield name, SEPARATOR.join([response, leaf.der, issuer.der])


def write(seeds: Iterator[tuple[str, bytes]], directory: Path) -> None:
    """Write the seeds, unless they are there: what was found from them since has the same keys."""
    if directory.exists():
        return
    directory.mkdir(parents=True)
    for name, content in seeds:
        (directory / name).write_bytes(content)
