"""What every alert about a host says, whole, after it has stood for an hour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.rules.story import (
    MUST_STAPLE,
    MUST_STAPLE_WITHOUT,
    REVOKED,
    SOUND,
    UNREACHABLE,
    WITHOUT_STAPLE,
    WWW,
    Host,
    stale,
)

DAY = 86400


@dataclass(frozen=True, kw_only=True)
class Words:
    alert: str
    severity: str
    fault: str
    host: Host
    summary: str
    description: str
    minutes: int = 61


WORDS = [
    Words(
        alert="OCSPMustStapleMissing",
        severity="critical",
        fault="must_staple_missing",
        host=MUST_STAPLE_WITHOUT,
        summary="A server sends no staple although its certificate demands one.",
        description=f"{WWW} has sent no OCSP response for 1h 0m 0s, and its certificate demands one (must-staple). "
        "Firefox and GnuTLS clients refuse the connection: part of the visitors are locked out now. "
        "Chrome notices nothing.",
    ),
    Words(
        alert="OCSPCertificateRevoked",
        severity="critical",
        fault="revoked",
        host=REVOKED,
        summary="A server uses a certificate that its CA has revoked.",
        description=f"The CA has revoked the certificate of {WWW} as of 1969-12-31 23:00:00 +0000 UTC, and the server "
        "has been telling its visitors so for 1h 0m 0s. Firefox, Chrome, Safari and GnuTLS clients refuse the "
        "connection. Only a new certificate helps.",
    ),
    Words(
        alert="OCSPCertificateUnknown",
        severity="critical",
        fault="unknown",
        host=replace(SOUND, status="unknown", errors=("cert_status_unknown",)),
        summary="The CA does not know the certificate that a server uses.",
        description=f"{WWW} has been stapling for 1h 0m 0s that its CA does not know its certificate. Firefox refuses "
        "the connection; Chrome and GnuTLS clients notice nothing. A public CA knows a new certificate after "
        "15 minutes at most: after that it is for the CA to explain.",
    ),
    Words(
        alert="OCSPErrorResponseStapled",
        severity="warning",
        fault="error_response",
        host=replace(SOUND, errors=("status_try_later",), status=None),
        summary="A server staples an error of the responder in place of a status.",
        description=f"{WWW} has been stapling an error of its CA's responder in place of a status for 1h 0m 0s "
        "(status_try_later). Firefox refuses the connection, except on status_try_later; the others go on as without "
        "a staple. Apache does this when it cannot reach the responder.",
    ),
    Words(
        alert="OCSPErrorResponseStapled",
        severity="critical",
        fault="error_response_must_staple",
        host=replace(MUST_STAPLE, errors=("status_unauthorized",), status=None),
        summary="A server staples an error although its certificate demands a status.",
        description=f"{WWW} has been stapling an error of its CA's responder in place of a status for 1h 0m 0s "
        "(status_unauthorized). The certificate demands a status (must-staple): GnuTLS clients refuse the connection, "
        "and Firefox does except on status_try_later. Apache does this when it cannot reach the responder.",
    ),
    Words(
        alert="OCSPStapleInvalid",
        severity="critical",
        fault="invalid",
        host=replace(stale(-400), errors=("signature_invalid", "certid_serial_mismatch", "expired")),
        summary="A server staples an OCSP response that strict clients refuse.",
        description=f"{WWW} has been stapling an OCSP response that does not verify for 1h 0m 0s. Reasons: "
        "certid_serial_mismatch, expired, signature_invalid. Firefox refuses the connection for most of these "
        "reasons, GnuTLS and OpenSSL clients that look for nearly all; Chrome notices nothing.",
    ),
    Words(
        alert="OCSPStapleMissing",
        severity="warning",
        fault="missing",
        host=WITHOUT_STAPLE,
        summary="A server sends no staple although one is due.",
        description=f"{WWW} has sent no OCSP response for 1h 0m 0s, though its certificate names an OCSP responder or "
        "the configuration expects one. Visitors hardly notice: their browsers ask the CA themselves, which is slower "
        "and tells it who comes, or do without, and then a revocation goes unseen.",
    ),
    Words(
        alert="OCSPStapleMissingSometimes",
        severity="warning",
        fault="missing_sometimes",
        host=replace(SOUND, handshakes=(3, 1), warnings=("staple_missing_sometimes",)),
        summary="A server sends a staple in some handshakes only.",
        description=f"{WWW} sends an OCSP response in some handshakes and none in others, for 1h 0m 0s now. Typical "
        "causes are workers that each fetch their own response, and several machines or certificates behind one "
        "name. Visitors hardly notice.",
    ),
    Words(
        alert="OCSPStapleMissingSometimes",
        severity="critical",
        fault="missing_sometimes_must_staple",
        host=replace(MUST_STAPLE, handshakes=(3, 1), errors=("staple_missing_sometimes",)),
        summary="A server sends a staple in some handshakes only although its certificate demands one.",
        description=f"{WWW} sends an OCSP response in some handshakes and none in others, for 1h 0m 0s now. Its "
        "certificate demands one (must-staple): Firefox and GnuTLS clients are locked out in the handshakes without. "
        "Typical causes are workers that each fetch their own response, and several machines or certificates behind "
        "one name.",
    ),
    Words(
        alert="OCSPStapleStale",
        severity="critical",
        fault="stale",
        host=stale(-DAY),
        summary="A server staples an OCSP response that is stale.",
        description=f"The OCSP response that {WWW} staples became stale 1d 1h 0m 0s ago: its nextUpdate has passed, "
        "and the server has not replaced it. GnuTLS clients and those that look with OpenSSL refuse the connection; "
        "Firefox goes on without it, Chrome notices nothing.",
    ),
    Words(
        alert="OCSPStapleExpiringSoon",
        severity="warning",
        fault="expiring_warning",
        host=replace(SOUND, next_update=5 * 3600),
        summary="A staple is about to become stale and has not been renewed.",
        description=f"The OCSP response that {WWW} staples becomes stale in 4h 0m 0s, and the server has no newer "
        "one. Visitors notice nothing yet. Once it is stale, the server sends none, or strict clients refuse the "
        "connection.",
    ),
    Words(
        alert="OCSPStapleExpiringSoon",
        severity="critical",
        fault="expiring_critical",
        host=replace(SOUND, next_update=2 * 3600 - 600),
        summary="A staple becomes stale very soon and has not been renewed.",
        description=f"The OCSP response that {WWW} staples becomes stale in 50m 0s, and the server has no newer one. "
        "Visitors notice nothing yet, but there is little time left: once it is stale, the server sends none, or "
        "strict clients refuse the connection.",
    ),
    Words(
        alert="OCSPStapleExpiringSoon",
        severity="critical",
        fault="expiring_critical",
        host=replace(SOUND, next_update=3500),
        summary="A staple becomes stale very soon and has not been renewed.",
        description=f"The OCSP response that {WWW} staples has reached its end, and the server has no newer one. "
        "Visitors notice nothing yet, but there is little time left: once it is stale, the server sends none, or "
        "strict clients refuse the connection.",
    ),
    Words(
        alert="OCSPStapleRefreshOverdue",
        severity="warning",
        fault="refresh_overdue",
        host=replace(SOUND, this_update=-4 * DAY, next_update=3 * DAY, warnings=("refresh_overdue",)),
        summary="A staple is older than it should be.",
        description=f"{WWW} staples an OCSP response from 4d 1h 0m 0s ago, and a newer one should be out by now; it is "
        "good for another 2d 23h 0m 0s. Visitors notice nothing yet. Either the server has stopped fetching, or the CA "
        "has stopped signing.",
    ),
    Words(
        alert="OCSPStapleOutlivesResponder",
        severity="warning",
        fault="outlives_responder",
        host=replace(SOUND, responder_ends=7200),
        summary="The certificate of a staple's responder ends before the staple does.",
        description=f"The certificate of the responder that signed the staple of {WWW} ends in 1h 0m 0s, before the "
        "staple's nextUpdate. From then on OpenSSL and GnuTLS clients refuse the staple, while the server, which looks "
        "at nextUpdate, keeps sending it.",
    ),
    Words(
        alert="OCSPStapleOutlivesCertificate",
        severity="warning",
        fault="outlives_certificate",
        host=replace(SOUND, certificate_ends=DAY),
        summary="A certificate ends before its staple does.",
        description=f"The certificate of {WWW} ends in 23h 0m 0s, before its staple does. Once it has ended, all "
        "browsers refuse the connection. Its renewal is late, or the server has not loaded the new one.",
    ),
    Words(
        alert="OCSPStapleOutlivesCertificate",
        severity="warning",
        fault="outlives_certificate",
        host=replace(SOUND, certificate_ends=-60),
        summary="A certificate ends before its staple does.",
        description=f"The certificate of {WWW} has ended, before its staple does. Once it has ended, all "
        "browsers refuse the connection. Its renewal is late, or the server has not loaded the new one.",
    ),
    Words(
        alert="OCSPProbeFailing",
        severity="warning",
        fault="probe_failing",
        host=UNREACHABLE,
        summary="No TLS handshake can be read from a watched host.",
        description=f"No TLS handshake with {WWW} has succeeded for 1h 0m 0s. Reason: connect_refused. Visitors may "
        "not get through either, and nobody watches the staple; other alerts about it are kept for 1h.",
    ),
    Words(
        alert="OCSPProbeOverdue",
        severity="warning",
        fault="probe_overdue",
        host=replace(SOUND, last_probe=0),
        summary="A watched host is not being probed.",
        description=f"There has been no fresh result about {WWW} for 1h 0m 0s, although Prometheus reaches the "
        "exporter. All that is known of its staple is older than that. The exporter may be overloaded, or the scrape "
        "timeout too short for /probe.",
    ),
]
