"""The options of one target."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from ocsp_staple_exporter.config.hosts import split_host_port
from ocsp_staple_exporter.config.options import Options
from ocsp_staple_exporter.config.values import (
    DEFAULT_MODULE,
    HostOption,
    Labels,
    LeftOut,
    ModuleName,
    Name,
    Port,
    ServerName,
)
from ocsp_staple_exporter.config.words import quoted


class TargetOptions(Options):
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
