"""The options of the config file, with their defaults.

The docstrings of classes and options are for editors too: they go into the JSON Schema (json_schema.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from ocsp_staple_exporter.config.durations import format_duration
from ocsp_staple_exporter.config.hosts import split_host_port
from ocsp_staple_exporter.config.lists import TargetURL
from ocsp_staple_exporter.config.messages import Vocabulary
from ocsp_staple_exporter.config.proxies import complete
from ocsp_staple_exporter.config.values import (
    DEFAULT_MODULE,
    AddressesOption,
    Allowed,
    AuthorizationType,
    Certificates,
    Distinct,
    Duration,
    FileName,
    HostOption,
    IPFamilyOption,
    KeyTypeOption,
    Labels,
    LeftOut,
    ListFile,
    ListURL,
    ModuleName,
    Name,
    Password,
    Port,
    ProxyProtocolOption,
    ProxyURL,
    Section,
    ServerName,
    SourceAddress,
    Span,
    StaplePolicyOption,
    StartTLSOption,
    TLSVersionOption,
    Username,
)
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import IPFamily, Module

_MODULE = Module()
"""Where the defaults are kept."""


class _Options(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        model_title_generator=lambda model: model.__name__.removesuffix("Options"),
    )


class TargetOptions(_Options):
    """A target with more to say than host[:port]."""

    host: HostOption
    """A DNS name or an IP address: what is connected to."""

    port: Annotated[Port | None, LeftOut()] = None
    """The TCP port. Default: 443, or that of the protocol that the module's `starttls` names."""

    server_name: Annotated[ServerName | None, LeftOut()] = None
    """The name asked for in the handshake (SNI), and the one that the certificate must be for.
    Default: the module's, else the host if it is a name, else none."""

    sni: Annotated[bool | None, LeftOut()] = None
    """Whether the name is sent in the handshake. false: the certificate must be for it all the same.
    Default: the module's."""

    module: ModuleName = DEFAULT_MODULE
    """How to probe: the name of a module."""

    name: Annotated[Name | None, LeftOut()] = None
    """The label `target`, different for every target. Default: host:port."""

    labels: Labels = {}
    """More labels for all series of this target. Values are text: write numbers, true and false in quotes."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """A target may be `host[:port]`."""
        match value:
            case str():
                host, port = split_host_port(value)
                return {"host": host} if port is None else {"host": host, "port": port}
            case dict() if len(value) == 1 and isinstance(port := next(iter(value.values())), int):
                address = f"{next(iter(value))}:{port}"
                raise ValueError(f"is a mapping, as there is a space after the colon: write {quoted(address)}")
            case dict():
                return value
            case _:
                raise ValueError('must be "host[:port]" or a mapping with the key host')


class ModuleOptions(_Options):
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
    """From a handshake without a staple to the retry."""

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
        elif self.source_address is not None and self.ip_family is not IPFamily.ANY:
            family = IPFamily.IPV6 if ":" in self.source_address else IPFamily.IPV4
            if family is not self.ip_family:
                wanted = self.ip_family.value
                raise ValueError(f"source_address is {family.value} and ip_family {wanted}: no host can be reached so")
        return self

    @field_validator("timeout")
    @classmethod
    def _within_interval(cls, timeout: timedelta | None, info: ValidationInfo) -> timedelta | None:
        interval = info.data.get("interval")  # absent when it is itself at fault
        if timeout and interval and timeout > interval:
            longer, shorter = format_duration(timeout), format_duration(interval)
            raise ValueError(f"{longer} is longer than the interval of {shorter}: a probe must end before the next one")
        return timeout


class ProbeOptions(_Options):
    """What /probe may be asked to probe. Without a list: whatever the exporter can reach."""

    allow: Annotated[list[Allowed] | None, LeftOut(), Field(min_length=1)] = None
    """Names, wildcards (`*.example.com` stands for every name below), IP addresses and networks (CIDR):
    nothing else may be probed. Default: no list, everything may."""

    refuse_private: bool = False
    """Refuse addresses that are not of the public Internet, whatever name led there,
    unless an address or a network of `allow` holds them."""


class APIOptions(_Options):
    """What the API may be used for beyond reading."""

    probe: bool = False
    """Whether `POST /api/v1/endpoints/ID/probe` probes an endpoint at once, before its time."""


class BasicAuthOptions(_Options):
    """A user and a password (RFC 7617)."""

    username: Username
    """The user."""

    password_file: FileName
    """The file with the password, and nothing else. It is read for every request."""


class AuthorizationOptions(_Options):
    """The header `Authorization`, such as `Bearer` with a token."""

    type: AuthorizationType = "Bearer"
    """The scheme: what stands before the credentials."""

    credentials_file: FileName
    """The file with the credentials, and nothing else. It is read for every request."""


class TargetURLOptions(_Options):
    """A list of targets that is fetched over HTTP."""

    url: ListURL
    """Where the list is: it must be answered with status 200 and `Content-Type: application/json`."""

    refresh_interval: Span = TargetURL(url="").refresh_interval
    """From one fetch to the next."""

    basic_auth: Annotated[BasicAuthOptions | None, LeftOut()] = None
    """A user and a password to send along. Default: none."""

    authorization: Annotated[AuthorizationOptions | None, LeftOut()] = None
    """Other credentials to send along. Default: none."""

    ca_file: Annotated[Certificates | None, LeftOut()] = None
    """Certificates (PEM, several; or DER, one) of the authorities to trust. Default: the system's trust store."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """It may be the URL alone."""
        match value:
            case str():
                return {"url": value}
            case dict():
                return value
            case _:
                raise ValueError("must be a URL or a mapping with the key url")

    @field_validator("authorization")
    @classmethod
    def _only_one(cls, given: AuthorizationOptions | None, info: ValidationInfo) -> AuthorizationOptions | None:
        if given and info.data.get("basic_auth"):
            raise ValueError("cannot stand beside basic_auth: one request has one header Authorization")
        return given


class LimitsOptions(_Options):
    """What the exporter as a whole may use."""

    probes_in_flight: Annotated[int, Field(ge=1, le=65535)] = 256
    """Probes at one time. Each needs a file descriptor, and memory."""

    probes_aside: Annotated[int, Field(ge=0, le=65535)] = 4096
    """Beside them: probes whose host keeps us waiting for more than a second, until it answers or their timeout."""

    probes_per_second: Annotated[float | None, LeftOut(), Field(gt=0, le=1_000_000)] = None
    """Probes that may start in a second. Default: as many as the intervals ask for."""


class Document(_Options):
    """What ocsp-staple-exporter watches, and how."""

    targets: Annotated[list[Any], Section(list)] = []
    """What to watch. May be left out where there are lists, modules or a section `probe`."""  # each a TargetOptions

    target_files: Annotated[list[ListFile], Section(list)] = []
    """Files with more targets in Prometheus's file_sd format, JSON or YAML; `*` and `?` stand for part of a name.
    They are watched: a change needs no reload."""

    target_urls: Annotated[list[TargetURLOptions], Section(list)] = []
    """URLs of more targets in Prometheus's http_sd format, fetched again and again."""

    modules: Annotated[dict[Name, Annotated[ModuleOptions, Section(dict)]], Section(dict)] = {}
    """How to probe, by names of your own. Targets that name no module use the one called `default`."""

    probe: Annotated[ProbeOptions, Section(dict)] = ProbeOptions()
    """What /probe may be asked to probe. Without a list: whatever the exporter can reach."""

    api: Annotated[APIOptions, Section(dict)] = APIOptions()
    """What the API may be used for beyond reading."""

    limits: Annotated[LimitsOptions, Section(dict)] = LimitsOptions()
    """What the exporter as a whole may use."""


WORDS = Vocabulary(
    missing={
        "host": "say which host to probe",
        "url": "say where the list is",
        "username": "say who asks",
        "password_file": "name the file that holds the password",
        "credentials_file": "name the file that holds them",
    },
    empty={
        "key_types": "name at least one",
        "tls_versions": "name at least one",
        "allow": "list what may be probed, or remove the key",
    },
    holders={
        "limits": LimitsOptions,
        "a module": ModuleOptions,
        "a target": TargetOptions,
        "an entry of target_urls": TargetURLOptions,
        "probe": ProbeOptions,
        "api": APIOptions,
    },
)
