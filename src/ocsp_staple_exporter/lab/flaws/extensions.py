"""Flaws of responseExtensions and singleExtensions (RFC 6960 §4.4, RFC 5280 §4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint
from ocsp_staple_exporter.lab.flaws.cert_ids import other_serial
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error, warning
from ocsp_staple_exporter.model import Reason

CT_SIGNED_CERTIFICATE_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.5"
INVALIDITY_DATE = "2.5.29.24"
REASON_CODE = "2.5.29.21"

UNKNOWN = der.extension("1.3.6.1.4.1.32473.3", der.NULL)
UNKNOWN_CRITICAL = der.extension("1.3.6.1.4.1.32473.3", der.NULL, critical=True)


def response_extension(*extensions: bytes) -> Change:
    return lambda blueprint: replace(blueprint, extensions=(*blueprint.extensions, *extensions))


def single_extension(*extensions: bytes) -> Change:
    return lambda blueprint: blueprint.with_entry(
        replace(blueprint.entry, extensions=(*blueprint.entry.extensions, *extensions))
    )


def _critical_on_another_entry(blueprint: Blueprint) -> Blueprint:
    other = replace(other_serial(blueprint.entry), extensions=(UNKNOWN_CRITICAL,))
    return replace(blueprint, entries=(*blueprint.entries, other))


EXTENSION_FLAWS: Mapping[str, Flaw] = {
    "malformed_extension": warning(
        Reason.MALFORMED_EXTENSION,
        "a list of signed certificate timestamps that is none",
        single_extension(der.extension(CT_SIGNED_CERTIFICATE_TIMESTAMPS, der.octet_string(b"\xff\xff\x00"))),
    ),
    "malformed_extension:invalidity_date": warning(
        Reason.MALFORMED_EXTENSION,
        "an invalidityDate that is no time",
        single_extension(der.extension(INVALIDITY_DATE, der.NULL)),
    ),
    "duplicate_extension": warning(
        Reason.DUPLICATE_EXTENSION, "the same responseExtension twice", response_extension(UNKNOWN, UNKNOWN)
    ),
    "duplicate_extension:single": warning(
        Reason.DUPLICATE_EXTENSION, "the same singleExtension twice", single_extension(UNKNOWN, UNKNOWN)
    ),
    "unknown_critical_extension": error(
        Reason.UNKNOWN_CRITICAL_EXTENSION,
        "a critical responseExtension that nobody knows",
        response_extension(UNKNOWN_CRITICAL),
    ),
    "unknown_critical_extension:single": error(
        Reason.UNKNOWN_CRITICAL_EXTENSION,
        "a critical singleExtension that nobody knows",
        single_extension(UNKNOWN_CRITICAL),
    ),
    "unknown_critical_extension:other_single": warning(
        Reason.UNKNOWN_CRITICAL_EXTENSION,
        "a critical singleExtension that nobody knows, on the entry of another certificate",
        _critical_on_another_entry,
    ),
    "reason_code_in_extension": warning(
        Reason.REASON_CODE_IN_EXTENSION,
        "the reason of a revocation as a singleExtension (BR §7.3.2)",
        single_extension(der.extension(REASON_CODE, der.enumerated(1))),
    ),
}
