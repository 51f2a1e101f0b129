"""Where a probe connects to, and whom it asks for there."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from ocsp_staple_exporter.model import Endpoint, IPFamily, Module, Phase, ProbeFailure, Proxy
from ocsp_staple_exporter.probe.failing import PhaseError, blaming, explain
from ocsp_staple_exporter.probe.stopwatch import Stopwatch
from ocsp_staple_exporter.resolver import Address, Resolver

MayConnect = Callable[[str], bool]
"""Asked of an IP address; of a name where a proxy resolves it."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a host."""

    first: Address
    """Where the connection is opened to: the host, or a proxy."""

    host: str
    """The host's IP address; its name where a proxy resolves it."""

    address: str | None
    """The host's IP address; None where a proxy resolves it."""


async def find_route(resolver: Resolver, endpoint: Endpoint, may_connect: MayConnect, stopwatch: Stopwatch) -> Route:
    """Resolve what is to be resolved here. Raises PhaseError, ADDRESS_NOT_ALLOWED among them."""
    proxy, wanted = endpoint.module.proxy, endpoint.address or endpoint.host
    if proxy is not None and proxy.resolves:
        _require_permission(wanted, may_connect)
        first = await _find_proxy(resolver, proxy, endpoint.module, stopwatch)
        host = _without_zone(wanted, proxy)
        return Route(first, host, host if _is_address(host) else None)
    address = await _resolve(resolver, wanted, endpoint.port, eligible_family(endpoint.module))
    _require_permission(address.ip, may_connect)
    if proxy is None:
        return Route(address, address.ip, address.ip)
    first = await _find_proxy(resolver, proxy, endpoint.module, stopwatch)
    return Route(first, _without_zone(address.ip, proxy), address.ip)


async def _find_proxy(resolver: Resolver, proxy: Proxy, module: Module, stopwatch: Stopwatch) -> Address:
    stopwatch.begin(Phase.RESOLVE, ProbeFailure.PROXY_UNREACHABLE)
    with blaming(proxy):
        return await _resolve(resolver, proxy.host, proxy.port, _family_of(module.source_address))


async def _resolve(resolver: Resolver, host: str, port: int, family: IPFamily) -> Address:
    """The first address only: a probe that moves on to the next would hide the one that is down."""
    try:
        return (await resolver.resolve(host, port, family))[0]
    except OSError as error:
        raise PhaseError(ProbeFailure.RESOLVE_FAILED, explain(error)) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _require_permission(host: str, may_connect: MayConnect) -> None:
    if not may_connect(host):
        raise PhaseError(ProbeFailure.ADDRESS_NOT_ALLOWED, f"{host} is not among what may be asked for")


def eligible_family(module: Module) -> IPFamily:
    """Of a host's addresses. Where any will do, the one that can be reached from the source address."""
    if module.proxy is not None or module.ip_family is not IPFamily.ANY:
        return module.ip_family
    return _family_of(module.source_address)


def _family_of(source: str | None) -> IPFamily:
    if source is None:
        return IPFamily.ANY
    return IPFamily.IPV6 if ":" in source else IPFamily.IPV4


def _without_zone(host: str, proxy: Proxy) -> str:
    if "%" in host:
        detail = f"{host} has a zone, which is one of this machine: no proxy can be asked for it ({proxy})"
        raise PhaseError(ProbeFailure.CONNECT_FAILED, detail)
    return host
