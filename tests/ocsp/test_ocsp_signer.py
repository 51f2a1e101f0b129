from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Stage, by_name, encode
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.staples import plan, staple
from ocsp_staple_exporter.model import CertStatus
from ocsp_staple_exporter.ocsp import judge
from ocsp_staple_exporter.ocsp.response import BasicResponse, decode_response
from tests.ocsp.pki import DAY, NOW, pki, reasons

UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.32473.6")


def _responder_with_unknown_extension(*, critical: bool) -> Identity:
    lab, key = pki(), ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lab OCSP Responder")]))
        .issuer_name(lab.ca.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), critical=critical)
    )
    assert isinstance(lab.ca.key, ec.EllipticCurvePrivateKey)
    return Identity(key=key, certificate=certificate.sign(lab.ca.key, hashes.SHA256()), chain=())


@pytest.mark.parametrize("critical", [False, True])
def test_a_responder_with_an_unknown_extension_counts_unless_it_is_critical(*, critical: bool) -> None:
    lab = pki()
    responder = _responder_with_unknown_extension(critical=critical)
    verdict = lab.judge(staple(lab.leaf, lab.ca, now=NOW, responder=responder))
    assert reasons(verdict.errors) == (["unknown_critical_extension"] if critical else [])
    assert verdict.cert_status is (None if critical else CertStatus.GOOD)


def test_of_namesakes_the_one_that_signed_is_the_responder() -> None:
    lab = pki()
    stranger = Authority.root("Another Root", now=NOW).issue_responder()
    assert stranger.certificate.subject == lab.responder.certificate.subject
    sound = replace(
        plan(lab.leaf, lab.ca, now=NOW, responder=lab.responder), responder_id=by_name(lab.responder.certificate)
    )
    for embedded in ((stranger.der, lab.responder.der), (lab.responder.der, stranger.der)):
        verdict = lab.judge(encode(replace(sound, embedded=embedded)))
        assert (verdict.errors, verdict.warnings) == ((), ())
    verdict = lab.judge(encode(replace(sound, embedded=(stranger.der,))))
    assert reasons(verdict.errors) == ["responder_not_issued_by_ca", "signature_invalid"]


def test_more_namesakes_than_are_tried_do_not_keep_the_judge_busy() -> None:
    lab = pki()
    strangers = tuple(Authority.root(f"Root {n}", now=NOW).issue_responder().der for n in range(9))
    sound = replace(
        plan(lab.leaf, lab.ca, now=NOW, responder=lab.responder), responder_id=by_name(lab.responder.certificate)
    )
    assert lab.judge(encode(replace(sound, embedded=(*strangers[:7], lab.responder.der)))).verified
    assert not lab.judge(encode(replace(sound, embedded=(*strangers, lab.responder.der)))).verified


def test_a_signature_of_unused_bits_proves_nothing() -> None:
    lab = pki()
    for _ in range(64):  # until the signature's last bit is 0, as DER wants unused bits
        response = staple(lab.leaf, lab.ca, now=NOW, status="revoked", flaw="malformed:unused_bits")
        if isinstance(decode_response(response), BasicResponse):
            break
    verdict = lab.judge(response)
    assert reasons(verdict.errors) == ["malformed"]
    assert "unused bits" in verdict.errors[0].detail
    assert verdict.cert_status is None


def test_a_leaf_whose_two_signature_algorithms_differ_has_no_issuer() -> None:
    lab = pki()
    algorithm = der.algorithm("1.2.840.10045.4.3.2")
    original = lab.leaf.certificate.tbs_certificate_bytes
    for inner, found in ((algorithm, []), (der.algorithm("1.2.840.10045.4.3.3"), ["issuer_mismatch"])):
        tbs = original.replace(algorithm, inner, 1)
        assert isinstance(lab.ca.key, ec.EllipticCurvePrivateKey)
        signature = der.bit_string(lab.ca.key.sign(tbs, ec.ECDSA(hashes.SHA256())))
        verdict = judge(staple(lab.leaf, lab.ca, now=NOW), der.sequence(tbs, algorithm, signature), lab.issuers, NOW)
        assert reasons(verdict.errors) == found


def test_an_empty_list_of_extensions_is_malformed() -> None:
    lab = pki()
    sound = plan(lab.leaf, lab.ca, now=NOW)
    empty = der.explicit(1, der.sequence())
    edited = sound.edited(Stage.SIGNED, lambda tbs: der.sequence(der.content(tbs), empty))
    assert reasons(lab.judge(encode(edited)).errors) == ["malformed"]
