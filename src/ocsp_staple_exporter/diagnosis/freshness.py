"""The staple's times (RFC 6960 §2.4, §3.2 (5, 6), §4.2.2.1; BR §4.9.9)."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.clients import ALL_ACCEPT
from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import (
    APACHE_LOG,
    ASK_THE_CA,
    CADDY_LOG,
    ENVOY_FILE,
    HAPROXY_FILE,
    HITCH_FILE,
    IIS_FETCH,
    JAVA_FETCH,
    LIGHTTPD_FILE,
    NGINX_FILE,
    NGINX_LOG,
    STUNNEL_RESTART,
    TELL_THE_CA,
)
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_RENEWAL = (
    NGINX_FILE,
    APACHE_LOG,
    LIGHTTPD_FILE,
    HAPROXY_FILE,
    CADDY_LOG,
    ENVOY_FILE,
    HITCH_FILE,
    STUNNEL_RESTART,
    IIS_FETCH,
    JAVA_FETCH,
)
_CLOCK = Fix(
    software=None,
    text="Look at the clock of the machine that the exporter runs on first.",
    snippet="timedatectl status || date -u",
)
_PRIVATE_CA_VALIDITY = Fix(
    software=None,
    text="If you run the CA with OpenSSL's responder: `-ndays` and `-nmin` say how long a response is valid.",
    snippet="openssl ocsp -port 8080 -index index.txt -CA ca.pem -rsigner ocsp.pem -rkey ocsp.key -ndays 4",
)
_APACHE_OFTENER = Fix(
    software=Software.APACHE,
    text="Apache keeps a response for an hour unless told otherwise; that has to be less than its validity.",
    snippet="# outside of <VirtualHost>, beside SSLUseStapling\nSSLStaplingStandardCacheTimeout 600",
)

_STALE_EFFECT = (
    "GnuTLS programs (wget on Debian) and curl --cert-status refuse. Firefox goes on as if there were no staple once "
    "it is a day stale, Safari after 75 minutes; Chrome ignores it."
)
_NOBODY = "Nobody yet."


def _timed(headline: str, effect: str, cause: str, *fixes: Fix, runbook: str = "OCSPStapleInvalid") -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook=runbook)


STORIES: Mapping[Reason, Story] = {
    Reason.EXPIRED: _timed(
        "The staple is stale: nextUpdate was $next_update, $since_next_update ago",
        _STALE_EFFECT,
        "A file that nobody renews (nginx with `ssl_stapling_file`, lighttpd, HAProxy, Envoy), or a server that "
        "cannot reach the responder and staples what it has (Apache for five minutes, Caddy, stunnel). nginx that "
        "fetches by itself never sends a stale staple.",
        *_RENEWAL,
        ASK_THE_CA,
        runbook="OCSPStapleStale",
    ),
    Reason.REFRESH_OVERDUE: _timed(
        "The staple should have been renewed by now; it ends at $next_update, in $until_next_update",
        _NOBODY
        + " When it has ended, GnuTLS programs and curl --cert-status refuse it, and must-staple locks visitors out.",
        "The server has not fetched the CA's newer response, because it cannot reach the responder or because a "
        "file's timer failed; or the CA has not signed one. Asking the CA tells which.",
        ASK_THE_CA,
        NGINX_LOG,
        *_RENEWAL,
        runbook="OCSPStapleRefreshOverdue",
    ),
    Reason.NOT_YET_VALID: _timed(
        "The staple is not valid yet: thisUpdate is $this_update",
        "curl --cert-status and other OpenSSL programs refuse. Firefox shows an error page where it is more than a "
        "day; GnuTLS programs and Chrome go on.",
        "A clock is wrong: the exporter's, or that of the CA's responder.",
        _CLOCK,
        ASK_THE_CA,
        TELL_THE_CA,
    ),
    Reason.NEXT_UPDATE_BEFORE_THIS_UPDATE: _timed(
        "The staple ends before it begins",
        "Firefox shows an error page, unless CRLite spares it the staple; OpenSSL programs refuse.",
        "The CA's responder is at fault: $detail.",
        ASK_THE_CA,
        TELL_THE_CA,
    ),
    Reason.NEXT_UPDATE_MISSING: _timed(
        "The staple does not say when it ends",
        "Clients disagree for how long it counts, from an hour to for ever. nginx never renews it, HAProxy does not "
        "load it.",
        "The CA's responder leaves nextUpdate out; OpenSSL's does where neither `-ndays` nor `-nmin` is given.",
        _PRIVATE_CA_VALIDITY,
        TELL_THE_CA,
    ),
    Reason.TOO_OLD: _timed(
        "The staple is more than ten days old (thisUpdate $this_update)",
        "Firefox goes on as if there were none. The others accept it until nextUpdate.",
        "The CA signs for longer than browsers like, and the server fetches only near the end.",
        *_RENEWAL,
        ASK_THE_CA,
    ),
    Reason.VALIDITY_TOO_LONG: _timed(
        "The staple is valid for more than ten days",
        "Firefox shortens it to ten days. The others accept it.",
        "The CA's responder is set up so ($detail). Public CAs may not.",
        _PRIVATE_CA_VALIDITY,
        TELL_THE_CA,
    ),
    Reason.VALIDITY_TOO_SHORT: _timed(
        "The staple is valid for less than eight hours",
        "No client minds. Servers may fetch too rarely for it: nginx every five minutes at best, Apache every hour.",
        "The CA's responder is set up so ($detail). Public CAs may not.",
        _APACHE_OFTENER,
        _PRIVATE_CA_VALIDITY,
        TELL_THE_CA,
    ),
    Reason.THIS_UPDATE_AFTER_PRODUCED_AT: _timed(
        "The staple's status is dated after its signature",
        ALL_ACCEPT,
        "A clock of the CA's is wrong: $detail.",
        TELL_THE_CA,
    ),
    Reason.PRODUCED_AT_IN_FUTURE: _timed(
        "The staple was signed in the future",
        "Safari refuses where it is more than 75 minutes. The others accept it.",
        "A clock is wrong, the exporter's or the CA's: $detail.",
        _CLOCK,
        ASK_THE_CA,
        TELL_THE_CA,
    ),
    Reason.PRODUCED_AT_OUTSIDE_CERT_VALIDITY: _timed(
        "The staple was signed when the certificate was not valid",
        "Clients refuse the certificate itself where it has expired. Verifiers made with BoringSSL refuse the staple.",
        "Mostly the certificate has expired: $detail.",
        Fix(
            software=None,
            text="Renew the certificate; see which one is sent.",
            snippet="$look | openssl x509 -noout -serial -dates",
        ),
    ),
}
