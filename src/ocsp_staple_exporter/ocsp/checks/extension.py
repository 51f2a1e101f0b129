"""Extensions of the response and of its entries (RFC 6960 §4.4, RFC 5280 §4.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Reason
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.response import Extension, SingleResponse

REASON_CODE = "2.5.29.21"


def _anything(_value: bytes) -> None:
    """A nonce was raw bytes once (RFC 2560), and no staple can match one: its value says nothing."""


def _generalized_time(value: bytes) -> None:
    asn1.decode(asn1.GeneralizedTime, value)


def _sequence(value: bytes) -> None:
    asn1.elements(value)


def _enumerated(value: bytes) -> None:
    asn1.enumerated(asn1.decode(asn1.TLV, value))


def _null(value: bytes) -> None:
    asn1.decode(asn1.Null, value)


def _sct_list(value: bytes) -> None:
    """RFC 6962 §3.3: an OCTET STRING with a TLS vector of vectors, both with lengths of two bytes."""
    vector = asn1.decode(bytes, value)
    if len(vector) < 2 or int.from_bytes(vector[:2]) != len(vector) - 2:
        raise asn1.NotDERError("the list of SCTs has another length than it says")
    position = 2
    while position < len(vector):
        size = int.from_bytes(vector[position : position + 2])
        position += 2 + size
        if size == 0 or position > len(vector):
            raise asn1.NotDERError("an SCT is longer than its list")


RESPONSE_EXTENSIONS: Mapping[str, Callable[[bytes], None]] = {
    "1.3.6.1.5.5.7.48.1.2": _anything,  # nonce, RFC 9654
    "1.3.6.1.5.5.7.48.1.9": _null,  # extended revoked definition, RFC 6960 §4.4.8
}
SINGLE_EXTENSIONS: Mapping[str, Callable[[bytes], None]] = {
    "1.3.6.1.5.5.7.48.1.2": _anything,
    "1.3.6.1.5.5.7.48.1.3": _sequence,  # CRL references, §4.4.2
    "1.3.6.1.5.5.7.48.1.6": _generalized_time,  # archive cutoff, §4.4.4
    REASON_CODE: _enumerated,  # CRL entry extensions, §4.4.5
    "2.5.29.24": _generalized_time,  # invalidityDate, RFC 5280 §5.3.2
    "1.3.6.1.4.1.11129.2.4.5": _sct_list,  # RFC 6962 §3.3
}


def check_critical_extensions(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.4, RFC 5280 §4.2: a critical extension that is not understood voids the response."""
    unknown = _unknown_critical(evidence.response.extensions, RESPONSE_EXTENSIONS)
    for single in _entries_about_the_leaf(evidence):
        unknown += _unknown_critical(single.extensions, SINGLE_EXTENSIONS)
    if unknown:
        return Failed(Reason.UNKNOWN_CRITICAL_EXTENSION, f"critical and unknown: {_listed(unknown)}")
    return Passed("no critical extension is unknown")


def check_other_critical_extensions(evidence: Evidence) -> Outcome:
    """The same in entries about other certificates, for which some clients reject the whole response."""
    ours = {id(single) for single in _entries_about_the_leaf(evidence)}
    others = (single for single in evidence.response.responses if id(single) not in ours)
    unknown = [oid for single in others for oid in _unknown_critical(single.extensions, SINGLE_EXTENSIONS)]
    if unknown:
        detail = f"critical and unknown, in an entry that is not the leaf's: {_listed(unknown)}"
        return Failed(Reason.UNKNOWN_CRITICAL_EXTENSION, detail)
    return Passed("no critical extension of another entry is unknown")


def check_extension_values(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.4: an extension holds what its definition says."""
    for extensions, known in (
        (evidence.response.extensions, RESPONSE_EXTENSIONS),
        (_entry_extensions(evidence), SINGLE_EXTENSIONS),
    ):
        for extension in extensions:
            try:
                known.get(extension.oid, _anything)(extension.value)
            except asn1.NotDERError as error:
                return Failed(
                    Reason.MALFORMED_EXTENSION, printable(f"extension {extension.oid} does not decode: {error}")
                )
    return Passed("every known extension decodes")


def check_duplicate_extensions(evidence: Evidence) -> Outcome:
    """RFC 5280 §4.2: an extension appears once."""
    for extensions in (evidence.response.extensions, _entry_extensions(evidence)):
        repeated = [oid for oid, count in Counter(e.oid for e in extensions).items() if count > 1]
        if repeated:
            return Failed(Reason.DUPLICATE_EXTENSION, f"more than once: {_listed(repeated)}")
    return Passed("no extension is repeated")


def check_reason_code(evidence: Evidence) -> Outcome:
    """BR §7.3.2: singleExtensions must not hold a reasonCode; the reason stands in CertStatus."""
    if any(extension.oid == REASON_CODE for extension in _entry_extensions(evidence)):
        return Failed(Reason.REASON_CODE_IN_EXTENSION, f"singleExtensions holds a reasonCode ({REASON_CODE})")
    return Passed("no reasonCode in singleExtensions")


def _entries_about_the_leaf(evidence: Evidence) -> Sequence[SingleResponse]:
    return () if evidence.entry is None else (evidence.entry, *evidence.match.rivals)


def _entry_extensions(evidence: Evidence) -> tuple[Extension, ...]:
    return evidence.entry.extensions if evidence.entry else ()


def _unknown_critical(extensions: Iterable[Extension], known: Mapping[str, object]) -> list[str]:
    return [extension.oid for extension in extensions if extension.critical and extension.oid not in known]


def _listed(oids: Iterable[str]) -> str:
    return printable(", ".join(sorted(set(oids))))
