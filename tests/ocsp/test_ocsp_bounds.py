"""A server decides how much there is to verify; bounds far above what is usual keep that from stopping us."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocsp_staple_exporter.lab.blueprint import encode
from ocsp_staple_exporter.lab.ca import Authority, same_key_other_name, same_name_other_key
from ocsp_staple_exporter.lab.staples import plan, staple
from ocsp_staple_exporter.model import Certificate
from ocsp_staple_exporter.ocsp import certificate, evidence, issuer, judge, read_certificate, response, signer
from ocsp_staple_exporter.ocsp.algorithms import AlgorithmIdentifier
from ocsp_staple_exporter.ocsp.judge import MOST_PARTS_REMEMBERED
from ocsp_staple_exporter.ocsp.signatures import NotVerified, Unsupported, verify_signature
from tests.ocsp.pki import NOW, pki, reasons

SHA256_WITH_RSA = AlgorithmIdentifier("1.2.840.113549.1.1.11", b"\x05\x00")


def public_key_info(bits: int, exponent: int) -> bytes:
    """Of a key that nobody has the private part of."""
    modulus = (1 << bits) - (1 << bits // 2) + 1
    return (
        RSAPublicNumbers(exponent, modulus).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    ("bits", "exponent", "detail"),
    [
        (8200, 65537, "the RSA key has 8200 bits, more than 8192"),
        (2048, (1 << 33) + 1, "the RSA key's exponent has 34 bits, more than 33"),
        (2048, (1 << 2000) + 1, "the RSA key's exponent has 2001 bits, more than 33"),
    ],
)
def test_an_rsa_key_that_takes_too_long_is_not_used(bits: int, exponent: int, detail: str) -> None:
    info = public_key_info(bits, exponent)
    assert verify_signature(SHA256_WITH_RSA, info, bytes(bits // 8), b"") == Unsupported(detail)


@pytest.mark.parametrize(("bits", "exponent"), [(8192, 65537), (2048, (1 << 33) - 1), (2048, 3)])
def test_the_largest_rsa_key_is_used(bits: int, exponent: int) -> None:
    info = public_key_info(bits, exponent)
    assert isinstance(verify_signature(SHA256_WITH_RSA, info, bytes(bits // 8), b""), NotVerified)


def certificate_with(extensions: int) -> bytes:
    lab = pki()
    builder = (
        x509.CertificateBuilder()
        .subject_name(lab.leaf.certificate.subject)
        .issuer_name(lab.ca.certificate.subject)
        .public_key(lab.leaf.certificate.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW)
    )
    for number in range(extensions):
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.55555.{number}"), b"")
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(lab.ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_has_a_hundred_extensions_at_most() -> None:
    assert isinstance(read_certificate(certificate_with(certificate.MOST_EXTENSIONS)), Certificate)
    unreadable = read_certificate(certificate_with(certificate.MOST_EXTENSIONS + 1))
    assert unreadable == certificate.UnreadableCertificate(
        "the certificate does not decode: it has 101 extensions, more than 100"
    )


def entries(count: int) -> bytes:
    lab = pki()
    blueprint = plan(lab.leaf, lab.ca, now=NOW)
    return encode(replace(blueprint, entries=blueprint.entries * count))


def test_a_response_has_256_entries_at_most() -> None:
    lab = pki()
    assert lab.judge(entries(response.MOST_RESPONSES)).cert_status is not None
    (error,) = lab.judge(entries(response.MOST_RESPONSES + 1)).errors
    assert error.detail == "the BasicOCSPResponse does not decode: it has 257 SingleResponses, more than 256"


def test_a_list_of_extensions_in_a_response_is_bounded() -> None:
    lab = pki()
    blueprint = plan(lab.leaf, lab.ca, now=NOW)
    one = b"\x30\x07\x06\x03\x2a\x03\x04\x04\x00"
    many = replace(blueprint, extensions=(one,) * (certificate.MOST_EXTENSIONS + 1))
    (error,) = lab.judge(encode(many)).errors
    assert "an Extensions field has 101 elements, more than 100" in error.detail
    fewer = replace(blueprint, extensions=(one,) * certificate.MOST_EXTENSIONS)
    assert lab.judge(encode(fewer)).verified


@pytest.mark.parametrize(("before", "found"), [(issuer.MOST_KEYS - 1, []), (issuer.MOST_KEYS, ["issuer_unavailable"])])
def test_so_many_keys_are_tried_for_an_issuer_that_the_leaf_does_not_name(before: int, found: list[str]) -> None:
    lab = pki()
    leaf = x509.load_der_x509_certificate(certificate_with(0))
    candidates = [*(same_name_other_key(lab.ca).der for _ in range(before)), lab.ca.der]
    verdict = judge(staple(leaf, lab.ca, now=NOW), leaf.public_bytes(Encoding.DER), candidates, NOW)
    assert reasons(verdict.errors) == found


def test_the_issuer_that_the_leaf_names_by_its_key_is_tried_first() -> None:
    lab = pki()
    candidates = [*(same_name_other_key(lab.ca).der for _ in range(issuer.MOST_KEYS + 4)), lab.ca.der]
    assert judge(staple(lab.leaf, lab.ca, now=NOW), lab.leaf.der, candidates, NOW).verified


@pytest.mark.parametrize(("before", "verified"), [(signer.MOST_EMBEDDED - 1, True), (signer.MOST_EMBEDDED, False)])
def test_so_many_embedded_certificates_are_looked_at(before: int, verified: bool) -> None:  # noqa: FBT001
    lab = pki()
    blueprint = plan(lab.leaf, lab.ca, now=NOW, responder=lab.responder)
    stranger = Authority.root("Stranger", now=NOW).der
    crowded = replace(blueprint, embedded=(*(stranger,) * before, *blueprint.embedded))
    assert lab.judge(encode(crowded)).verified is verified


@pytest.mark.parametrize(("count", "remembered"), [(2, True), (MOST_PARTS_REMEMBERED + 1, False)])
def test_a_response_of_many_parts_is_judged_and_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    remembered: bool,  # noqa: FBT001
) -> None:
    lab = pki()
    crowded = entries(count)
    before = lab.judge(crowded)
    monkeypatch.delattr(evidence, "find_signer")
    if remembered:
        assert lab.judge(crowded) == before
    else:
        with pytest.raises(NameError):
            lab.judge(crowded)


@pytest.mark.parametrize(
    ("before", "found"), [(issuer.MOST_KEYS - 1, "issuer_mismatch"), (issuer.MOST_KEYS, "issuer_unavailable")]
)
def test_so_many_keys_are_tried_to_say_why_none_is_the_issuer(before: int, found: str) -> None:
    lab = pki()
    stranger = Authority.root("Stranger", now=NOW).der
    candidates = [*(stranger,) * before, same_key_other_name(lab.ca).der]
    assert reasons(judge(staple(lab.leaf, lab.ca, now=NOW), lab.leaf.der, candidates, NOW).errors) == [found]
