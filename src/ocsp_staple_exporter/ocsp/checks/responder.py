"""Was the response signed by someone who may? See RFC 6960 §4.2.2.2, §3.2 (2 to 4)."""

from __future__ import annotations

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp.certificate import (
    EXTENDED_KEY_USAGE,
    DecodedCertificate,
)
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence, Moment
from ocsp_staple_exporter.ocsp.issuer import NoIssuer
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.response import ByKey
from ocsp_staple_exporter.ocsp.signer import (
    ID_KP_OCSP_SIGNING,
    KEY_HASH_LENGTH,
    NoSigner,
    Signer,
    describe_responder,
    extended_key_usages,
)
from ocsp_staple_exporter.ocsp.times import now_is, utc

_NO_CERTIFICATE = Skipped("the responder's certificate is not at hand")


def check_issuer(evidence: Evidence) -> Outcome:
    """RFC 6960 §3.2 (1), §4.1.1: the CertID is formed from the issuer's name and key."""
    if isinstance(evidence.issuer, NoIssuer):
        return Failed(evidence.issuer.reason, evidence.issuer.detail)
    return Passed(rfc4514(evidence.issuer.certificate.subject))


def check_self_signed(evidence: Evidence) -> Outcome:
    """RFC 5280 §3.2: a self-signed certificate vouches for itself, and so would its staple."""
    if isinstance(evidence.issuer, NoIssuer):
        return Skipped("the issuer is not known")
    if evidence.issuer.self_signed:
        return Failed(Reason.SELF_SIGNED_LEAF, f"{rfc4514(evidence.issuer.certificate.subject)} issued itself")
    return Passed("the leaf was issued by another")


def check_responder_id(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: KeyHash is a SHA-1 hash."""
    responder_id = evidence.response.responder_id
    if isinstance(responder_id, ByKey) and len(responder_id.key_hash) != KEY_HASH_LENGTH:
        length = len(responder_id.key_hash)
        return Failed(Reason.RESPONDER_ID_HASH_LENGTH, f"the responder's key hash has {length} bytes, SHA-1 has 20")
    return Passed(describe_responder(responder_id))


def check_responder_found(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.2.3: the responder is the issuer or comes with its certificate."""
    responder_id = evidence.response.responder_id
    if isinstance(evidence.signer, Signer):
        return Passed(rfc4514(evidence.signer.certificate.subject))
    if isinstance(responder_id, ByKey) and len(responder_id.key_hash) != KEY_HASH_LENGTH:
        return Skipped("the responder's key hash is none")
    if evidence.signer.may_be_issuer:
        return Skipped(evidence.signer.detail)
    return Failed(Reason.RESPONDER_NOT_FOUND, evidence.signer.detail)


def check_responder_issued_by_ca(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.2.2: the CA that issued the leaf issued the responder's certificate directly."""
    signer = evidence.signer
    if isinstance(signer, NoSigner):
        return _NO_CERTIFICATE
    if signer.is_issuer:
        return Passed("the issuer itself signed")
    subject = rfc4514(signer.certificate.subject)
    if signer.not_issued_by_ca:
        return Failed(Reason.RESPONDER_NOT_ISSUED_BY_CA, f"the responder is {subject}: {signer.not_issued_by_ca}")
    if not signer.issuer_known:
        return Skipped("the issuer's certificate is not at hand")
    return Passed(f"{subject}, issued by {rfc4514(signer.certificate.issuer)}")


def check_responder_eku(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.2.2: delegation is id-kp-OCSPSigning in the extended key usage; anyExtendedKeyUsage is not it."""
    signer = evidence.signer
    if isinstance(signer, NoSigner):
        return _NO_CERTIFICATE
    if signer.is_issuer:
        return Skipped("the issuer itself signed")
    if signer.not_issued_by_ca:
        return Skipped("the signer is no responder of this CA")
    if signer.has_ocsp_signing:
        return Passed(f"extended key usage has id-kp-OCSPSigning ({ID_KP_OCSP_SIGNING})")
    subject, usages = rfc4514(signer.certificate.subject), _describe_usages(signer.certificate)
    return Failed(Reason.RESPONDER_MISSING_EKU, f"{subject} may not sign responses: its extended key usage is {usages}")


def _describe_usages(certificate: DecodedCertificate) -> str:
    if EXTENDED_KEY_USAGE not in certificate.extensions:
        return "absent"
    return printable(", ".join(extended_key_usages(certificate))) or "empty or does not decode"


def check_responder_not_before(moment: Moment) -> Outcome:
    """RFC 6960 §4.2.2.2 with RFC 5280 §6.1.3 (a)(2): the responder's certificate is valid already."""
    signer = moment.evidence.signer
    if isinstance(signer, NoSigner) or signer.is_issuer:
        return Skipped("no delegated responder")
    not_before = signer.certificate.not_before
    if not_before > moment.latest:
        return Failed(
            Reason.RESPONDER_NOT_YET_VALID,
            f"the responder's certificate is valid from {utc(not_before)}, {now_is(moment.now)}",
        )
    return Passed(utc(not_before))


def check_responder_not_after(moment: Moment) -> Outcome:
    """RFC 6960 §4.2.2.2 with RFC 5280 §6.1.3 (a)(2): the responder's certificate is valid still."""
    signer = moment.evidence.signer
    if isinstance(signer, NoSigner) or signer.is_issuer:
        return Skipped("no delegated responder")
    not_after = signer.certificate.not_after
    if not_after < moment.earliest:
        return Failed(
            Reason.RESPONDER_EXPIRED,
            f"the responder's certificate expired at {utc(not_after)}, {now_is(moment.now)}",
        )
    return Passed(utc(not_after))
