"""What options must be in view of each other."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.words import listed, quoted
from ocsp_staple_exporter.web.web_config.names import SUITES, VERSIONS, ClientAuth, Version
from ocsp_staple_exporter.web.web_config.schema import RateLimitOptions, TLSOptions
from ocsp_staple_exporter.web.web_config.values import HEADERS

_TLS = "tls_server_config"
_ANY = {ClientAuth.REQUIRE, ClientAuth.REQUIRE_ANY}


def check_headers(headers: Mapping[str, str], report: Report) -> None:
    for name, value in headers.items():
        allowed = HEADERS[name]
        if value and allowed and value not in allowed:
            message = f"{quoted(value)} is not accepted: write {listed(map(quoted, allowed))}"
            report.at_value(("http_server_config", "headers", name), message)


def check_rate_limit(limit: RateLimitOptions, report: Report) -> None:
    if limit.interval and not limit.burst:
        report.at_value(("rate_limit", "burst"), "must be at least 1: without a burst no request would be answered")


def check_tls(tls: TLSOptions, report: Report) -> bool:
    """Whether the section holds together; its certificates are not looked at."""
    before = len(report.problems)
    _check_sources(tls, report)
    _check_clients(tls, report)
    _check_versions(tls, report)
    return len(report.problems) == before


def _check_sources(tls: TLSOptions, report: Report) -> None:
    """Each of them comes from one place; a section that says anything needs a certificate and its key."""
    for inline, file in (("cert", "cert_file"), ("key", "key_file"), ("client_ca", "client_ca_file")):
        given = [name for name in (inline, file) if getattr(tls, name)]
        if len(given) == 2:
            report.at_key((_TLS, file), f"stands beside {inline}: keep one of the two")
        if not given and inline != "client_ca" and tls.model_fields_set:
            report.at_value((_TLS, file), f"missing: TLS needs {inline}_file, or {inline} with the text in PEM")


def _check_clients(tls: TLSOptions, report: Report) -> None:
    demand = quoted(ClientAuth.REQUIRE_AND_VERIFY.value)
    if tls.client_auth_type in _ANY:
        message = (
            f"{quoted(tls.client_auth_type.value)} takes a certificate that nobody vouches for, which Python's ssl "
            f"cannot do: write {demand}"
        )
        report.at_value((_TLS, "client_auth_type"), message)
    elif tls.client_auth_type is ClientAuth.NO and (tls.client_ca or tls.client_ca_file):
        name = "client_ca" if tls.client_ca else "client_ca_file"
        report.at_key((_TLS, name), f"no client is asked for a certificate: write client_auth_type: {demand}")
    elif tls.client_allowed_sans is not None and tls.client_auth_type is not ClientAuth.REQUIRE_AND_VERIFY:
        message = f"a client may come without a certificate: write client_auth_type: {demand}"
        report.at_key((_TLS, "client_allowed_sans"), message)


def _check_versions(tls: TLSOptions, report: Report) -> None:
    if VERSIONS[tls.min_version] > VERSIONS[tls.max_version]:
        message = f"{quoted(tls.max_version.value)} is older than min_version, {quoted(tls.min_version.value)}"
        report.at_value((_TLS, "max_version"), message)
    elif tls.cipher_suites and tls.max_version is not Version.TLS13 and not SUITES.keys() & set(tls.cipher_suites):
        report.at_value((_TLS, "cipher_suites"), f"none of these suites is for {tls.max_version.value} or older")
