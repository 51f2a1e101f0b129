"""From what is to be watched to what is probed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from ocsp_staple_exporter.model.watched import Endpoint, Target


def expand(target: Target, addresses: Iterable[str | None] = (None,)) -> tuple[Endpoint, ...]:
    """One endpoint for each of the addresses, key types and TLS versions; each of its own id.

    None among the addresses stands for whichever the host resolves to.
    """
    whole, module = undivided(target), target.module
    parts = product(addresses, module.key_types or (None,), module.tls_versions or (None,))
    return tuple(
        whole
        if address is None and key_type is None and tls_version is None
        else replace(whole, address=address, key_type=key_type, tls_version=tls_version)
        for address, key_type, tls_version in parts
    )


def undivided(target: Target) -> Endpoint:
    """The target as one endpoint, whatever its module fans it out to."""
    return Endpoint(
        target=target.name,
        host=target.host,
        port=target.port,
        server_name=target.server_name,
        module=target.module,
        labels=target.labels,
        certificate_name=target.certificate_name,
    )
