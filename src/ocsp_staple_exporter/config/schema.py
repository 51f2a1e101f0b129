"""The options of the config file, with their defaults.

The docstrings of classes and options are for editors too: they go into the JSON Schema (json_schema.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from ocsp_staple_exporter.config.durations import format_duration
from ocsp_staple_exporter.config.hosts import split_host_port
from ocsp_staple_exporter.config.messages import Vocabulary
from ocsp_staple_exporter.config.values import (
    DEFAULT_MODULE,
    Allowed,
    Certificates,
    Duration,
    HostOption,
    IPFamilyOption,
    Labels,
    LeftOut,
    ModuleName,
    Name,
    Port,
    Section,
    ServerName,
    Span,
    StaplePolicyOption,
    StartTLSOption,
    TLSVersionOption,
)
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import Module

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

    tls_versions: Annotated[list[TLSVersionOption], Field(min_length=1)] = sorted(
        _MODULE.tls_versions, key=lambda version: version.value
    )
    """The TLS versions to offer, in quotes."""

    ip_family: IPFamilyOption = _MODULE.ip_family
    """Which addresses of a name may be used."""

    staple: StaplePolicyOption = _MODULE.staple
    """Whether a missing staple is a fault. auto: where the certificate names an OCSP responder or demands stapling;
    required: always; optional: never, unless the certificate demands stapling."""

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


class LimitsOptions(_Options):
    """What the exporter as a whole may use."""

    probes_in_flight: Annotated[int, Field(ge=1, le=65535)] = 256
    """Probes at one time. Each needs a file descriptor, and memory."""


class Document(_Options):
    """What ocsp-staple-exporter watches, and how."""

    targets: Annotated[list[Any], Section(list)] = []
    """What to watch. May be left out where there are modules or a section `probe`."""  # each is TargetOptions

    modules: Annotated[dict[Name, Annotated[ModuleOptions, Section(dict)]], Section(dict)] = {}
    """How to probe, by names of your own. Targets that name no module use the one called `default`."""

    probe: Annotated[ProbeOptions, Section(dict)] = ProbeOptions()
    """What /probe may be asked to probe. Without a list: whatever the exporter can reach."""

    api: Annotated[APIOptions, Section(dict)] = APIOptions()
    """What the API may be used for beyond reading."""

    limits: Annotated[LimitsOptions, Section(dict)] = LimitsOptions()
    """What the exporter as a whole may use."""


WORDS = Vocabulary(
    missing={"host": "say which host to probe"},
    empty={"tls_versions": "name at least one", "allow": "list what may be probed, or remove the key"},
    holders={
        "limits": LimitsOptions,
        "a module": ModuleOptions,
        "a target": TargetOptions,
        "probe": ProbeOptions,
        "api": APIOptions,
    },
)
