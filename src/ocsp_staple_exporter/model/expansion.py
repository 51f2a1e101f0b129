"""From what is to be watched to what is probed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from ocsp_staple_exporter.model.watched import Endpoint, Target


def expand(target: Target, addresses: Iterable[str | None] = (None,)) -> tuple[Endpoint, ...]:
    """One endpoint for each of the addresses, key types and TLS versions; each of its own id.

    None among the addresses stands for whichever the host resolves to.
    """
    module = target.module
    return tuple(
        Endpoint(
            target=target.name,
            host=target.host,
            port=target.port,
            server_name=target.server_name,
            module=module,
            labels=target.labels,
            certificate_name=target.certificate_name,
            address=address,
            key_type=key_type,
            tls_version=tls_version,
        )
        for address, key_type, tls_version in product(
            addresses, module.key_types or (None,), module.tls_versions or (None,)
        )
    )
