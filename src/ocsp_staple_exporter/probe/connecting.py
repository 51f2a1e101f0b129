"""A TCP connection to one address."""

from __future__ import annotations

import socket

from ocsp_staple_exporter.model import ProbeFailure
from ocsp_staple_exporter.probe.carrier import Carrier
from ocsp_staple_exporter.probe.failing import PhaseError, explain
from ocsp_staple_exporter.proxies import End
from ocsp_staple_exporter.resolver import Address


def open_socket(address: Address, source: str | None) -> socket.socket:
    """A non-blocking one to go to `address` from the IP address `source`, or from the one that the kernel chooses.

    Raises PhaseError.
    """
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:  # no descriptor left, or an address family that this machine has not
        raise PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {explain(error)}") from error
    try:
        connection.settimeout(0)  # non-blocking
        if source is not None:
            _bind(connection, source, address)
    except BaseException:
        connection.close()
        raise
    return connection


async def connect(carrier: Carrier, address: Address) -> None:
    """Raises PhaseError, and TimeoutError where the kernel gives up."""
    try:
        await carrier.connect(address.sockaddr)
    except ConnectionRefusedError as error:
        raise PhaseError(ProbeFailure.CONNECT_REFUSED, f"{address.ip} refused the connection") from error
    except ConnectionResetError as error:  # accepted, and reset before we looked
        raise PhaseError(ProbeFailure.CONNECTION_RESET, explain(error)) from error
    except TimeoutError:
        raise
    except OSError as error:
        raise PhaseError(ProbeFailure.CONNECT_FAILED, f"{address.ip}: {explain(error)}") from error


def local_ip(connection: socket.socket) -> str:
    """The address that a connection comes from, without a zone. Raises PhaseError."""
    try:
        ip = str(connection.getsockname()[0])
    except OSError as error:  # some systems forget it when the peer resets
        raise PhaseError(ProbeFailure.CONNECTION_RESET, explain(error)) from error
    return ip.partition("%")[0]


def both_ends(connection: socket.socket) -> tuple[End, End]:
    """Ours and the peer's. Raises PhaseError."""
    try:
        return End(*connection.getsockname()[:2]), End(*connection.getpeername()[:2])
    except OSError as error:  # the peer has reset what it had accepted
        raise PhaseError(ProbeFailure.CONNECTION_RESET, explain(error)) from error


def _bind(connection: socket.socket, source: str, address: Address) -> None:
    """The port is chosen when the connection begins: bound earlier, it would be taken for all destinations."""
    if (":" in source) != (connection.family == socket.AF_INET6):
        detail = f"{address.ip} cannot be reached from {source}, which is of the other IP family"
        raise PhaseError(ProbeFailure.CONNECT_FAILED, detail)
    try:
        (*_, name), *_ = socket.getaddrinfo(source, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        if hasattr(socket, "IP_BIND_ADDRESS_NO_PORT"):
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind(name)
    except OSError as error:
        detail = f"{source} cannot be the source address: {explain(error)}"
        raise PhaseError(ProbeFailure.CONNECT_FAILED, detail) from error
