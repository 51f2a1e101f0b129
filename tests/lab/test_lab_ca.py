from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ocsp_staple_exporter.lab.ca import (
    Authority,
    Identity,
    cross_signed,
    same_key_other_name,
    same_name_other_key,
    self_signed_leaf,
)
from ocsp_staple_exporter.lab.certificates import Validity, resigned
from ocsp_staple_exporter.lab.keys import SIGNATURE_ALGORITHMS, KeyType, generate_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.root(now=NOW)


@pytest.fixture(scope="module")
def issuer(root: Authority) -> Authority:
    return root.issue_authority()


def verified_chain(leaf: Identity, trusted: Authority, name: str, now: datetime = NOW) -> list[x509.Certificate]:
    """What the Web PKI's rules, as `cryptography` has them, say of the chain."""
    store = verification.Store([trusted.certificate])
    subject = x509.DNSName(name) if name[0].isalpha() else x509.IPAddress(ip_address(name))
    verifier = verification.PolicyBuilder().store(store).time(now).build_server_verifier(subject)
    return verifier.verify(leaf.certificate, [x509.load_der_x509_certificate(der) for der in leaf.chain[1:]])


def feature_types(certificate: x509.Certificate) -> list[x509.TLSFeatureType]:
    return list(certificate.extensions.get_extension_for_class(x509.TLSFeature).value)


@pytest.mark.parametrize("key_type", ["rsa", "ecdsa", "ecdsa_p384"])
def test_a_leaf_satisfies_the_rules_of_the_web_pki(key_type: KeyType) -> None:
    root = Authority.root(now=NOW, key=generate_key(key_type))
    leaf = root.issue_authority().issue_leaf("www.example", "192.0.2.1", key=generate_key(key_type))

    assert len(verified_chain(leaf, root, "www.example")) == 3
    assert len(verified_chain(leaf, root, "192.0.2.1")) == 3


def test_a_leaf_fails_for_another_name_another_root_and_another_time(root: Authority, issuer: Authority) -> None:
    leaf = issuer.issue_leaf("www.example")

    for trusted, name, now in [
        (root, "other.example", NOW),
        (same_name_other_key(root), "www.example", NOW),
        (root, "www.example", NOW + timedelta(days=90)),
    ]:
        with pytest.raises(verification.VerificationError):
            verified_chain(leaf, trusted, name, now)


def test_a_cross_signed_issuer_leads_to_the_other_root_too(issuer: Authority) -> None:
    other_root = Authority.root("Other Root", now=NOW)
    leaf = issuer.issue_leaf("www.example")
    twin = cross_signed(issuer, other_root)

    with pytest.raises(verification.VerificationError):
        verified_chain(leaf, other_root, "www.example")
    sent = Identity(key=leaf.key, certificate=leaf.certificate, chain=(leaf.der, twin.der))
    assert verified_chain(sent, other_root, "www.example")[1] == twin.certificate


def test_the_twins_of_an_issuer_share_a_name_or_a_key_but_not_both(issuer: Authority) -> None:
    named, keyed = same_name_other_key(issuer), same_key_other_name(issuer)
    leaf = issuer.issue_leaf("www.example").certificate

    assert named.certificate.subject == issuer.certificate.subject
    assert keyed.certificate.public_key() == issuer.certificate.public_key()
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(named.certificate)
    with pytest.raises(ValueError, match="does not match"):
        leaf.verify_directly_issued_by(keyed.certificate)
    leaf.verify_directly_issued_by(issuer.certificate)


def test_a_leaf_carries_what_was_asked_for(issuer: Authority) -> None:
    validity = Validity(NOW, NOW + timedelta(days=6))
    leaf = issuer.issue_leaf(
        "www.example",
        ocsp_urls=["http://ocsp.example/1", "http://ocsp.example/2"],
        ca_issuers_urls=["http://ca.example/ca.der"],
        must_staple=True,
        serial_number=0xC0FFEE,
        validity=validity,
    ).certificate

    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [(one.access_method, one.access_location.value) for one in access] == [
        (AuthorityInformationAccessOID.OCSP, "http://ocsp.example/1"),
        (AuthorityInformationAccessOID.OCSP, "http://ocsp.example/2"),
        (AuthorityInformationAccessOID.CA_ISSUERS, "http://ca.example/ca.der"),
    ]
    assert feature_types(leaf) == [x509.TLSFeatureType.status_request]
    assert leaf.serial_number == 0xC0FFEE
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (validity.not_before, validity.not_after)


def test_a_leaf_carries_nothing_that_was_not_asked_for(issuer: Authority) -> None:
    leaf = issuer.issue_leaf("www.example").certificate

    for absent in (x509.TLSFeature, x509.AuthorityInformationAccess):
        with pytest.raises(x509.ExtensionNotFound):
            leaf.extensions.get_extension_for_class(absent)


def test_a_responder_has_the_profile_of_the_baseline_requirements(issuer: Authority) -> None:
    extensions = issuer.issue_responder().certificate.extensions

    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert extensions.get_extension_for_class(x509.OCSPNoCheck).value.public_bytes() == b"\x05\x00"
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_deviating_responder_has_only_what_it_is_given(issuer: Authority) -> None:
    responder = issuer.issue_responder(purposes=(), key_usages=(), no_check=False, is_ca=True)

    found = {type(extension.value) for extension in responder.certificate.extensions}
    assert found == {x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier, x509.BasicConstraints}
    assert responder.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize(
    ("key_type", "algorithm"),
    [("rsa", "rsa_pkcs1_sha1"), ("rsa", "rsa_pkcs1_md5"), ("ecdsa", "ecdsa_sha1")],
)
def test_a_certificate_can_be_signed_anew_by_a_weak_algorithm(
    key_type: KeyType, algorithm: str, tmp_path: Path
) -> None:
    root = Authority.root(now=NOW, key=generate_key(key_type))
    weak = resigned(root.issue_responder().certificate, root.key, SIGNATURE_ALGORITHMS[algorithm])
    (tmp_path / "weak.pem").write_bytes(weak.public_bytes(Encoding.PEM))
    (tmp_path / "root.pem").write_bytes(root.certificate_pem)

    assert "weak.pem: OK" in openssl_verify(tmp_path, "-auth_level", "0")
    assert "error" in openssl_verify(tmp_path, "-auth_level", "2"), "level 2 bans SHA-1 and MD5"


def openssl_verify(directory: Path, *options: str) -> str:
    command = ["openssl", "verify", "-attime", str(int(NOW.timestamp())), "-CAfile", "root.pem", *options, "weak.pem"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_self_signed_leaf_is_its_own_issuer() -> None:
    leaf = self_signed_leaf("www.example", now=NOW)

    leaf.certificate.verify_directly_issued_by(leaf.certificate)
    assert leaf.chain == (leaf.der,)


def test_the_files_of_an_identity_serve_tls(issuer: Authority, tmp_path: Path) -> None:
    leaf = issuer.issue_leaf("www.example")
    chain, key = leaf.write(tmp_path / "leaf")
    _, other_key = issuer.write(tmp_path / "issuer")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        context.load_cert_chain(chain, other_key)
