from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.x509 import ocsp

from ocsp_staple_exporter.lab.ca import Authority, Identity, self_signed_leaf
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType, generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import BESIDE_THE_STAPLE, Reason
from tests.lab.openssl_ocsp import openssl_ocsp

NOW = datetime.now(UTC).replace(microsecond=0)
"""OpenSSL judges by the clock."""

NOT_ABOUT_THE_STAPLE = {
    Reason.MUST_STAPLE_MISSING,
    Reason.NO_STAPLE,
    Reason.ISSUER_UNAVAILABLE,
    Reason.ISSUER_MISMATCH,
    Reason.SELF_SIGNED_LEAF,
    *BESIDE_THE_STAPLE,
}

OPENSSL_LOSES_ITS_WAY = {
    "cert_id_sha256",  # asked for with an option, see test_lab_staples
    "cert_id_sha384",
    "cert_id_sha512",
    "same_serial_of_another_issuer",  # takes the issuer's hashes from the first entry alone
    "after_an_unknown_hash",
}


@pytest.fixture(scope="module")
def issuer() -> Authority:
    """Has a parent and an RSA key, as some flaws need."""
    return Authority.root(now=NOW).issue_authority(key=generate_key("rsa"))


@pytest.fixture(scope="module")
def leaf(issuer: Authority) -> Identity:
    return issuer.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"])


def test_every_reason_about_a_staple_has_a_flaw() -> None:
    assert {flaw.reason for flaw in FLAWS.values()} == set(Reason) - NOT_ABOUT_THE_STAPLE


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_is_named_after_its_reason(name: str) -> None:
    assert name.partition(":")[0] == FLAWS[name].reason.value
    assert FLAWS[name].reason.value in FLAWS, "the plain reason names a flaw too"


@pytest.mark.parametrize("name", [*FLAWS, *ODDITIES])
@pytest.mark.parametrize("signer", ["issuer", "responder"])
def test_each_can_be_had_from_an_issuer_and_from_a_delegated_responder(
    name: str, signer: str, issuer: Authority, leaf: Identity
) -> None:
    responder = issuer.issue_responder() if signer == "responder" else None
    sound = staple(leaf, issuer, now=NOW, responder=responder)

    assert staple(leaf, issuer, now=NOW, responder=responder, flaw=name) != sound


@pytest.mark.parametrize("key_type", ["ecdsa", "ed25519"])
@pytest.mark.parametrize("name", [name for name in FLAWS if not name.startswith("responder_cert_weak_signature")])
def test_nearly_all_flaws_can_be_had_with_other_keys(name: str, key_type: KeyType) -> None:
    issuer = Authority.root(now=NOW).issue_authority(key=generate_key(key_type))

    staple(issuer.issue_leaf("www.example"), issuer, now=NOW, flaw=name)


@pytest.mark.parametrize(
    ("name", "cryptography_says"),
    [
        ("staple_empty", "ShortData"),
        ("malformed", "ShortData"),
        ("malformed:last_octet", "ShortData"),
        ("malformed:noise", "UnexpectedTag"),
        ("malformed:bad_tag", "UnexpectedTag"),
        ("malformed:empty_sequence", "ShortData"),
        ("malformed:html", "UnexpectedTag"),
        ("malformed:pem", "UnexpectedTag"),
        ("malformed:indefinite_length", "InvalidLength"),
        ("malformed:long_length", "InvalidLength"),
        ("malformed:utc_time", "UnexpectedTag"),
        ("malformed:produced_at_utc_time", "UnexpectedTag"),
        ("malformed:time_without_seconds", "InvalidValue"),
        ("malformed:time_offset", "InvalidValue"),
        ("malformed:impossible_time", "InvalidValue"),
        ("malformed:fractional_seconds", "InvalidValue"),
        ("malformed:cert_status_tag", "UnexpectedTag"),
        ("malformed:revoked_without_time", "ShortData"),
        ("malformed:good_with_content", "UnexpectedTag"),
        ("malformed:responder_id_tag", "UnexpectedTag"),
        ("malformed:embedded_certificate", "UnexpectedTag"),
        ("trailing_data", "ExtraData"),
        ("trailing_data:inner", "ExtraData"),
        ("status_unknown_code", "unknown status code"),
        ("status_unknown_code:seven", "unknown status code"),
        ("response_bytes_missing", "does not contain a BasicResponse"),
        ("response_type_unsupported", "UnknownDefinedBy"),
    ],
)
def test_cryptography_refuses_what_is_malformed(
    name: str, cryptography_says: str, issuer: Authority, leaf: Identity
) -> None:
    with pytest.raises(ValueError, match=cryptography_says):
        ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, flaw=name))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("status_malformed_request", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
        ("status_internal_error", ocsp.OCSPResponseStatus.INTERNAL_ERROR),
        ("status_try_later", ocsp.OCSPResponseStatus.TRY_LATER),
        ("status_sig_required", ocsp.OCSPResponseStatus.SIG_REQUIRED),
        ("status_unauthorized", ocsp.OCSPResponseStatus.UNAUTHORIZED),
    ],
)
def test_cryptography_reads_the_response_status(
    name: str, code: ocsp.OCSPResponseStatus, issuer: Authority, leaf: Identity
) -> None:
    assert ocsp.load_der_ocsp_response(staple(leaf, issuer, now=NOW, flaw=name)).response_status is code


def test_apache_and_the_lab_make_up_the_same_try_later(issuer: Authority, leaf: Identity) -> None:
    assert staple(leaf, issuer, now=NOW, flaw="status_try_later") == bytes.fromhex("30030a0103")


@pytest.mark.parametrize(
    ("name", "openssl_says"),
    [
        ("responder_not_found", "signer certificate not found"),
        ("responder_not_found:by_key", "signer certificate not found"),
        ("responder_id_hash_length", "signer certificate not found"),
        ("responder_not_found:omitted_certificate", "signer certificate not found"),
        ("responder_missing_eku", "missing ocspsigning usage"),
        ("responder_missing_eku:server_auth", "missing ocspsigning usage"),
        ("responder_missing_eku:any_eku", "missing ocspsigning usage"),
        ("responder_missing_eku:truncated_oid", "missing ocspsigning usage"),
        ("responder_not_issued_by_ca", "unable to get local issuer certificate"),
        ("responder_expired", "certificate has expired"),
        ("responder_not_yet_valid", "certificate is not yet valid"),
        ("signature_invalid", "signature failure"),
        ("signature_invalid:tbs_changed", "signature failure"),
        ("signature_invalid:wrong_key", "signature failure"),
        ("signature_invalid:empty", "signature failure"),
        ("certid_serial_mismatch", "No Status found"),
        ("no_matching_response", "No Status found"),
        ("not_yet_valid", "status not yet valid"),
        ("expired", "status expired"),
        ("next_update_before_this_update", "nextupdate before thisupdate"),
        ("revoked", "Reason: keyCompromise"),
        ("revoked:remove_from_crl", "Reason: removeFromCRL"),
        ("cert_status_unknown", "leaf.pem: unknown"),
    ],
)
def test_openssl_finds_the_flaw(
    name: str, openssl_says: str, issuer: Authority, leaf: Identity, tmp_path: Path
) -> None:
    sound = openssl_ocsp(staple(leaf, issuer, now=NOW), leaf, issuer, tmp_path)
    flawed = openssl_ocsp(staple(leaf, issuer, now=NOW, flaw=name), leaf, issuer, tmp_path)

    assert openssl_says in flawed
    assert openssl_says not in sound


def test_openssl_finds_no_entry_where_a_responder_signed_none(
    issuer: Authority, leaf: Identity, tmp_path: Path
) -> None:
    """Not asked of a staple that the issuer signs: OpenSSL up to 3.0.19 forgives it there in its second try."""
    responder = issuer.issue_responder()
    sound = openssl_ocsp(staple(leaf, issuer, now=NOW, responder=responder), leaf, issuer, tmp_path)
    empty = staple(leaf, issuer, now=NOW, responder=responder, flaw="no_single_responses")
    flawed = openssl_ocsp(empty, leaf, issuer, tmp_path)

    for openssl_says in ("response contains no revocation data", "No Status found"):
        assert openssl_says in flawed
        assert openssl_says not in sound


@pytest.mark.parametrize("name", [name for name in ODDITIES if name not in OPENSSL_LOSES_ITS_WAY])
def test_openssl_finds_nothing_in_what_is_merely_odd(
    name: str, issuer: Authority, leaf: Identity, tmp_path: Path
) -> None:
    said = openssl_ocsp(staple(leaf, issuer, now=NOW, flaw=name), leaf, issuer, tmp_path)

    assert "Response verify OK" in said
    assert "leaf.pem: good" in said


def test_flaws_can_be_joined(issuer: Authority, leaf: Identity, tmp_path: Path) -> None:
    said = openssl_ocsp(staple(leaf, issuer, now=NOW, flaw="revoked+expired"), leaf, issuer, tmp_path)

    assert "status expired" in said
    assert "Reason: keyCompromise" in said


def test_a_flaw_that_nobody_knows_is_an_error(issuer: Authority, leaf: Identity) -> None:
    with pytest.raises(KeyError, match="no_such_flaw"):
        staple(leaf, issuer, now=NOW, flaw="no_such_flaw")


@pytest.mark.parametrize("name", ["responder_missing_eku:leaf_itself", "responder_not_issued_by_ca:signed_by_parent"])
def test_a_flaw_says_what_it_needs(name: str) -> None:
    root = self_signed_leaf("www.example", now=NOW)

    with pytest.raises(ValueError, match="this flaw needs"):
        staple(root.certificate, root, now=NOW, flaw=name)
