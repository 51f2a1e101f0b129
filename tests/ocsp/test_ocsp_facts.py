"""Facts agree with what `cryptography.x509` reads, wherever it can read at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Certificate, CertStatus
from ocsp_staple_exporter.ocsp import UnreadableCertificate, asn1, read_certificate
from ocsp_staple_exporter.ocsp.certificate import decode_certificate
from ocsp_staple_exporter.ocsp.names import rfc4514
from ocsp_staple_exporter.ocsp.response import BasicResponse, ByKey, ByName, SingleResponse, decode_response
from tests.ocsp.pki import DAY, HOUR, NOW, pki


def _responses() -> list[bytes]:
    lab = pki()
    return [
        staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder, flaw=flaw)
        for flaw in (None, *FLAWS, *ODDITIES)
        if flaw != "responder_cert_weak_signature:md5"
    ]


def test_a_response_decodes_to_the_facts_that_cryptography_reads() -> None:
    compared = 0
    for encoded in _responses():
        try:
            theirs = ocsp.load_der_ocsp_response(encoded)
        except ValueError:
            continue
        ours = decode_response(encoded)
        if theirs.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            assert not isinstance(ours, BasicResponse)
            continue
        if not isinstance(ours, BasicResponse):
            continue  # what only we refuse is for test_ocsp_flaws
        _assert_same_response(ours, theirs)
        compared += 1
    assert compared > 60


def _assert_same_response(ours: BasicResponse, theirs: ocsp.OCSPResponse) -> None:
    assert ours.tbs == theirs.tbs_response_bytes
    assert ours.signature == theirs.signature
    assert ours.signature_algorithm.oid == theirs.signature_algorithm_oid.dotted_string
    assert ours.produced_at == theirs.produced_at_utc
    match ours.responder_id:
        case ByKey(key_hash):
            assert key_hash == theirs.responder_key_hash
        case ByName(name):
            assert theirs.responder_name is not None
            assert name == theirs.responder_name.public_bytes()
    for single, their_single in zip(ours.responses, theirs.responses, strict=True):
        _assert_same_entry(single, their_single)


def _assert_same_entry(single: SingleResponse, theirs: ocsp.OCSPSingleResponse) -> None:
    assert single.cert_id.serial_number == theirs.serial_number
    assert single.cert_id.issuer_name_hash == theirs.issuer_name_hash
    assert single.cert_id.issuer_key_hash == theirs.issuer_key_hash
    assert single.cert_status.name == theirs.certificate_status.name
    assert single.this_update == theirs.this_update_utc
    assert single.next_update == theirs.next_update_utc
    assert (single.revocation.time if single.revocation else None) == theirs.revocation_time_utc


def test_a_response_that_cryptography_built_is_verified() -> None:
    lab = pki()
    assert isinstance(lab.ca.key, ec.EllipticCurvePrivateKey)
    response = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            lab.leaf.certificate,
            lab.ca.certificate,
            hashes.SHA256(),
            ocsp.OCSPCertStatus.REVOKED,
            NOW - HOUR,
            NOW + DAY,
            NOW - DAY,
            x509.ReasonFlags.superseded,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, lab.ca.certificate)
        .sign(lab.ca.key, hashes.SHA256())
    )
    verdict = lab.judge(response.public_bytes(Encoding.DER))
    assert verdict.verified
    assert verdict.cert_status is CertStatus.REVOKED
    assert (verdict.revocation_time, verdict.revocation_reason) == (NOW - DAY, "superseded")
    assert (verdict.this_update, verdict.next_update) == (NOW - HOUR, NOW + DAY)
    assert verdict.produced_at == response.produced_at_utc
    assert verdict.responder == "CN=Lab Issuing CA"
    assert verdict.cert_id_hash == "sha256"
    assert verdict.responder_not_after == lab.ca.certificate.not_valid_after_utc


@pytest.mark.parametrize("reason", [None, "unspecified", "key_compromise", "remove_from_crl", "aa_compromise"])
def test_the_revocation_reason_is_that_of_the_rfc(reason: str | None) -> None:
    lab = pki()
    revoked = staple(lab.leaf, lab.ca, now=NOW, status="revoked", revocation_reason=reason)
    assert lab.judge(revoked).revocation_reason == reason


@pytest.mark.parametrize("flaw", ["revoked:reason_7", "revoked:reason_11"])
def test_a_reason_that_no_rfc_assigns_is_invalid_and_the_certificate_revoked(flaw: str) -> None:
    lab = pki()
    verdict = lab.judge(staple(lab.leaf, lab.ca, now=NOW, flaw=flaw))
    assert verdict.revocation_reason == "invalid"
    assert verdict.cert_status is CertStatus.REVOKED


@pytest.mark.parametrize("key_type", ["rsa", "ecdsa", "ecdsa_p384", "ed25519", "ed448"])
def test_a_certificate_reads_as_cryptography_reads_it(key_type: KeyType) -> None:
    leaf = pki().ca.issue_leaf("www.example", "alt.example", key=generate_key(key_type), must_staple=True)
    ours, theirs = read_certificate(leaf.der), leaf.certificate
    assert isinstance(ours, Certificate)
    assert ours.subject == theirs.subject.rfc4514_string()
    assert ours.issuer == theirs.issuer.rfc4514_string()
    assert int(ours.serial_number, 16) == theirs.serial_number
    assert ours.fingerprint_sha256 == theirs.fingerprint(hashes.SHA256()).hex()
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert ours.key_type == key_type.split("_")[0]
    decoded = decode_certificate(leaf.der)
    assert not isinstance(decoded, UnreadableCertificate)
    key_identifier = x509.SubjectKeyIdentifier.from_public_key(theirs.public_key())
    assert _sha1(decoded.public_key_bits) == key_identifier.digest
    assert decoded.tbs == theirs.tbs_certificate_bytes


def _sha1(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 - what RFC 5280 §4.2.1.2 names
    digest.update(data)
    return digest.finalize()


def test_ocsp_urls_and_must_staple_are_read_although_another_extension_does_not_decode() -> None:
    lab = pki()
    draft = lab.ca.issue_leaf("www.example", ocsp_urls=["http://a.example/", "http://b.example/"], must_staple=True)
    original = draft.der
    names = original.index(bytes.fromhex("0603551d11"))  # subjectAltName
    broken = bytearray(original)
    broken[names + 9] ^= 0x80  # the tag of its first name
    with pytest.raises(ValueError, match=r".+"):
        assert x509.load_der_x509_certificate(bytes(broken)).extensions
    ours = read_certificate(bytes(broken))
    assert isinstance(ours, Certificate)
    assert ours.ocsp_urls == ("http://a.example/", "http://b.example/")
    assert ours.must_staple


def test_an_extension_that_is_none_hides_no_other() -> None:
    original = pki().leaf.der
    usage = original.index(bytes.fromhex("0603551d0f0101ff"))  # keyUsage, critical
    broken = bytearray(original)
    broken[usage + 7] = 0x7F  # no DER of a BOOLEAN
    decoded = decode_certificate(bytes(broken))
    assert not isinstance(decoded, UnreadableCertificate)
    assert "2.5.29.15" not in decoded.extensions
    ours = read_certificate(bytes(broken))
    assert isinstance(ours, Certificate)
    assert ours.ocsp_urls == ("http://ocsp.example/",)


def test_a_certificate_without_them_has_neither() -> None:
    ours = read_certificate(pki().ca.issue_leaf("www.example").der)
    assert isinstance(ours, Certificate)
    assert ours.ocsp_urls == ()
    assert not ours.must_staple


@pytest.mark.parametrize("encoded", [b"", b"junk", b"\x30\x00", b"\x30\x82\xff\xff"])
def test_bytes_that_are_no_certificate_are_a_value_with_a_reason(encoded: bytes) -> None:
    ours = read_certificate(encoded)
    assert isinstance(ours, UnreadableCertificate)
    assert "does not decode" in ours.detail


def test_a_certificate_that_is_cut_short_is_unreadable() -> None:
    whole = pki().leaf.der
    assert isinstance(read_certificate(whole), Certificate)
    for encoded in (whole[:-1], whole + b"\x00"):
        assert isinstance(read_certificate(encoded), UnreadableCertificate)


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [(NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Lab, Inc."), (NameOID.COMMON_NAME, "a+b=c")],
        [(NameOID.COMMON_NAME, " leading"), (NameOID.LOCALITY_NAME, "trailing ")],
        [(NameOID.COMMON_NAME, "#hash"), (NameOID.ORGANIZATION_NAME, '"q" <a>;')],
        [(NameOID.DOMAIN_COMPONENT, "example"), (NameOID.USER_ID, "u"), (NameOID.STREET_ADDRESS, "Straße 1")],
        [(NameOID.EMAIL_ADDRESS, "a@b.example"), (NameOID.SERIAL_NUMBER, "12")],
    ],
)
def test_names_are_written_as_cryptography_writes_them(attributes: list[tuple[x509.ObjectIdentifier, str]]) -> None:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    escaped = name.rfc4514_string().replace("\\", "\\\\")  # `printable` doubles backslashes
    assert rfc4514(name.public_bytes()) == escaped


def test_a_name_that_is_hostile_is_harmless_on_a_terminal() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[31mred\n\u202etxt")]).public_bytes()
    assert rfc4514(name) == "CN=\\x1b[31mred\\n\\u202etxt"
    assert rfc4514(b"\xff\x00junk") == "#ff006a756e6b"
    latin1 = der.sequence(
        der.tlv(0x31, der.sequence(der.object_identifier("2.5.4.3"), der.tlv(0x14, b"caf\xe9"))),
        der.tlv(0x31, der.sequence(der.object_identifier("2.5.4.10"), der.tlv(0x0C, b"\xff"))),
    )
    assert rfc4514(latin1) == "O=#0c01ff,CN=café"


def test_a_detail_names_the_values_compared() -> None:
    lab = pki()
    verdict = lab.judge(staple(lab.leaf, lab.ca, now=NOW), NOW + timedelta(days=3))
    assert verdict.errors[0].detail == "nextUpdate was 2026-03-04T12:00:00Z, now is 2026-03-04T12:00:00Z"


def test_the_first_element_is_split_from_what_trails_it() -> None:
    assert asn1.split(b"\x30\x03\x0a\x01\x03rest") == (b"\x30\x03\x0a\x01\x03", b"rest")
    assert asn1.split(b"\x04\x81\x80" + bytes(129)) == (b"\x04\x81\x80" + bytes(128), b"\x00")
    assert asn1.split(b"\x30\x05\x01") == (b"\x30\x05\x01", b"")
    assert asn1.split(b"") == (b"", b"")
