"""Staples, sound ones and flawed ones.

staple(leaf, issuer, now=now)                                  signed by the issuer itself
staple(leaf, issuer, now=now, responder=responder)             signed by a delegated responder
staple(leaf, issuer, now=now, flaw="responder_missing_eku")    see `flaws.FLAWS`
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce
from typing import Literal, TypedDict, Unpack

from cryptography import x509

from ocsp_staple_exporter.lab.blueprint import (
    CRL_REASONS,
    GOOD,
    UNKNOWN,
    Blueprint,
    CertID,
    Entry,
    by_key,
    by_name,
    encode,
    revoked,
)
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import SIGNATURE_ALGORITHMS, usual_algorithm

RESPONDER_IDS = {"by_key": by_key, "by_name": by_name}

Status = Literal["good", "revoked", "unknown"]


class StapleOptions(TypedDict, total=False):
    this_update: datetime
    """An hour before `now`, unless given."""

    next_update: datetime
    """Three days after `now`, unless given; the flaw next_update_missing leaves it out."""

    produced_at: datetime
    """The same as `this_update`, unless given."""

    revocation_time: datetime
    """Two hours before `now`, unless given."""

    revocation_reason: str | None
    """Of CRL_REASONS: key_compromise, unless given; None states no reason."""

    cert_id_hash: str
    """Of HASH_OIDS: sha1, unless given."""

    algorithm: str
    """Of SIGNATURE_ALGORITHMS; unless given, what suits the signer's key."""

    responder_id: Literal["by_key", "by_name"]
    """by_key, unless given."""


def staple(
    leaf: Identity | x509.Certificate,
    issuer: Authority,
    *,
    now: datetime,
    responder: Identity | None = None,
    status: Status = "good",
    flaw: str | None = None,
    **options: Unpack[StapleOptions],
) -> bytes:
    """The OCSPResponse for `leaf` in DER, signed by `responder` or else by `issuer`.

    `flaw` names an entry of FLAWS or ODDITIES, or several of them joined by "+", applied
    from left to right. Raises KeyError for a name that is in neither, ValueError for a
    flaw that needs what is not given (the key of the leaf, the parent of the issuer).
    """
    sound = plan(leaf, issuer, now=now, responder=responder, status=status, **options)
    return encode(with_flaws(sound, flaw))


def with_flaws(blueprint: Blueprint, names: str | None) -> Blueprint:
    """The blueprint with the named flaws, joined by "+", applied from left to right."""
    changes = [(FLAWS.get(name) or ODDITIES[name]).change for name in names.split("+")] if names else []
    return reduce(lambda changed, change: change(changed), changes, blueprint)


def plan(
    leaf: Identity | x509.Certificate,
    issuer: Authority,
    *,
    now: datetime,
    responder: Identity | None = None,
    status: Status = "good",
    **options: Unpack[StapleOptions],
) -> Blueprint:
    """The blueprint of a sound staple."""
    signer = responder or issuer
    certificate = leaf.certificate if isinstance(leaf, Identity) else leaf
    this_update = options.get("this_update", now - timedelta(hours=1))
    entry = Entry(
        cert_id=CertID.of(certificate, issuer.certificate, options.get("cert_id_hash", "sha1")),
        cert_status=_cert_status(status, now, options),
        this_update=this_update,
        next_update=options.get("next_update", now + timedelta(days=3)),
    )
    algorithm = options.get("algorithm")
    return Blueprint(
        leaf=leaf,
        issuer=issuer,
        now=now,
        signer=signer,
        algorithm=SIGNATURE_ALGORITHMS[algorithm] if algorithm else usual_algorithm(signer.key),
        responder_id=RESPONDER_IDS[options.get("responder_id", "by_key")](signer.certificate),
        produced_at=options.get("produced_at", this_update),
        entries=(entry,),
        embedded=(responder.der,) if responder else (),
    )


def _cert_status(status: Status, now: datetime, options: StapleOptions) -> bytes:
    if status == "good":
        return GOOD
    if status == "unknown":
        return UNKNOWN
    reason = options.get("revocation_reason", "key_compromise")
    return revoked(
        options.get("revocation_time", now - timedelta(hours=2)), None if reason is None else CRL_REASONS[reason]
    )
