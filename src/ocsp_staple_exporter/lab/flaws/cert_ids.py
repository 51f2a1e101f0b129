"""Flaws of the CertIDs, which say what certificates the response is about (RFC 6960 §4.1.1, §3.2 (1))."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import UNKNOWN, Blueprint, CertID, Entry, revoked
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error, warning
from ocsp_staple_exporter.model import Reason


def _altered(digest: bytes) -> bytes:
    """The digest of something else."""
    return bytes(octet ^ 0xFF for octet in digest)


def other_serial(entry: Entry) -> Entry:
    return replace(entry, cert_id=replace(entry.cert_id, serial_number=entry.cert_id.serial_number + 1))


def other_name(entry: Entry) -> Entry:
    return replace(entry, cert_id=replace(entry.cert_id, issuer_name_hash=_altered(entry.cert_id.issuer_name_hash)))


def other_key(entry: Entry) -> Entry:
    return replace(entry, cert_id=replace(entry.cert_id, issuer_key_hash=_altered(entry.cert_id.issuer_key_hash)))


def with_unknown_hash(entry: Entry) -> Entry:
    return replace(entry, cert_id=replace(entry.cert_id, hash_algorithm=der.algorithm("1.3.6.1.4.1.32473.4")))


def _entry(change: Callable[[Entry], Entry]) -> Change:
    return lambda blueprint: blueprint.with_entry(change(blueprint.entry))


def _hashed_with(hash_name: str) -> Change:
    def change(blueprint: Blueprint) -> Blueprint:
        cert_id = CertID.of(blueprint.leaf_certificate, blueprint.issuer.certificate, hash_name)
        return blueprint.with_entry(replace(blueprint.entry, cert_id=cert_id))

    return change


def _followed_by(change: Callable[[Entry, datetime], Entry]) -> Change:
    """A second entry for the same certificate."""

    def follow(blueprint: Blueprint) -> Blueprint:
        return replace(blueprint, entries=(*blueprint.entries, change(blueprint.entry, blueprint.now)))

    return follow


def _revoked(entry: Entry, now: datetime) -> Entry:
    return replace(entry, cert_status=revoked(now - timedelta(hours=2), 1))


def _unknown(entry: Entry, _now: datetime) -> Entry:
    return replace(entry, cert_status=UNKNOWN)


def _stale(entry: Entry, now: datetime) -> Entry:
    return replace(entry, this_update=now - timedelta(days=3), next_update=now - timedelta(days=1))


def _none_matches(blueprint: Blueprint) -> Blueprint:
    entry = blueprint.entry
    return replace(blueprint, entries=(other_serial(entry), other_name(entry), other_key(entry)))


CERT_ID_FLAWS: Mapping[str, Flaw] = {
    "certid_hash_unsupported": error(
        Reason.CERTID_HASH_UNSUPPORTED, "a hash that nobody knows", _entry(with_unknown_hash)
    ),
    "certid_hash_unsupported:md5": error(Reason.CERTID_HASH_UNSUPPORTED, "MD5", _hashed_with("md5")),
    "certid_hash_unsupported:sha3_256": error(Reason.CERTID_HASH_UNSUPPORTED, "SHA3-256", _hashed_with("sha3_256")),
    "certid_serial_mismatch": error(
        Reason.CERTID_SERIAL_MISMATCH, "another certificate's serial number", _entry(other_serial)
    ),
    "certid_issuer_name_mismatch": error(
        Reason.CERTID_ISSUER_NAME_MISMATCH, "another issuer's name", _entry(other_name)
    ),
    "certid_issuer_key_mismatch": error(Reason.CERTID_ISSUER_KEY_MISMATCH, "another issuer's key", _entry(other_key)),
    "no_matching_response": error(
        Reason.NO_MATCHING_RESPONSE,
        "three entries, each for another certificate",
        _none_matches,
        Reason.CERTID_SERIAL_MISMATCH,
        Reason.CERTID_ISSUER_NAME_MISMATCH,
        Reason.CERTID_ISSUER_KEY_MISMATCH,
    ),
    "conflicting_responses": error(
        Reason.CONFLICTING_RESPONSES, "good, then revoked", _followed_by(_revoked), Reason.REVOKED
    ),
    "conflicting_responses:good_unknown": warning(
        Reason.CONFLICTING_RESPONSES, "good, then unknown", _followed_by(_unknown), Reason.CERT_STATUS_UNKNOWN
    ),
    "conflicting_responses:fresh_stale": warning(
        Reason.CONFLICTING_RESPONSES, "a fresh entry, then a stale one", _followed_by(_stale)
    ),
}
