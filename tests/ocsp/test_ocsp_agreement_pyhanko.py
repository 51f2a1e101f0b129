"""Our verdicts and those of pyhanko-certvalidator over every flaw."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import ocsp, x509  # type: ignore[import-untyped]
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import (
    OCSPNoMatchesError,
    OCSPValidationError,
    OCSPValidationIndeterminateError,
    RevokedError,
)
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from ocsp_staple_exporter.lab.blueprint import encode
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.staples import plan, with_flaws
from tests.ocsp.opinions import (
    ALL,
    REJECTED,
    SOUND,
    Disagreement,
    assert_as_documented,
    by_both_signers,
    lab,
    our_opinion,
    staple_of,
)
from tests.ocsp.pki import NOW, Pki

UNUSED_BITS = "malformed:unused_bits"
"""Depends on the signature, see below."""

CRASHED = "crashed"
"""An exception that it does not document; it believes nothing then."""

SKEW = timedelta(seconds=300)

_LAX = "asn1crypto reads BER; RFC 6960 §4.2.1 wants DER"
_TIMES = "asn1crypto takes any time; RFC 6960 §4.2.2.1 wants GeneralizedTime with seconds and Z"
_DIGEST = "it knows SHA-1 and SHA-256 alone; RFC 6960 §4.1.1 leaves the hash open"
_NOT_CRITICAL = "it looks at no extension of a response; RFC 6960 §4.4"

DISAGREEMENTS = {
    "malformed:indefinite_length": Disagreement("good", _LAX),
    "malformed:long_length": Disagreement("good", _LAX),
    "malformed:produced_at_utc_time": Disagreement("good", _TIMES),
    "malformed:time_without_seconds": Disagreement("good", _TIMES),
    "malformed:time_offset": Disagreement("good", _TIMES),
    "malformed:embedded_certificate": Disagreement(
        CRASHED, "it decodes every certificate that comes along; we warn, as BoringSSL passes over it"
    ),
    "trailing_data:inner": Disagreement("good", "asn1crypto reads the first element and stops; RFC 6960 §4.2.1"),
    "version_unsupported": Disagreement("good", "it ignores the version; RFC 6960 §4.2.1 knows v1 alone"),
    "responder_cert_weak_signature": Disagreement(
        REJECTED, "it refuses SHA-1 in certificates; clients differ, we warn"
    ),
    "responder_cert_weak_signature:md5": Disagreement(REJECTED, "it refuses MD5 in certificates; clients differ"),
    "signature_weak_md5": Disagreement("good", "its policy on digests is for certificates; RFC 6151 §2"),
    "unknown_critical_extension": Disagreement("good", _NOT_CRITICAL),
    "unknown_critical_extension:single": Disagreement("good", _NOT_CRITICAL),
    "conflicting_responses": Disagreement("good", "the first entry wins; a revocation must not be hidden"),
    "next_update_before_this_update": Disagreement("good", "within its tolerance for clocks it compares no further"),
    "next_update_missing": Disagreement(REJECTED, "it takes such a response for 30 minutes; clients differ, we warn"),
    "revoked:reason_7": Disagreement(CRASHED, "asn1crypto has no name for the reason; revoked is revoked"),
    "revoked:reason_11": Disagreement(CRASHED, "asn1crypto has no name for the reason; revoked is revoked"),
    "revoked:in_future": Disagreement(REJECTED, "not yet revoked to it; RFC 6960 §4.2.1 gives no such grace"),
    "cert_status_unknown": Disagreement(REJECTED, "it has no word for unknown"),
    "cert_id_sha384": Disagreement(CRASHED, _DIGEST),
    "cert_id_sha512": Disagreement(CRASHED, _DIGEST),
    "after_an_unknown_hash": Disagreement(CRASHED, _DIGEST),
}


async def pyhanko_opinion(pki: Pki, response: bytes) -> str:
    root = pki.ca.parent
    assert root is not None
    leaf = x509.Certificate.load(pki.leaf.der)
    try:
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(root.der)],
            other_certs=[x509.Certificate.load(pki.ca.der)],
            ocsps=[ocsp.OCSPResponse.load(response, strict=True)],
            moment=NOW,
            time_tolerance=SKEW,
        )
        (path,) = await context.path_builder.async_build_paths(leaf)
        await verify_ocsp_response(leaf, path, context)
    except RevokedError:
        return "revoked"
    except (OCSPNoMatchesError, OCSPValidationError, OCSPValidationIndeterminateError):
        return REJECTED
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
        return CRASHED
    return "good"


def _our_opinion(pki: Pki, response: bytes, theirs: str) -> str:
    """Ours; where both believe nothing, in their words."""
    ours = our_opinion(pki, response, NOW)
    return theirs if ours == REJECTED and theirs == CRASHED else ours


@cache
def _lab(key_type: KeyType) -> Pki:
    return lab(NOW, key_type)


@by_both_signers
@pytest.mark.parametrize("name", [name for name in ALL if name != UNUSED_BITS])
async def test_pyhanko_agrees_or_the_disagreement_is_documented(name: str, *, delegated: bool) -> None:
    pki = _lab("rsa")
    response = staple_of(pki, NOW, name, delegated=delegated)
    theirs = await pyhanko_opinion(pki, response)
    assert_as_documented(name, _our_opinion(pki, response, theirs), theirs, DISAGREEMENTS)


@pytest.mark.parametrize(("key_type", "algorithm"), SOUND)
async def test_pyhanko_verifies_a_sound_staple_of_every_algorithm(key_type: KeyType, algorithm: str) -> None:
    pki = _lab(key_type)
    flaws = {None: "good", "revoked": "revoked", "signature_invalid:tbs_changed": REJECTED}
    for (flaw, found), delegated in itertools.product(flaws.items(), (False, True)):
        response = staple_of(pki, NOW, flaw, algorithm, delegated=delegated)
        assert await pyhanko_opinion(pki, response) == our_opinion(pki, response, NOW) == found


async def test_pyhanko_drops_unused_bits_of_a_signature_where_they_are_zero() -> None:
    """X.690 §11.2.1 wants them zero, RFC 6960 §4.2.1 a whole number of bytes: we want both."""
    pki = _lab("rsa")
    theirs = set()
    for seconds in range(64):
        produced_at = NOW - timedelta(seconds=seconds)
        sound = plan(pki.leaf, pki.ca, now=NOW, produced_at=produced_at, this_update=produced_at)
        response = encode(with_flaws(sound, UNUSED_BITS))
        assert our_opinion(pki, response, NOW) == REJECTED
        theirs.add(await pyhanko_opinion(pki, response))
    assert theirs == {"good", REJECTED}


def test_the_table_names_flaws_that_exist() -> None:
    assert set(DISAGREEMENTS) <= set(ALL)
