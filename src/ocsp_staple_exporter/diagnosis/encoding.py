"""The staple is no response that can be read (RFC 6960 §4.2.1)."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.clients import FIREFOX_STOPS, FIREFOX_STOPS_ALONE
from ocsp_staple_exporter.diagnosis.diagnosis import Fix
from ocsp_staple_exporter.diagnosis.servers import (
    APACHE_LOG,
    ASK_THE_CA,
    ENVOY_FILE,
    HAPROXY_FILE,
    LIGHTTPD_FILE,
    NGINX_FILE,
    TELL_THE_CA,
)
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_TO_DER = Fix(
    software=None,
    text="Servers read DER. This turns PEM or Base64 into it, and judges the outcome before it is served.",
    snippet="""\
grep -v ^--- staple.pem | base64 -d >staple.der
ocsp-staple-exporter check --staple staple.der --leaf leaf.pem --issuer issuer.pem""",
)
_FILES = (LIGHTTPD_FILE, NGINX_FILE, HAPROXY_FILE, ENVOY_FILE)

_ALMOST_NOBODY = "Most clients do not look; a few libraries fail on it."


def _unreadable(headline: str, cause: str, *fixes: Fix, effect: str = FIREFOX_STOPS) -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook="OCSPStapleInvalid")


_RESPONDER_FAULT = "The responder is broken, or the bytes were damaged on the way from it to here."

STORIES: Mapping[Reason, Story] = {
    Reason.STAPLE_EMPTY: _unreadable(
        "The staple is empty",
        "The server was given an empty file, mostly by a failed download, or its own callback returned no bytes.",
        *_FILES,
        effect="Every client that looks at the staple refuses it; with some TLS libraries the whole handshake fails.",
    ),
    Reason.MALFORMED: _unreadable(
        "The staple is no OCSP response: $detail",
        "$looks_like The usual sources: a proxy's error page saved as a response, PEM where DER belongs, a download "
        "cut off.",
        _TO_DER,
        *_FILES,
        ASK_THE_CA,
    ),
    Reason.TRAILING_DATA: _unreadable(
        "Bytes follow the end of the staple",
        "The file holds two responses, or a line break at its end. Write it with `openssl ocsp -respout`, not with an "
        "editor.",
        *_FILES,
        ASK_THE_CA,
        effect="Firefox shows an error page and GnuTLS programs refuse. OpenSSL programs do not notice. Chrome goes "
        "on.",
    ),
    Reason.RESPONSE_BYTES_MISSING: _unreadable(
        "The staple says successful and holds no response", _RESPONDER_FAULT, ASK_THE_CA, TELL_THE_CA, APACHE_LOG
    ),
    Reason.RESPONSE_TYPE_UNSUPPORTED: _unreadable(
        "The staple is a response of a type that clients do not know", _RESPONDER_FAULT, ASK_THE_CA, TELL_THE_CA
    ),
    Reason.VERSION_UNSUPPORTED: _unreadable(
        "The staple has a version other than v1",
        _RESPONDER_FAULT,
        ASK_THE_CA,
        TELL_THE_CA,
        effect=FIREFOX_STOPS_ALONE,
    ),
    Reason.NO_SINGLE_RESPONSES: _unreadable(
        "The staple speaks of no certificate at all", _RESPONDER_FAULT, ASK_THE_CA, TELL_THE_CA
    ),
    Reason.MALFORMED_EXTENSION: _unreadable(
        "An extension of the staple cannot be read: $detail",
        "The CA's responder writes it wrongly.",
        TELL_THE_CA,
        effect=_ALMOST_NOBODY,
    ),
    Reason.DUPLICATE_EXTENSION: _unreadable(
        "An extension stands in the staple twice",
        "The CA's responder writes it wrongly.",
        TELL_THE_CA,
        effect=_ALMOST_NOBODY,
    ),
    Reason.UNKNOWN_CRITICAL_EXTENSION: _unreadable(
        "The staple holds an extension that must be understood and that clients do not know",
        "The CA uses an extension of its own and marks it critical ($detail).",
        TELL_THE_CA,
        effect=FIREFOX_STOPS_ALONE,
    ),
}

MILD: Mapping[Reason, Story] = {
    Reason.MALFORMED: _unreadable(
        "A part of the staple breaks the encoding rules: $detail",
        "The CA's responder writes it so. Verification does without that part.",
        TELL_THE_CA,
        effect="Firefox refuses fractions of seconds; OpenSSL refuses certificates that do not decode. Others go on.",
    ),
    Reason.UNKNOWN_CRITICAL_EXTENSION: _unreadable(
        "An entry for another certificate holds an unknown critical extension",
        "The CA's responder answers for several certificates at once ($detail).",
        TELL_THE_CA,
        effect="No client is known to refuse it but those on the Botan library.",
    ),
}
"""For findings that are warnings."""
