"""What fills the blanks of a story: values of a result, safe to show and safe to run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.diagnosis.commands import connect, openssl_command, proxy_facts, quoted, site
from ocsp_staple_exporter.diagnosis.starttls import PROTOCOL_NAMES
from ocsp_staple_exporter.diagnosis.story import Facts
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, KeyType, Observation, ProbeResult, Verdict

NOT_STATED = "not stated"
EXAMPLE_URL = "http://ocsp.example.org/"

_ACKNOWLEDGED = "The server acknowledged the request and sent none: it knows stapling and has nothing to staple. "

_SAVE_SENT = """-showcerts 2>/dev/null </dev/null |
  awk '/-----BEGIN/ {sent++; inside=1} inside {print >("sent" sent ".pem")} /-----END/ {inside=0}'"""
"""Certificates that s_client prints, as sent1.pem (the leaf), sent2.pem and so on."""

KEY_TYPES = {KeyType.RSA: "RSA", KeyType.ECDSA: "ECDSA", KeyType.ED25519: "Ed25519", KeyType.ED448: "Ed448"}
"""As people write them."""

_SAVE_YOURSELF = "# OpenSSL does not speak this protocol: save the certificates as sent1.pem (the leaf) and sent2.pem"

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_BEGINNINGS = (
    (b"-----BEGIN", "It is PEM."),
    (b"<", "It begins like HTML or XML."),
    (b"HTTP/", "It begins like an HTTP response."),
    (b"MII", "It looks like Base64."),
    (b"0", "It begins like DER and breaks off or goes wrong further in."),
)


def facts_of_observation(result: ProbeResult, seen: Observation, detail: str) -> Facts:
    leaf, verdict = seen.certificate, seen.assessment
    facts = facts_of_endpoint(result.endpoint, detail)
    url = leaf.ocsp_urls[0] if leaf.ocsp_urls else None
    sentences = {
        "ca": leaf.issuer or "a CA without a name",
        "serial": leaf.serial_number,
        "url": NOT_STATED if url is None else url,
        "acknowledged": _ACKNOWLEDGED if seen.handshake.status_acknowledged else "",
        "looks_like": _describe(seen.handshake.staple or b""),
    }
    if isinstance(verdict, Verdict):
        sentences |= _sentences_of(verdict, result.started_at)
    snippets = {"url": quoted(EXAMPLE_URL if url is None else url), "serial": quoted(leaf.serial_number)}
    return Facts(sentences={**facts.sentences, **sentences}, snippets={**facts.snippets, **snippets})


def facts_of_endpoint(endpoint: Endpoint, detail: str) -> Facts:
    look = openssl_command(endpoint)
    sentences = {
        "detail": detail,
        "host": printable(endpoint.host if endpoint.address is None else f"{endpoint.host} at {endpoint.address}"),
        "port": str(endpoint.port),
        "key_type": KEY_TYPES[endpoint.key_type] if endpoint.key_type else "other",
        "tls_version": endpoint.tls_version.value if endpoint.tls_version else "of another version",
        "protocol": PROTOCOL_NAMES[endpoint.module.starttls],
        "name": printable(endpoint.reference_identifier),
        "timeout": span(endpoint.module.timeout),
    }
    snippets = {
        "look": look,
        "plain_look": look.replace(" -status", "", 1),
        "sent": _save_sent(look),
        "connect": connect(endpoint),
        "site": site(endpoint),
        "host": quoted(endpoint.address or endpoint.host),
        "port": str(endpoint.port),
        **proxy_facts(endpoint),
    }
    return Facts(sentences=sentences, snippets=snippets)


def _save_sent(look: str) -> str:
    command = look.removesuffix("-status </dev/null")
    return command + _SAVE_SENT if command != look else _SAVE_YOURSELF


def span(length: timedelta) -> str:
    """`3 days`, `1 hour`: the largest unit that fits, rounded down; no sign."""
    seconds = int(abs(length).total_seconds())
    for unit, size in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' * (count != 1)}"
    return "less than a second"


def _sentences_of(verdict: Verdict, now: datetime) -> dict[str, str]:
    to_next_update = NOT_STATED if verdict.next_update is None else span(verdict.next_update - now)
    return {
        "responder": verdict.responder or NOT_STATED,
        "responder_not_after": _utc(verdict.responder_not_after),
        "this_update": _utc(verdict.this_update),
        "next_update": _utc(verdict.next_update),
        "since_next_update": to_next_update,
        "until_next_update": to_next_update,
        "revoked_at": _utc(verdict.revocation_time),
        "revocation_reason": verdict.revocation_reason or NOT_STATED,
    }


def _utc(moment: datetime | None) -> str:
    return NOT_STATED if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _describe(staple: bytes) -> str:
    return next((text for beginning, text in _BEGINNINGS if staple.startswith(beginning)), "It is not DER.")
