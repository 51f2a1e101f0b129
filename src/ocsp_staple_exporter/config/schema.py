"""The options of the config file, with their defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from ocsp_staple_exporter.config.durations import format_duration
from ocsp_staple_exporter.config.hosts import split_host_port
from ocsp_staple_exporter.config.values import (
    DEFAULT_MODULE,
    Certificates,
    Duration,
    HostOption,
    IPFamilyOption,
    Labels,
    ModuleName,
    Name,
    Port,
    Section,
    ServerName,
    Span,
    StaplePolicyOption,
    TLSVersionOption,
)
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import Module

_MODULE = Module()
"""Where the defaults are kept."""


class _Options(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LimitsOptions(_Options):
    probes_in_flight: Annotated[int, Field(ge=1, le=65535)] = 256


class ModuleOptions(_Options):
    interval: Span = _MODULE.interval
    timeout: Span | None = None
    """None: the default, or the interval where that is shorter."""

    tls_versions: Annotated[list[TLSVersionOption], Field(min_length=1)] = list(_MODULE.tls_versions)
    ip_family: IPFamilyOption = _MODULE.ip_family
    staple: StaplePolicyOption = _MODULE.staple
    clock_skew: Duration = _MODULE.clock_skew
    issuer_file: Certificates | None = None
    ca_file: Certificates | None = None
    server_name: ServerName | None = None

    @field_validator("timeout")
    @classmethod
    def _within_interval(cls, timeout: timedelta | None, info: ValidationInfo) -> timedelta | None:
        interval = info.data.get("interval")  # absent when it is itself at fault
        if timeout and interval and timeout > interval:
            longer, shorter = format_duration(timeout), format_duration(interval)
            raise ValueError(f"{longer} is longer than the interval of {shorter}: a probe must end before the next one")
        return timeout


class TargetOptions(_Options):
    host: HostOption
    port: Port = 443
    server_name: ServerName | None = None
    module: ModuleName = DEFAULT_MODULE
    name: Name | None = None
    labels: Labels = {}

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


class Document(_Options):
    limits: Annotated[LimitsOptions, Section] = LimitsOptions()
    modules: Annotated[dict[Name, Annotated[ModuleOptions, Section]], Section] = {}
    targets: Annotated[list[Any], Field(min_length=1)]
    """Each is TargetOptions, validated one by one so that the sound ones can be compared."""
