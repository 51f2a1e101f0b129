"""Staples that are unusual and sound: nothing may be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import HASH_OIDS, ID_PKIX_OCSP, Blueprint, CertID, by_name, revoked
from ocsp_staple_exporter.lab.flaws.cert_ids import other_key, other_serial, with_unknown_hash
from ocsp_staple_exporter.lab.flaws.extensions import UNKNOWN, response_extension, single_extension
from ocsp_staple_exporter.lab.flaws.flaw import Change, Oddity


def _explicit_v1(blueprint: Blueprint) -> Blueprint:
    """The default written out: BER, which most readers accept."""
    return replace(blueprint, version=der.explicit(0, der.integer(0)))


def _responder_by_name(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, responder_id=by_name(blueprint.signer.certificate))


def _issuer_embedded(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, embedded=(*blueprint.embedded, blueprint.issuer.der))


def _cert_id_hash(hash_name: str) -> Change:
    def change(blueprint: Blueprint) -> Blueprint:
        cert_id = CertID.of(blueprint.leaf_certificate, blueprint.issuer.certificate, hash_name)
        return blueprint.with_entry(replace(blueprint.entry, cert_id=cert_id))

    return change


def _hash_without_parameters(blueprint: Blueprint) -> Blueprint:
    """RFC 5754 §2: implementations must accept absent parameters like NULL."""
    cert_id = replace(blueprint.entry.cert_id, hash_algorithm=der.algorithm(HASH_OIDS["sha1"]))
    return blueprint.with_entry(replace(blueprint.entry, cert_id=cert_id))


def _in_the_middle(blueprint: Blueprint) -> Blueprint:
    """The entry among others that say revoked."""
    other = replace(other_serial(blueprint.entry), cert_status=revoked(blueprint.now - timedelta(hours=2)))
    return replace(blueprint, entries=(other, *blueprint.entries, other_serial(other)))


def _same_serial_of_another_issuer(blueprint: Blueprint) -> Blueprint:
    other = replace(other_key(blueprint.entry), cert_status=revoked(blueprint.now - timedelta(hours=2)))
    return replace(blueprint, entries=(other, *blueprint.entries))


def _after_an_unknown_hash(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, entries=(with_unknown_hash(blueprint.entry), *blueprint.entries))


def _archive_cutoff(blueprint: Blueprint) -> Blueprint:
    years_ago = der.generalized_time(blueprint.now - timedelta(days=3650))
    return single_extension(der.extension(f"{ID_PKIX_OCSP}.6", years_ago))(blueprint)


ODDITIES: Mapping[str, Oddity] = {
    "explicit_v1": Oddity("the version is written out", _explicit_v1),
    "responder_by_name": Oddity("the responder is named, not hashed", _responder_by_name),
    "issuer_embedded": Oddity("the issuer's certificate comes along", _issuer_embedded),
    "cert_id_sha256": Oddity("a CertID of SHA-256", _cert_id_hash("sha256")),
    "cert_id_sha384": Oddity("a CertID of SHA-384", _cert_id_hash("sha384")),
    "cert_id_sha512": Oddity("a CertID of SHA-512", _cert_id_hash("sha512")),
    "cert_id_without_parameters": Oddity("the CertID's hash has no NULL", _hash_without_parameters),
    "entry_in_the_middle": Oddity("the entry stands between those of revoked certificates", _in_the_middle),
    "same_serial_of_another_issuer": Oddity(
        "a revoked certificate of another issuer with the same serial number comes first",
        _same_serial_of_another_issuer,
    ),
    "after_an_unknown_hash": Oddity("an entry with a hash that nobody knows comes first", _after_an_unknown_hash),
    "archive_cutoff": Oddity("status is kept beyond expiry (RFC 6960 §4.4.4)", _archive_cutoff),
    "nonce": Oddity(
        "a nonce, which a staple cannot match (RFC 9654)",
        response_extension(der.extension(f"{ID_PKIX_OCSP}.2", der.octet_string(bytes(range(32))))),
    ),
    "unknown_extension": Oddity("an extension that nobody knows, not critical", response_extension(UNKNOWN)),
}
