"""From targets to the endpoints that are checked; where all addresses are wanted, names are looked up first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ocsp_staple_exporter.model import Addresses, Endpoint, Target, expand, undivided
from ocsp_staple_exporter.probe import eligible_family
from ocsp_staple_exporter.resolver import Resolver


async def spread_out(targets: Iterable[Target], address: str | None, resolver: Resolver) -> tuple[Endpoint, ...]:
    """The endpoints of all targets, in their order; `address`: the only one to connect to."""
    if address is not None:
        return tuple(endpoint for target in targets for endpoint in expand(target, (address,)))
    found = await asyncio.gather(*(_endpoints(target, resolver) for target in targets))
    return tuple(endpoint for endpoints in found for endpoint in endpoints)


async def _endpoints(target: Target, resolver: Resolver) -> tuple[Endpoint, ...]:
    """A name that does not resolve is one endpoint, whose probe will say so."""
    if target.module.addresses is Addresses.ONE:
        return expand(target)
    try:
        async with asyncio.timeout(target.module.timeout.total_seconds()):
            answer = await resolver.resolve(target.host, target.port, eligible_family(target.module))
    except OSError:  # TimeoutError is one
        return (undivided(target),)
    return expand(target, sorted({address.ip for address in answer}))
