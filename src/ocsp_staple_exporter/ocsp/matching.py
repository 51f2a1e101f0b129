"""Which entry of a response is about the leaf? See RFC 6960 §4.1.1, §3.2 (1)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import CertStatus, Reason
from ocsp_staple_exporter.ocsp.algorithms import HASH_NAMES
from ocsp_staple_exporter.ocsp.certificate import DecodedCertificate, serial_text
from ocsp_staple_exporter.ocsp.response import CertID, Revocation, SingleResponse

CERT_ID_HASHES = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Hash functions of a CertID that clients know; all but SHA-1 are rare (RFC 5019 §2.1.1)."""

# Where entries about the same certificate disagree: a revocation is believed, a "not known" is not.
_PRECEDENCE = (CertStatus.REVOKED, CertStatus.GOOD, CertStatus.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a search for the leaf's entry came to."""

    entry: SingleResponse | None
    """The leaf's entry; else the only entry; None where there are several and none is the leaf's."""

    is_for_leaf: bool
    """All that can be compared is equal."""

    rivals: tuple[SingleResponse, ...] = ()
    """Other entries about the leaf."""

    mismatches: Mapping[Reason, str]
    """Where no entry is the leaf's: in what every entry differs, with the values compared."""

    @property
    def others_disagree(self) -> tuple[SingleResponse, ...]:
        """The rivals with another status, other times or another revocation."""
        return tuple(rival for rival in self.rivals if self.entry and _statement(rival) != _statement(self.entry))


def find_entry(
    responses: Sequence[SingleResponse], leaf: DecodedCertificate | None, issuer: DecodedCertificate | None
) -> Match:
    """The entry whose three fields are the leaf's. What is not known of the leaf is not compared."""
    only = responses[0] if len(responses) == 1 else None
    if leaf is None:
        return Match(entry=only, is_for_leaf=False, mismatches={})
    differences = [_differences(single.cert_id, leaf, issuer) for single in responses]
    about_leaf = [single for single, found in zip(responses, differences, strict=True) if not found]
    if about_leaf:
        entry = min(about_leaf, key=_preference)
        rivals = tuple(single for single in about_leaf if single is not entry)
        return Match(entry=entry, is_for_leaf=True, rivals=rivals, mismatches={})
    return Match(entry=only, is_for_leaf=False, mismatches=_common(differences))


def _preference(single: SingleResponse) -> tuple[int, float, float]:
    """By status, then the freshest, then the one that lasts longest: never by where it stands."""
    end = math.inf if single.next_update is None else single.next_update.timestamp()
    return _PRECEDENCE.index(single.cert_status), -single.this_update.timestamp(), -end


def _statement(single: SingleResponse) -> tuple[CertStatus, Revocation | None, datetime, datetime | None]:
    return single.cert_status, single.revocation, single.this_update, single.next_update


def _common(differences: Sequence[Mapping[Reason, str]]) -> Mapping[Reason, str]:
    """The fields in which every entry differs, in the words for the first."""
    if not differences:
        return {}
    return {
        reason: detail for reason, detail in differences[0].items() if all(reason in found for found in differences)
    }


def _differences(cert_id: CertID, leaf: DecodedCertificate, issuer: DecodedCertificate | None) -> Mapping[Reason, str]:
    found: dict[Reason, str] = {}
    if cert_id.serial_number != leaf.serial_number:
        found[Reason.CERTID_SERIAL_MISMATCH] = (
            f"the response is for serial number {serial_text(cert_id.serial_number)}, "
            f"the leaf has {serial_text(leaf.serial_number)}"
        )
    hash_name = hash_name_of(cert_id)
    if hash_name not in CERT_ID_HASHES:
        found[Reason.CERTID_HASH_UNSUPPORTED] = (
            f"the CertID uses the hash algorithm {hash_name}, which clients do not know"
        )
        return found
    for reason, field, hashed, stated in (
        (Reason.CERTID_ISSUER_NAME_MISMATCH, "issuerNameHash", leaf.issuer, cert_id.issuer_name_hash),
        (
            Reason.CERTID_ISSUER_KEY_MISMATCH,
            "issuerKeyHash",
            issuer.public_key_bits if issuer else None,
            cert_id.issuer_key_hash,
        ),
    ):
        if hashed is None:
            continue
        digest = hashlib.new(hash_name, hashed, usedforsecurity=False).digest()
        if digest != stated:
            found[reason] = (
                f"{field} is {printable(stated.hex())}, that of the leaf's issuer is {digest.hex()} ({hash_name})"
            )
    return found


def hash_name_of(cert_id: CertID) -> str:
    """`sha1` or so; the dotted OID of a hash function that we do not know."""
    return HASH_NAMES.get(cert_id.hash_algorithm, cert_id.hash_algorithm)
