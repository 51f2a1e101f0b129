"""Is a staple due, and is its absence a fault? See RFC 6066 §8, RFC 7633 §4."""

from __future__ import annotations

from ocsp_staple_exporter.model import Absence, Certificate, Finding, Reason, StaplePolicy


def staple_expected(certificate: Certificate, policy: StaplePolicy, *, issuer: Certificate | None = None) -> bool:
    """Whether a staple is due for this leaf. `issuer` is its issuer's certificate, where known.

    A TLS Feature of an issuer binds what it issues (RFC 7633 §4).
    """
    match policy:
        case StaplePolicy.REQUIRED:
            return True
        case StaplePolicy.OPTIONAL:
            return False
        case StaplePolicy.AUTO:
            return bool(certificate.ocsp_urls) or _must_staple(certificate, issuer)


def judge_absence(certificate: Certificate, policy: StaplePolicy, *, issuer: Certificate | None = None) -> Absence:
    """What it means that no staple came for this leaf.

    A leaf that demands stapling is useless without, whatever the policy says.
    """
    if certificate.must_staple:
        detail = "the leaf demands stapling (TLS Feature), no staple came"
        return Absence(errors=(Finding(Reason.MUST_STAPLE_MISSING, detail),))
    if _must_staple(certificate, issuer):
        detail = "the issuer demands stapling of what it issues (TLS Feature), no staple came"
        return Absence(errors=(Finding(Reason.MUST_STAPLE_MISSING, detail),))
    if not staple_expected(certificate, policy, issuer=issuer):
        return Absence()
    if certificate.ocsp_urls:
        detail = f"the leaf names the OCSP responder {certificate.ocsp_urls[0]}, no staple came"
    else:
        detail = "a staple is required by configuration, none came"
    return Absence(warnings=(Finding(Reason.NO_STAPLE, detail),))


def _must_staple(certificate: Certificate, issuer: Certificate | None) -> bool:
    return certificate.must_staple or (issuer is not None and issuer.must_staple)
