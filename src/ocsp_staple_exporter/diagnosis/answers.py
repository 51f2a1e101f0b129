"""The staple is the responder's refusal, not a response about the certificate (RFC 6960 §2.3)."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import (
    APACHE_LOG,
    ASK_THE_CA,
    HAPROXY_FILE,
    LIGHTTPD_FILE,
    NGINX_FILE,
)
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_APACHE_QUIET = Fix(
    software=Software.APACHE,
    text="Apache staples error answers, and makes up tryLater where it gets none. Both options together turn that "
    "off. It then asks again in every handshake while the responder fails, so shorten its wait too.",
    snippet="""\
# outside of <VirtualHost>, beside SSLUseStapling
SSLStaplingReturnResponderErrors off
SSLStaplingFakeTryLater off
SSLStaplingResponderTimeout 3""",
)
_APACHE_ADDRESS = Fix(
    software=Software.APACHE,
    text="See whether a wrong responder is set: SSLStaplingForceURL overrides the one that the certificate names, "
    "$url.",
    snippet="grep -rn SSLStaplingForceURL /etc/apache2/",
)
_FILES = (NGINX_FILE, LIGHTTPD_FILE, HAPROXY_FILE)

_STOPS = (
    "Firefox shows an error page, unless CRLite spares it the staple. GnuTLS programs take it for no staple. Chrome "
    "goes on."
)
_SOFT = (
    "Firefox and Chrome go on as if there were none. GnuTLS programs do too, unless the certificate demands a staple. "
    "curl --cert-status refuses."
)


def _refusal(headline: str, cause: str, *fixes: Fix, effect: str = _STOPS) -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook="OCSPErrorResponseStapled")


STORIES: Mapping[Reason, Story] = {
    Reason.STATUS_TRY_LATER: _refusal(
        'The staple is the error answer "try later"',
        "Apache reaches no responder: it then makes this answer up and staples it for an hour, also in place of a "
        "staple that was still good. A responder out of order sends the same bytes, and other servers staple them "
        "from a file.",
        APACHE_LOG,
        _APACHE_QUIET,
        ASK_THE_CA,
        *_FILES,
        effect=_SOFT,
    ),
    Reason.STATUS_UNAUTHORIZED: _refusal(
        'The staple is the error answer "unauthorized": the responder does not serve this certificate',
        "The certificate is minutes old and the responder has not heard of it yet; or the server asks a wrong "
        "responder; or the certificate has expired and the CA has dropped it. Apache staples such answers by "
        "default.",
        _APACHE_QUIET,
        _APACHE_ADDRESS,
        ASK_THE_CA,
        *_FILES,
    ),
    Reason.STATUS_INTERNAL_ERROR: _refusal(
        'The staple is the error answer "internal error"',
        "The responder fails, and the server passes its answer on, as Apache does by default.",
        _APACHE_QUIET,
        ASK_THE_CA,
        *_FILES,
    ),
    Reason.STATUS_MALFORMED_REQUEST: _refusal(
        'The staple is the error answer "malformed request"',
        "A proxy between server and responder spoils the requests, or what answers is no responder for them. Apache "
        "staples such answers by default.",
        _APACHE_QUIET,
        _APACHE_ADDRESS,
        ASK_THE_CA,
        *_FILES,
    ),
    Reason.STATUS_SIG_REQUIRED: _refusal(
        'The staple is the error answer "signature required": the responder wants signed requests',
        "No server signs its requests, so this is the wrong responder. Apache staples such answers by default.",
        _APACHE_QUIET,
        _APACHE_ADDRESS,
        ASK_THE_CA,
        *_FILES,
    ),
    Reason.STATUS_UNKNOWN_CODE: _refusal(
        "The staple is an error answer that no standard knows ($detail)",
        "What answered is no OCSP responder, or a broken one. The server passed it on.",
        _APACHE_QUIET,
        _APACHE_ADDRESS,
        ASK_THE_CA,
        *_FILES,
    ),
}
