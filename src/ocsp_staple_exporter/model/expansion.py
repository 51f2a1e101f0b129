"""From what is to be watched to what is probed."""

from __future__ import annotations

from collections.abc import Iterable

from ocsp_staple_exporter.model.watched import Endpoint, Target


def expand(target: Target, addresses: Iterable[str | None] = (None,)) -> tuple[Endpoint, ...]:
    """One endpoint for each of the addresses; None stands for whichever the host resolves to."""
    return tuple(
        Endpoint(
            target=target.name,
            host=target.host,
            port=target.port,
            server_name=target.server_name,
            module=target.module,
            labels=target.labels,
            certificate_name=target.certificate_name,
            address=address,
        )
        for address in addresses
    )
