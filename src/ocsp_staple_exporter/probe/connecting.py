"""A TCP connection to one address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.probe.failing import PhaseError, explain
from ocsp_staple_exporter.resolver import Address


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[socket.socket]:
    """A non-blocking socket, closed at the end. Raises PhaseError, and TimeoutError where the kernel gives up."""
    with closing(_open_socket(address)) as connection:
        await _connect(connection, address)
        yield connection


def _open_socket(address: Address) -> socket.socket:
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:  # no descriptor left, or an address family that this machine has not
        raise PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {explain(error)}") from error
    connection.settimeout(0)  # non-blocking
    return connection


async def _connect(connection: socket.socket, address: Address) -> None:
    try:
        await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
    except ConnectionRefusedError as error:
        raise PhaseError(ProbeFailure.CONNECT_REFUSED, f"{address.ip} refused the connection") from error
    except TimeoutError:
        raise
    except OSError as error:
        raise PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {explain(error)}") from error
