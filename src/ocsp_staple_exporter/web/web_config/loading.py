"""--web.config.file into settings, or into all of its problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from ocsp_staple_exporter.config.document import read_mapping
from ocsp_staple_exporter.config.report import Report
from ocsp_staple_exporter.config.validation import validate
from ocsp_staple_exporter.web.web_config.names import ClientAuth
from ocsp_staple_exporter.web.web_config.rules import check_headers, check_rate_limit, check_tls
from ocsp_staple_exporter.web.web_config.schema import WORDS, Document, HTTPOptions, RateLimitOptions, TLSOptions
from ocsp_staple_exporter.web.web_config.settings import RateLimit, ServerTLS, Settings
from ocsp_staple_exporter.web.web_config.tls import build_tls

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class WebConfig:
    """A file without problems; the files that it names are not read yet."""

    settings: Settings
    tls: TLSOptions | None
    """None: plain HTTP."""

    warnings: tuple[str, ...]
    """What the file asks for and does not get; one line each."""

    directory: Path
    _report: Report

    def tls_files(self) -> tuple[Path, ...]:
        """The certificate, the key and the authorities, as far as they have files of their own."""
        if self.tls is None:
            return ()
        names = (self.tls.cert_file, self.tls.key_file, self.tls.client_ca_file)
        return tuple(self.directory / name for name in names if name)

    def open_tls(self) -> ServerTLS | None:
        """Read those files; None is plain HTTP. Raises ConfigError with every problem."""
        if self.tls is None:
            return None
        self._report.problems.clear()
        tls = build_tls(self.tls, self.directory, self._report)
        if tls is None:
            raise self._report.error()
        return tls


def read_web_config(path: Path) -> WebConfig:
    """Read the file and, relative to its directory, none of the files that it names.

    Raises ConfigError with every problem, where there is one those of the named files too;
    nothing else, whatever the file holds.
    """
    value, report = read_mapping(path, "tls_server_config")
    document = validate(Document, value, (), report, words=WORDS)
    http = _section(HTTPOptions, "http_server_config", value, report)
    limit = _section(RateLimitOptions, "rate_limit", value, report)
    tls = _section(TLSOptions, "tls_server_config", value, report)
    check_headers(http.headers, report)
    check_rate_limit(limit, report)
    secure = tls if check_tls(tls, report) and tls.model_fields_set else None
    if document is None or report.problems:
        if secure is not None:
            build_tls(secure, path.parent, report)
        raise report.error()
    users = {name.encode(): password for name, password in document.basic_auth_users.items()}
    bucket = RateLimit(limit.interval, limit.burst) if limit.interval else None
    settings = Settings(headers=http.headers, users=users, rate_limit=bucket)
    return WebConfig(settings, secure, tuple(_warnings(http, tls)), path.parent, report)


def _section(model: type[Options], name: str, value: dict[str, object], report: Report) -> Options:
    """The section; its defaults where it is absent, empty or at fault."""
    options = validate(model, value[name], (name,), report, words=WORDS) if value.get(name) is not None else None
    return model() if options is None else options


def _warnings(http: HTTPOptions, tls: TLSOptions) -> Iterator[str]:
    if http.http2:
        yield "http_server_config.http2: HTTP/2 is not spoken here, clients get HTTP/1.1"
    if tls.client_auth_type is ClientAuth.REQUEST:
        yield (
            "tls_server_config.client_auth_type: RequestClientCert lets everybody in; no certificate is asked for, "
            "write RequireAndVerifyClientCert to demand one"
        )
    if tls.client_auth_type in {ClientAuth.VERIFY_IF_GIVEN, ClientAuth.REQUIRE_AND_VERIFY} and not (
        tls.client_ca or tls.client_ca_file
    ):
        yield (
            "tls_server_config: no client_ca_file, so that a certificate of any authority that this system trusts "
            "is good enough"
        )
    if tls.curve_preferences and len(tls.curve_preferences) > 1:
        yield (
            f"tls_server_config.curve_preferences: Python's ssl takes one curve, {tls.curve_preferences[0].value}, "
            "the first"
        )
