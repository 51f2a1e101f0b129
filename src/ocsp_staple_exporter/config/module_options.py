"""The options of a module: how to probe, and the way to the host."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ocsp_staple_exporter.config.durations import format_duration
from ocsp_staple_exporter.config.families import require_source_of_family
from ocsp_staple_exporter.config.options import Options
from ocsp_staple_exporter.config.proxies import complete
from ocsp_staple_exporter.config.values import (
    AddressesOption,
    Certificates,
    Distinct,
    Duration,
    IPFamilyOption,
    KeyTypeOption,
    LeftOut,
    Password,
    ProxyProtocolOption,
    ProxyURL,
    ServerName,
    SourceAddress,
    Span,
    StaplePolicyOption,
    StartTLSOption,
    TLSVersionOption,
)
from ocsp_staple_exporter.model import Module

_MODULE = Module()
"""Where the defaults are kept."""


class ModuleOptions(Options):
    """How to probe. What is left out has its default, whatever other modules say."""

    interval: Span = _MODULE.interval
    """From one probe of a target to the next."""

    timeout: Annotated[Span | None, LeftOut()] = None
    """For the whole probe, from the look-up of the name to the last byte; not longer than the interval.
    Default: 15s, or the interval if that is shorter."""

    starttls: Annotated[StartTLSOption | None, LeftOut()] = None
    """The protocol in whose clear text TLS is asked for. Default: none, TLS comes first."""

    addresses: AddressesOption = _MODULE.addresses
    """one: probe the first address of a name; all: probe each, with a label `address`, and follow changes."""

    ip_family: IPFamilyOption = _MODULE.ip_family
    """Which addresses of a name may be used."""

    key_types: Annotated[Distinct[KeyTypeOption] | None, LeftOut()] = None
    """Probe the certificate of each of these kinds of key, with a label `key_type`.
    Default: the one that the server prefers."""

    tls_versions: Annotated[Distinct[TLSVersionOption] | None, LeftOut()] = None
    """Probe with each of these TLS versions, in quotes, with a label `tls_version`.
    Default: the version that the server chooses."""

    staple: StaplePolicyOption = _MODULE.staple
    """Whether a missing staple is a fault. auto: where the certificate names an OCSP responder or demands stapling;
    required: always; optional: never, unless the certificate demands stapling."""

    handshakes: Annotated[int, Field(ge=1, le=100)] = _MODULE.handshakes
    """Handshakes of each probe, one after the other. Several tell whether a staple comes always, sometimes or never."""

    staple_retries: Annotated[int, Field(ge=0, le=100)] = _MODULE.staple_retries
    """Handshakes more while none has carried a staple that is due; 0: none. nginx fetches a staple when it is first
    asked for one. What the timeout leaves no time for is left out, handshakes and retries alike."""

    staple_retry_delay: Duration = _MODULE.staple_retry_delay
    """From a handshake without a staple to the retry; shorter than the timeout."""

    clock_skew: Duration = _MODULE.clock_skew
    """How far the clocks of the exporter and the responder may be apart when the times in a staple are judged."""

    issuer_file: Annotated[Certificates | None, LeftOut()] = None
    """Certificates (PEM, several; or DER, one) in which the issuer of a server's certificate is sought
    when the server does not send it."""

    ca_file: Annotated[Certificates | None, LeftOut()] = None
    """Certificates (PEM, several; or DER, one) of the authorities to trust. Default: the system's trust store."""

    server_name: Annotated[ServerName | None, LeftOut()] = None
    """The name asked for in the handshake (SNI) of every target of this module that does not say its own.
    Default: each target's host."""

    sni: bool = _MODULE.sni
    """Whether the name is sent in the handshake. false shows what clients without SNI get."""

    proxy_url: Annotated[ProxyURL | None, LeftOut()] = None
    """The proxy to go through: http:// (CONNECT), socks5:// or socks5h:// with [user[:password]@]host:port.
    http and socks5h let the proxy resolve the host's name; with socks5 the exporter does. Default: none, also where
    the environment names one."""

    proxy_password_file: Annotated[Password | None, LeftOut(), Field(repr=False)] = None
    """A file with the password of the user in proxy_url, on one line."""

    proxy_protocol: Annotated[ProxyProtocolOption | None, LeftOut()] = None
    """Send a header of the PROXY protocol first, as servers behind a load balancer expect it. Default: none."""

    source_address: Annotated[SourceAddress | None, LeftOut()] = None
    """The IP address, of this machine, that connections begin at. Where ip_family is any, only addresses of its
    family are used. Default: the kernel chooses."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.proxy_url is not None:
            complete(self.proxy_url, self.proxy_password_file)
        elif self.proxy_password_file is not None:
            raise ValueError("proxy_password_file is of no use without proxy_url")
        else:
            require_source_of_family(self.source_address, self.ip_family)
        return self

    @field_validator("timeout")
    @classmethod
    def _within_interval(cls, timeout: timedelta | None, info: ValidationInfo) -> timedelta | None:
        interval = info.data.get("interval")  # absent when it is itself at fault
        if timeout and interval and timeout > interval:
            longer, shorter = format_duration(timeout), format_duration(interval)
            raise ValueError(f"{longer} is longer than the interval of {shorter}: a probe must end before the next one")
        return timeout

    @field_validator("staple_retry_delay")
    @classmethod
    def _within_timeout(cls, delay: timedelta, info: ValidationInfo) -> timedelta:
        """Called where one is written; the default may be too long for a short timeout, which then has no retries."""
        if not info.data.keys() >= {"interval", "timeout", "staple_retries"} or not info.data["staple_retries"]:
            return delay  # something of that is itself at fault, or none are wanted
        interval, timeout = info.data["interval"], info.data["timeout"]
        if delay >= (longest := timeout or min(_MODULE.timeout, interval)):
            wait, end = format_duration(delay), format_duration(longest)
            raise ValueError(f"{wait} is not shorter than the timeout of {end}: no retry would ever be made")
        return delay
