"""The options of --web.config.file, with the defaults of Prometheus's exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ocsp_staple_exporter.config.messages import Vocabulary
from ocsp_staple_exporter.web.web_config.names import ClientAuth, Version
from ocsp_staple_exporter.web.web_config.values import (
    Boolean,
    ClientAuthOption,
    CurveOption,
    Headers,
    Seconds,
    Secret,
    Suite,
    Text,
    Users,
    VersionOption,
)


class _Options(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TLSOptions(_Options):
    """An empty text is as good as none, as in Go."""

    cert: Text = None
    cert_file: Text = None
    key: Annotated[Secret, Field(repr=False)] = None
    key_file: Text = None
    client_ca: Text = None
    client_ca_file: Text = None
    client_auth_type: ClientAuthOption = ClientAuth.NO
    client_allowed_sans: list[str] | None = None
    min_version: VersionOption = Version.TLS12
    max_version: VersionOption = Version.TLS13
    cipher_suites: list[Suite] | None = None
    prefer_server_cipher_suites: Boolean = True
    curve_preferences: list[CurveOption] | None = None


class HTTPOptions(_Options):
    http2: Boolean | None = None
    headers: Headers = {}


class RateLimitOptions(_Options):
    interval: Seconds = 0.0
    burst: Annotated[int, Field(ge=0)] = 0


class Document(_Options):
    """The other sections are validated one by one, so that a fault in one hides none in the next."""

    tls_server_config: Any = None
    http_server_config: Any = None
    basic_auth_users: Users = {}
    rate_limit: Any = None


WORDS = Vocabulary(
    holders={
        "tls_server_config": TLSOptions,
        "http_server_config": HTTPOptions,
        "rate_limit": RateLimitOptions,
    }
)
