"""What other verifiers decide about a staple, in words that can be compared with ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pytest

from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple
from tests.ocsp.pki import Pki

REJECTED = "rejected"
"""Neither good nor revoked nor unknown: the staple must not be used."""

ALL = [*FLAWS, *ODDITIES]

SOUND: list[tuple[KeyType, str]] = [
    ("rsa", "rsa_pkcs1_sha256"),
    ("rsa", "rsa_pkcs1_sha384"),
    ("rsa", "rsa_pkcs1_sha512"),
    ("rsa", "rsa_pss_sha256"),
    ("rsa", "rsa_pss_sha384"),
    ("rsa", "rsa_pss_sha512"),
    ("ecdsa", "ecdsa_sha256"),
    ("ecdsa", "ecdsa_sha384"),
    ("ecdsa", "ecdsa_sha512"),
    ("ecdsa_p384", "ecdsa_sha384"),
    ("ecdsa_p521", "ecdsa_sha512"),
    ("ed25519", "ed25519"),
    ("ed448", "ed448"),
]
"""Key types and signature algorithms of responders."""

by_both_signers = pytest.mark.parametrize("delegated", [False, True], ids=["issuer", "delegate"])


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What another verifier decides where we do not, and why that is right or at least known."""

    theirs: str
    why: str


def lab(now: datetime, key_type: KeyType = "rsa") -> Pki:
    """A CA around that time; with an RSA key all flaws can be had."""
    issuer = Authority.root(now=now).issue_authority(key=generate_key(key_type))
    leaf = issuer.issue_leaf("localhost", ocsp_urls=["http://ocsp.example/"])
    return Pki(issuer, leaf, issuer.issue_responder(key=generate_key(key_type)))


def staple_of(pki: Pki, now: datetime, flaw: str | None, algorithm: str | None = None, *, delegated: bool) -> bytes:
    responder = pki.responder if delegated else None
    if algorithm is None:
        return staple(pki.leaf, pki.ca, now=now, responder=responder, flaw=flaw)
    return staple(pki.leaf, pki.ca, now=now, responder=responder, flaw=flaw, algorithm=algorithm)


def our_opinion(pki: Pki, response: bytes, now: datetime) -> str:
    verdict = pki.judge(response, now)
    return verdict.cert_status.value if verdict.verified and verdict.cert_status else REJECTED


def assert_as_documented(name: str, ours: str, theirs: str, documented: Mapping[str, Disagreement]) -> None:
    """Both agree, or they disagree as the table says: neither a new disagreement nor one that is no more."""
    if name in documented:
        assert theirs == documented[name].theirs
        assert theirs != ours, "the disagreement is gone"
    else:
        assert theirs == ours
