"""Flaws inside the response that make it no DER of RFC 6960 appendix B."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint, Stage
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, error, warning
from ocsp_staple_exporter.model import Reason

UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SECOND = timedelta(seconds=1)


def _this_update(tag: int, layout: str) -> Change:
    """Write thisUpdate in another layout of `strftime`, a second earlier, so that a fraction does not make it later."""

    def change(blueprint: Blueprint) -> Blueprint:
        moment = blueprint.entry.this_update
        if not isinstance(moment, datetime):
            raise TypeError("another flaw replaced thisUpdate")
        encoded = der.tlv(tag, (moment - SECOND).strftime(layout).encode("ascii"))
        return blueprint.with_entry(replace(blueprint.entry, this_update=encoded))

    return change


def _cert_status(encoded: bytes) -> Change:
    return lambda blueprint: blueprint.with_entry(replace(blueprint.entry, cert_status=encoded))


def _produced_at_utc_time(blueprint: Blueprint) -> Blueprint:
    encoded = der.tlv(UTC_TIME, f"{blueprint.now:%y%m%d%H%M%SZ}".encode("ascii"))
    return replace(blueprint, produced_at=encoded)


def _unused_bits(blueprint: Blueprint) -> Blueprint:
    return blueprint.edited(Stage.SIGNATURE, lambda bits: der.bit_string(der.content(bits)[1:], unused_bits=1))


def _undecodable_certificate(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, embedded=(*blueprint.embedded, der.sequence(der.integer(1))))


def _responder_id_tag(blueprint: Blueprint) -> Blueprint:
    return replace(blueprint, responder_id=der.explicit(3, der.NULL))


ENCODING_FLAWS: Mapping[str, Flaw] = {
    "malformed:utc_time": error(Reason.MALFORMED, "thisUpdate as UTCTime", _this_update(UTC_TIME, "%y%m%d%H%M%SZ")),
    "malformed:produced_at_utc_time": error(Reason.MALFORMED, "producedAt as UTCTime", _produced_at_utc_time),
    "malformed:time_without_seconds": error(
        Reason.MALFORMED, "thisUpdate without seconds", _this_update(GENERALIZED_TIME, "%Y%m%d%H%MZ")
    ),
    "malformed:time_offset": error(
        Reason.MALFORMED, "thisUpdate with an offset from UTC", _this_update(GENERALIZED_TIME, "%Y%m%d%H%M%S+0000")
    ),
    "malformed:impossible_time": error(
        Reason.MALFORMED, "thisUpdate in a thirteenth month", _this_update(GENERALIZED_TIME, "%Y1301%H%M%SZ")
    ),
    "malformed:fractional_seconds": warning(
        Reason.MALFORMED, "thisUpdate with half a second", _this_update(GENERALIZED_TIME, "%Y%m%d%H%M%S.5Z")
    ),
    "malformed:cert_status_tag": error(Reason.MALFORMED, "certStatus with tag [3]", _cert_status(der.implicit(3, b""))),
    "malformed:revoked_without_time": error(
        Reason.MALFORMED, "revoked without revocationTime", _cert_status(der.explicit(1, b""))
    ),
    "malformed:good_with_content": error(
        Reason.MALFORMED, "good as an explicit NULL", _cert_status(der.explicit(0, der.NULL))
    ),
    "malformed:responder_id_tag": error(Reason.MALFORMED, "responderID with tag [3]", _responder_id_tag),
    "malformed:unused_bits": error(Reason.MALFORMED, "a signature that is no whole octets", _unused_bits),
    "malformed:embedded_certificate": warning(
        Reason.MALFORMED, "an extra certificate that cannot be decoded", _undecodable_certificate
    ),
}
