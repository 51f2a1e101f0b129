"""All that a staple shows without a clock, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.ocsp.certificate import DecodedCertificate, UnreadableCertificate, decode_certificate
from ocsp_staple_exporter.ocsp.issuer import FoundIssuer, NoIssuer, find_issuer
from ocsp_staple_exporter.ocsp.matching import Match, find_entry
from ocsp_staple_exporter.ocsp.response import BasicResponse, SingleResponse
from ocsp_staple_exporter.ocsp.signatures import Verified, find_scheme
from ocsp_staple_exporter.ocsp.signer import NoSigner, Signer, find_signer

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A decoded response beside the certificates that it must fit."""

    response: BasicResponse
    leaf: DecodedCertificate | UnreadableCertificate
    issuer: FoundIssuer | NoIssuer
    signer: Signer | NoSigner
    match: Match
    authentic: bool
    """The CA made this statement about the leaf: signature, responder and CertID are good, dates aside."""

    @property
    def entry(self) -> SingleResponse | None:
        return self.match.entry


@dataclass(frozen=True, slots=True)
class Moment:
    """The evidence as seen at one time."""

    evidence: Evidence
    now: datetime
    earliest: datetime
    """What the time may be, our clock and the CA's in doubt: `now` less the clock skew."""

    latest: datetime
    authentic: bool
    """As `Evidence.authentic`, and the responder's certificate is in date."""


def at(evidence: Evidence, now: datetime, clock_skew: timedelta) -> Moment:
    """Look at the evidence now. A responder's dates count, the issuer's are the chain's concern."""
    earliest, latest = _earlier(now, clock_skew), _later(now, clock_skew)
    authentic = evidence.authentic
    if authentic and isinstance(evidence.signer, Signer) and not evidence.signer.is_issuer:
        responder = evidence.signer.certificate
        authentic = responder.not_before <= latest and earliest <= responder.not_after
    return Moment(evidence, now, earliest, latest, authentic)


def _earlier(moment: datetime, span: timedelta) -> datetime:
    """The moment so long before; the calendar's first where it has none."""
    try:
        return moment - span
    except OverflowError:
        return _FIRST


def _later(moment: datetime, span: timedelta) -> datetime:
    """The moment so long after; the calendar's last where it has none."""
    try:
        return moment + span
    except OverflowError:
        return _LAST


def gather(response: BasicResponse, leaf: bytes, issuers: tuple[bytes, ...]) -> Evidence:
    """Find the issuer, the signer and the leaf's entry. Never raises."""
    certificate = decode_certificate(leaf)
    issuer = find_issuer(leaf, issuers)
    known_leaf = certificate if isinstance(certificate, DecodedCertificate) else None
    known_issuer = issuer.certificate if isinstance(issuer, FoundIssuer) else None
    signer = find_signer(response, known_leaf.issuer if known_leaf else None, issuer)
    match = find_entry(response.responses, known_leaf, known_issuer)
    return Evidence(
        response=response,
        leaf=certificate,
        issuer=issuer,
        signer=signer,
        match=match,
        authentic=match.is_for_leaf and _is_signed(response, signer),
    )


def _is_signed(response: BasicResponse, signer: Signer | NoSigner) -> bool:
    """An authorised responder signed it. MD5 proves nothing: its collisions are cheap (RFC 6151 §2)."""
    scheme = find_scheme(response.signature_algorithm)
    return (
        isinstance(signer, Signer)
        and signer.authorised
        and isinstance(signer.signature, Verified)
        and response.signature_unused_bits == 0
        and scheme is not None
        and scheme.hash_name != "md5"
    )
