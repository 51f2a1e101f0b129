from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from ocsp_staple_exporter import chain as chain_room
from ocsp_staple_exporter import rsa_bounds
from ocsp_staple_exporter.chain import verify_chain
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import Validity

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.root(now=NOW)


@pytest.fixture(scope="module")
def leaf(root: Authority) -> Identity:
    return root.issue_authority().issue_leaf("www.good.test", "192.0.2.7")


def anchors(*authorities: Authority) -> tuple[bytes, ...]:
    return tuple(authority.certificate.public_bytes(Encoding.DER) for authority in authorities)


@pytest.mark.parametrize("host", ["www.good.test", "192.0.2.7"])
def test_a_chain_to_the_trust_store_that_names_the_host_is_verified(root: Authority, leaf: Identity, host: str) -> None:
    verdict = verify_chain(leaf.chain, host, anchors(root), NOW)
    assert verdict.verified
    assert verdict.detail == "leads to CN=Lab Root CA"


@pytest.mark.parametrize("host", ["www.bad.test", "192.0.2.8", "not a host name", ""])
def test_another_host_is_not_named(root: Authority, leaf: Identity, host: str) -> None:
    assert verify_chain(leaf.chain, host, anchors(root), NOW).verified is False


def test_a_stranger_is_no_anchor(leaf: Identity) -> None:
    stranger = Authority.root("Somebody Else", now=NOW)
    assert verify_chain(leaf.chain, "www.good.test", anchors(stranger), NOW).verified is False


def test_a_missing_intermediate_breaks_the_path(root: Authority, leaf: Identity) -> None:
    assert verify_chain(leaf.chain[:1], "www.good.test", anchors(root), NOW).verified is False


def test_without_a_trust_store_there_is_no_verdict(leaf: Identity) -> None:
    assert verify_chain(leaf.chain, "www.good.test", (), NOW).verified is None


def test_bytes_that_are_no_certificate_are_a_verdict_not_an_exception(root: Authority, leaf: Identity) -> None:
    assert verify_chain((b"\x30\x00",), "www.good.test", anchors(root), NOW).verified is False
    assert verify_chain((leaf.chain[0], b"junk"), "www.good.test", anchors(root), NOW).verified is False


def test_an_anchor_that_cannot_be_read_is_passed_over(root: Authority, leaf: Identity) -> None:
    assert verify_chain(leaf.chain, "www.good.test", (b"junk", *anchors(root)), NOW).verified


def test_the_verdict_turns_at_the_first_and_the_last_second_of_validity(root: Authority, leaf: Identity) -> None:
    def verified(moment: datetime) -> bool | None:
        return verify_chain(leaf.chain, "www.good.test", anchors(root), moment).verified

    begin, end = leaf.certificate.not_valid_before_utc, leaf.certificate.not_valid_after_utc
    second = timedelta(seconds=1)
    assert [verified(moment) for moment in (begin - second, begin, NOW, end, end + second)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_chain_seen_before_is_not_verified_again(
    root: Authority, leaf: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verify_chain(leaf.chain, "www.good.test", anchors(root), NOW)

    def fail() -> None:
        raise AssertionError("verified again")

    monkeypatch.setattr(chain_room, "PolicyBuilder", fail)
    assert verify_chain(leaf.chain, "www.good.test", anchors(root), NOW + timedelta(hours=1)) is first
    with pytest.raises(AssertionError, match="verified again"):
        verify_chain(leaf.chain, "www.good.test", anchors(root), NOW - timedelta(days=1000))


def test_a_chain_that_is_too_large_to_be_remembered_is_verified_every_time(root: Authority, leaf: Identity) -> None:
    large = (*leaf.chain, b"\x30" * chain_room.LARGEST_KEPT)
    before = chain_room._remembered.cache_info().currsize
    assert verify_chain(large, "www.good.test", anchors(root), NOW).verified is False
    assert chain_room._remembered.cache_info().currsize == before


def altered(certificate: bytes, old: bytes, new: bytes) -> bytes:
    assert certificate.count(old) >= 1
    return certificate.replace(old, new, 1)


@pytest.mark.parametrize("version", [b"\x01", b"\x03", b"\x05"])
@pytest.mark.parametrize("position", [0, 1])
def test_a_certificate_of_a_strange_version_is_a_verdict(
    root: Authority, leaf: Identity, position: int, version: bytes
) -> None:
    chain = list(leaf.chain)
    chain[position] = altered(chain[position], b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + version)
    assert verify_chain(tuple(chain), "www.good.test", anchors(root), NOW).verified is False


@pytest.mark.parametrize("year", [b"0000", b"0001", b"9999"])
@pytest.mark.parametrize("position", [0, 1])
def test_a_validity_that_begins_in_a_year_that_cannot_be_computed_with_is_a_verdict(
    root: Authority, position: int, year: bytes
) -> None:
    later = datetime(2060, 1, 1, tzinfo=UTC)  # from 2050 on a GeneralizedTime with four digits for the year
    validity = Validity(later, later + timedelta(days=9))
    issuer = root.issue_authority(validity=validity)
    chain = list(issuer.issue_leaf("www.good.test", validity=validity).chain)
    chain[position] = altered(chain[position], b"20600101", year + b"0101")
    assert verify_chain(tuple(chain), "www.good.test", anchors(root), NOW).verified is False
    assert verify_chain(leaf_of(root), "www.good.test", (*anchors(root), chain[position]), NOW).verified


def leaf_of(root: Authority) -> tuple[bytes, ...]:
    return root.issue_leaf("www.good.test").chain


@pytest.mark.parametrize(
    ("host", "days", "says"),
    [
        ("www.other.test", 0, "the certificate is not for www.other.test ("),
        ("192.0.2.1", 0, "the certificate is not for 192.0.2.1 ("),
        ("www.good.test", 5000, "has expired, or is not valid yet ("),
        ("www.good.test", -5000, "has expired, or is not valid yet ("),
        ("a_b.good.test", 0, "no certificate can be verified for the name a_b.good.test ("),
    ],
)
def test_what_is_wrong_with_a_chain_is_told_in_plain_words(
    root: Authority, leaf: Identity, host: str, days: int, says: str
) -> None:
    detail = verify_chain(leaf.chain, host, anchors(root), NOW + timedelta(days=days)).detail

    assert says in detail
    assert "<" not in detail, "no innards of the verifier"


def test_a_missing_intermediate_and_a_foreign_authority_are_told(root: Authority, leaf: Identity) -> None:
    of_one_name = Authority.root(now=NOW)
    said = [
        verify_chain(leaf.chain[:1], "www.good.test", anchors(root), NOW).detail,
        verify_chain(leaf.chain, "www.good.test", anchors(of_one_name), NOW).detail,
    ]

    assert said[0].startswith("no certificate that was sent or is trusted issued it: an intermediate certificate was")
    assert said[1].startswith("a certificate with the issuer's name is there, but it did not sign")


def test_the_second_after_the_last_valid_one_says_nothing_of_those_that_follow(root: Authority) -> None:
    """The verifier drops fractions: half a second late is in time, and remembered as that."""
    leaf = root.issue_authority().issue_leaf("short.test")
    end = leaf.certificate.not_valid_after_utc
    store = anchors(root)
    verdicts = [
        verify_chain(leaf.chain, "short.test", store, end + timedelta(seconds=late)).verified
        for late in (0, 0.5, 0.999, 1, 60)
    ]
    assert verdicts == [True, True, True, False, False]


def with_key(root: Authority, key: CertificatePublicKeyTypes) -> bytes:
    """A certificate of the root's name, which the root issued for another key."""
    return (
        x509.CertificateBuilder()
        .subject_name(root.certificate.subject)
        .issuer_name(root.certificate.subject)
        .public_key(key)
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(root.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def test_a_certificate_whose_key_takes_too_long_is_part_of_no_path(
    root: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = RSAPublicNumbers((1 << 2000) + 1, (1 << 2048) - (1 << 1024) + 1).public_key()
    leaf = root.issue_leaf("www.good.test")
    chain = (leaf.der, with_key(root, slow))
    assert verify_chain(chain, "www.good.test", anchors(root), NOW).verified
    stranger = anchors(Authority.root("Somebody Else", now=NOW))
    nobody = "no certificate that was sent or is trusted issued it"
    assert nobody in verify_chain(chain, "www.good.test", stranger, NOW).detail
    monkeypatch.setattr(rsa_bounds, "MOST_EXPONENT_BITS", 4000)
    chain_room._remembered.cache_clear()
    assert nobody not in verify_chain(chain, "www.good.test", stranger, NOW).detail
    chain_room._remembered.cache_clear()


def test_a_key_of_a_kind_that_nobody_knows_does_not_void_a_chain_that_needs_it_not(root: Authority) -> None:
    other = with_key(root, x25519.X25519PrivateKey.generate().public_key())
    leaf = root.issue_leaf("www.good.test")
    unknown = other.replace(b"\x06\x03\x2b\x65\x6e", b"\x06\x03\x2b\x65\x7f")  # id-X25519, RFC 8410 §3
    assert unknown != other
    assert verify_chain((leaf.der, unknown), "www.good.test", anchors(root), NOW).verified
