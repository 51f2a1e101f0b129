"""Flaws of whoever signs the response (RFC 6960 §4.2.2.2, §3.2 (3, 4))."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Unpack

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint, public_key_bits
from ocsp_staple_exporter.lab.ca import Authority, Identity, same_name_other_key
from ocsp_staple_exporter.lab.certificates import ResponderOptions, Validity, resigned
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error, warning
from ocsp_staple_exporter.lab.keys import algorithm_with, generate_key
from ocsp_staple_exporter.model import Reason

PREFIX_OF_OCSP_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3")
DAY = timedelta(days=1)


def _responder_id(encoded: bytes) -> Change:
    return lambda blueprint: replace(blueprint, responder_id=encoded)


def _name(common_name: str) -> bytes:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]).public_bytes()


def _sha256_key_hash(blueprint: Blueprint) -> Blueprint:
    key_hash = hashlib.sha256(public_key_bits(blueprint.signer.certificate)).digest()
    return replace(blueprint, responder_id=der.explicit(2, der.octet_string(key_hash)))


def _without_certificate(blueprint: Blueprint) -> Blueprint:
    return blueprint.signed_by(blueprint.issuer.issue_responder(), embedded=())


def _delegated(**options: Unpack[ResponderOptions]) -> Change:
    """Signed by a responder of the issuer with a deviating certificate."""
    return lambda blueprint: blueprint.signed_by(blueprint.issuer.issue_responder(**options))


def _delegated_for(start: timedelta, end: timedelta) -> Change:
    """Signed by a responder whose certificate is valid between two moments, as seen from now."""

    def change(blueprint: Blueprint) -> Blueprint:
        validity = Validity(blueprint.now + start, blueprint.now + end)
        return blueprint.signed_by(blueprint.issuer.issue_responder(validity=validity))

    return change


def _sibling_leaf(blueprint: Blueprint) -> Blueprint:
    return blueprint.signed_by(blueprint.issuer.issue_leaf("sibling.example"))


def _leaf_itself(blueprint: Blueprint) -> Blueprint:
    if not isinstance(blueprint.leaf, Identity):
        raise ValueError("this flaw needs the key of the leaf")  # noqa: TRY004 - the caller's choice, not a wrong type
    return blueprint.signed_by(blueprint.leaf)


def _parent(blueprint: Blueprint) -> Authority:
    if blueprint.issuer.parent is None:
        raise ValueError("this flaw needs an issuer with a parent")
    return blueprint.issuer.parent


def _other_ca(blueprint: Blueprint) -> Authority:
    return Authority.root("Lab Other CA", now=blueprint.now)


def _responder_of_sub_ca(blueprint: Blueprint) -> Blueprint:
    responder = blueprint.issuer.issue_authority("Lab Sub CA").issue_responder()
    return blueprint.signed_by(responder, embedded=responder.chain[:2])


def _forged_responder(blueprint: Blueprint) -> Blueprint:
    responder = blueprint.issuer.issue_responder()
    forged = responder.der[:-1] + bytes([responder.der[-1] ^ 1])
    return blueprint.signed_by(responder, embedded=(forged,))


def _weakly_certified(hash_name: str) -> Change:
    """Signed by a responder whose certificate is signed over a broken hash."""

    def change(blueprint: Blueprint) -> Blueprint:
        algorithm = algorithm_with(blueprint.issuer.key, hash_name)
        if algorithm is None:
            raise ValueError("this flaw needs an issuer with another type of key")
        responder = blueprint.issuer.issue_responder()
        weak = resigned(responder.certificate, blueprint.issuer.key, algorithm)
        return blueprint.signed_by(replace(responder, certificate=weak))

    return change


def _weak_key(blueprint: Blueprint) -> Blueprint:
    return blueprint.signed_by(blueprint.issuer.issue_responder(key=generate_key("rsa_1024")))


RESPONDER_FLAWS: Mapping[str, Flaw] = {
    "responder_id_hash_length": error(Reason.RESPONDER_ID_HASH_LENGTH, "a key hash of 32 octets", _sha256_key_hash),
    "responder_id_hash_length:empty": error(
        Reason.RESPONDER_ID_HASH_LENGTH,
        "a key hash of no octets",
        _responder_id(der.explicit(2, der.octet_string(b""))),
    ),
    "responder_not_found": error(
        Reason.RESPONDER_NOT_FOUND, "a name that is nobody's", _responder_id(der.explicit(1, _name("Nobody")))
    ),
    "responder_not_found:by_key": error(
        Reason.RESPONDER_NOT_FOUND,
        "a key hash that is nobody's",
        _responder_id(der.explicit(2, der.octet_string(bytes(20)))),
    ),
    "responder_not_found:omitted_certificate": error(
        Reason.RESPONDER_NOT_FOUND, "a delegated responder's certificate is not embedded", _without_certificate
    ),
    "responder_not_issued_by_ca": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
        "a responder of another CA",
        lambda blueprint: blueprint.signed_by(_other_ca(blueprint).issue_responder()),
    ),
    "responder_not_issued_by_ca:same_name_other_key": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
        "a responder of a stranger with the issuer's name",
        lambda blueprint: blueprint.signed_by(same_name_other_key(blueprint.issuer).issue_responder()),
    ),
    "responder_not_issued_by_ca:issued_by_parent": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
        "a responder of the CA above the issuer",
        lambda blueprint: blueprint.signed_by(_parent(blueprint).issue_responder()),
    ),
    "responder_not_issued_by_ca:issued_by_sub_ca": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA, "a responder of a CA below the issuer", _responder_of_sub_ca
    ),
    "responder_not_issued_by_ca:forged_signature": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA, "a responder's certificate with a broken signature", _forged_responder
    ),
    "responder_not_issued_by_ca:signed_by_parent": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
        "signed by the CA above the issuer",
        lambda blueprint: blueprint.signed_by(_parent(blueprint), embedded=(_parent(blueprint).der,)),
        Reason.RESPONDER_MISSING_EKU,
        Reason.RESPONDER_IS_CA,
        Reason.RESPONDER_MISSING_NOCHECK,
    ),
    "responder_not_issued_by_ca:signed_by_other_ca": error(
        Reason.RESPONDER_NOT_ISSUED_BY_CA,
        "signed by another CA",
        lambda blueprint: blueprint.signed_by(_other_ca(blueprint)),
        Reason.RESPONDER_MISSING_EKU,
        Reason.RESPONDER_IS_CA,
        Reason.RESPONDER_MISSING_NOCHECK,
    ),
    "responder_missing_eku": error(Reason.RESPONDER_MISSING_EKU, "no extended key usage", _delegated(purposes=())),
    "responder_missing_eku:server_auth": error(
        Reason.RESPONDER_MISSING_EKU, "serverAuth alone", _delegated(purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    ),
    "responder_missing_eku:any_eku": error(
        Reason.RESPONDER_MISSING_EKU,
        "anyExtendedKeyUsage alone",
        _delegated(purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
    ),
    "responder_missing_eku:truncated_oid": error(
        Reason.RESPONDER_MISSING_EKU,
        "an OID that id-kp-OCSPSigning begins with",
        _delegated(purposes=[PREFIX_OF_OCSP_SIGNING]),
    ),
    "responder_missing_eku:sibling_leaf": error(
        Reason.RESPONDER_MISSING_EKU,
        "signed by another leaf of the issuer",
        _sibling_leaf,
        Reason.RESPONDER_MISSING_NOCHECK,
    ),
    "responder_missing_eku:leaf_itself": error(
        Reason.RESPONDER_MISSING_EKU,
        "signed by the leaf that it is about",
        _leaf_itself,
        Reason.RESPONDER_MISSING_NOCHECK,
    ),
    "responder_not_yet_valid": error(
        Reason.RESPONDER_NOT_YET_VALID, "a responder's certificate of tomorrow", _delegated_for(DAY, 30 * DAY)
    ),
    "responder_expired": error(
        Reason.RESPONDER_EXPIRED, "a responder's certificate that has expired", _delegated_for(-30 * DAY, -DAY / 48)
    ),
    "unknown_critical_extension:responder": error(
        Reason.UNKNOWN_CRITICAL_EXTENSION,
        "a responder's certificate with a critical extension that nobody knows",
        _delegated(critical_extension="1.3.6.1.4.1.32473.6"),
    ),
    "responder_is_ca": warning(Reason.RESPONDER_IS_CA, "a responder's certificate with cA", _delegated(is_ca=True)),
    "responder_bad_key_usage": warning(
        Reason.RESPONDER_BAD_KEY_USAGE,
        "key usage without digitalSignature",
        _delegated(key_usages=["key_encipherment"]),
    ),
    "responder_missing_nocheck": warning(
        Reason.RESPONDER_MISSING_NOCHECK, "no id-pkix-ocsp-nocheck", _delegated(no_check=False)
    ),
    "responder_key_weak": warning(Reason.RESPONDER_KEY_WEAK, "RSA with 1024 bits", _weak_key),
    "responder_cert_weak_signature": warning(
        Reason.RESPONDER_CERT_WEAK_SIGNATURE, "a certificate signed with SHA-1", _weakly_certified("sha1")
    ),
    "responder_cert_weak_signature:md5": warning(
        Reason.RESPONDER_CERT_WEAK_SIGNATURE, "a certificate signed with MD5", _weakly_certified("md5")
    ),
}
