from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.x509 import ocsp

from ocsp_staple_exporter.lab.blueprint import CRL_REASONS
from ocsp_staple_exporter.lab.ca import Authority, Identity, cross_signed
from ocsp_staple_exporter.lab.keys import SIGNATURE_ALGORITHMS, KeyType, generate_key
from ocsp_staple_exporter.lab.staples import Status, plan, staple
from tests.lab.openssl_ocsp import openssl_ocsp

NOW = datetime.now(UTC).replace(microsecond=0)
"""OpenSSL judges by the clock."""

SIGNERS: list[tuple[KeyType, str]] = [
    ("rsa", "rsa_pkcs1_sha256"),
    ("rsa", "rsa_pkcs1_sha384"),
    ("rsa", "rsa_pkcs1_sha512"),
    ("rsa", "rsa_pkcs1_sha1"),
    ("rsa", "rsa_pkcs1_md5"),
    ("rsa", "rsa_pss_sha256"),
    ("rsa", "rsa_pss_sha384"),
    ("rsa", "rsa_pss_sha512"),
    ("ecdsa", "ecdsa_sha256"),
    ("ecdsa", "ecdsa_sha1"),
    ("ecdsa_p384", "ecdsa_sha384"),
    ("ecdsa_p521", "ecdsa_sha512"),
    ("ed25519", "ed25519"),
    ("ed448", "ed448"),
]


@pytest.fixture(scope="module")
def issuer() -> Authority:
    return Authority.root(now=NOW).issue_authority()


@pytest.fixture(scope="module")
def leaf(issuer: Authority) -> Identity:
    return issuer.issue_leaf("www.example")


def test_every_algorithm_has_a_signer_here() -> None:
    assert {algorithm for _, algorithm in SIGNERS} == set(SIGNATURE_ALGORITHMS)


@pytest.mark.parametrize(("key_type", "algorithm"), SIGNERS)
def test_openssl_verifies_what_an_issuer_signs(key_type: KeyType, algorithm: str, tmp_path: Path) -> None:
    issuer = Authority.root(now=NOW).issue_authority(key=generate_key(key_type))
    leaf = issuer.issue_leaf("www.example")

    said = openssl_ocsp(staple(leaf, issuer, now=NOW, algorithm=algorithm), leaf, issuer, tmp_path)

    assert "Response verify OK" in said
    assert "leaf.pem: good" in said
    assert "WARNING" not in said


@pytest.mark.parametrize(("key_type", "algorithm"), SIGNERS)
def test_openssl_verifies_what_a_delegated_responder_signs(
    key_type: KeyType, algorithm: str, issuer: Authority, leaf: Identity, tmp_path: Path
) -> None:
    responder = issuer.issue_responder(key=generate_key(key_type))

    made = staple(leaf, issuer, now=NOW, responder=responder, algorithm=algorithm)
    said = openssl_ocsp(made, leaf, issuer, tmp_path)

    assert "Response verify OK" in said
    assert "leaf.pem: good" in said


def test_openssl_refuses_a_staple_that_another_ca_signed(issuer: Authority, leaf: Identity, tmp_path: Path) -> None:
    stranger = Authority.root("Stranger", now=NOW)

    said = openssl_ocsp(staple(leaf, stranger, now=NOW), leaf, issuer, tmp_path)

    assert "Response Verify Failure" in said


@pytest.mark.parametrize("status", ["good", "revoked", "unknown"])
def test_openssl_reads_the_status(status: Status, issuer: Authority, leaf: Identity, tmp_path: Path) -> None:
    said = openssl_ocsp(staple(leaf, issuer, now=NOW, status=status), leaf, issuer, tmp_path)

    assert f"leaf.pem: {status}" in said
    assert ("Reason: keyCompromise" in said) == (status == "revoked")


@pytest.mark.parametrize("cert_id_hash", ["sha1", "sha256", "sha384", "sha512"])
def test_openssl_finds_the_certificate_by_each_hash(
    cert_id_hash: str, issuer: Authority, leaf: Identity, tmp_path: Path
) -> None:
    made = staple(leaf, issuer, now=NOW, cert_id_hash=cert_id_hash)

    assert "leaf.pem: good" in openssl_ocsp(made, leaf, issuer, tmp_path, cert_id_hash=cert_id_hash)


def test_a_staple_carries_the_times_that_it_is_given(issuer: Authority, leaf: Identity) -> None:
    hour = timedelta(hours=1)
    made = staple(
        leaf,
        issuer,
        now=NOW,
        status="revoked",
        this_update=NOW - 2 * hour,
        next_update=NOW + 20 * hour,
        produced_at=NOW - hour,
        revocation_time=NOW - 9 * hour,
        revocation_reason="superseded",
    )

    read = ocsp.load_der_ocsp_response(made)
    assert read.this_update_utc == NOW - 2 * hour
    assert read.next_update_utc == NOW + 20 * hour
    assert read.produced_at_utc == NOW - hour
    assert read.revocation_time_utc == NOW - 9 * hour
    assert read.revocation_reason is x509.ReasonFlags.superseded


@pytest.mark.parametrize("reason", CRL_REASONS)
def test_cryptography_reads_each_reason(reason: str, issuer: Authority, leaf: Identity) -> None:
    read = ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, status="revoked", revocation_reason=reason))

    assert read.revocation_reason is not None
    assert read.revocation_reason.name == reason


def test_a_revocation_may_have_no_reason(issuer: Authority, leaf: Identity) -> None:
    read = ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, status="revoked", revocation_reason=None))

    assert read.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert read.revocation_reason is None


def test_the_responder_is_named_as_asked(issuer: Authority, leaf: Identity) -> None:
    responder = issuer.issue_responder("Lab Responder 7")
    by_key = ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, responder=responder))
    by_name = ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, responder=responder, responder_id="by_name"))

    key_id = x509.SubjectKeyIdentifier.from_public_key(responder.key.public_key())
    assert (by_key.responder_key_hash, by_key.responder_name) == (key_id.digest, None)
    assert (by_name.responder_key_hash, by_name.responder_name) == (None, responder.certificate.subject)
    assert by_name.certificates == [responder.certificate]


def test_an_issuer_does_not_embed_itself(issuer: Authority, leaf: Identity) -> None:
    assert ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW)).certificates == []


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("sha1", SHA1()),  # noqa: S303 - what servers ask with
        ("sha256", SHA256()),
        ("sha384", SHA384()),
        ("sha512", SHA512()),
    ],
)
def test_the_cert_id_is_the_one_that_cryptography_asks_for(
    name: str, algorithm: SHA1 | SHA256 | SHA384 | SHA512, issuer: Authority, leaf: Identity
) -> None:
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf.certificate, issuer.certificate, algorithm).build()
    cert_id = plan(leaf, issuer, now=NOW, cert_id_hash=name).entry.cert_id

    assert cert_id.issuer_name_hash == request.issuer_name_hash
    assert cert_id.issuer_key_hash == request.issuer_key_hash
    assert cert_id.serial_number == request.serial_number


def test_a_cross_signed_issuer_makes_the_same_cert_id(issuer: Authority, leaf: Identity) -> None:
    twin = cross_signed(issuer, Authority.root("Other Root", now=NOW))
    other = Authority.root("Other Root", now=NOW)

    assert plan(leaf, twin, now=NOW).entry.cert_id == plan(leaf, issuer, now=NOW).entry.cert_id
    assert plan(leaf, other, now=NOW).entry.cert_id != plan(leaf, issuer, now=NOW).entry.cert_id


def test_a_key_does_not_sign_by_an_algorithm_of_another_type(issuer: Authority, leaf: Identity) -> None:
    with pytest.raises(TypeError, match="RSA"):
        staple(leaf, issuer, now=NOW, algorithm="rsa_pss_sha256")
