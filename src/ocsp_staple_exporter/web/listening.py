"""The sockets that `--web.listen-address` names, or that systemd passed (`--web.systemd-socket`)."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import ExitStack
from dataclasses import dataclass

from ocsp_staple_exporter.foreign_text import printable

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """`:10627`, `127.0.0.1:10627`, `[::1]:10627` or `localhost:10627`."""

    host: str
    """Empty for all interfaces, IPv4 and IPv6."""

    port: int
    """0 lets the kernel choose."""

    @classmethod
    def parse(cls, text: str) -> ListenAddress:
        """Raises ValueError for what is no address."""
        match = _ADDRESS.fullmatch(text)
        if match is None or int(match["port"]) > 0xFFFF:
            raise ValueError(f"{text!r} is no listen address: write [HOST]:PORT, as :10627 or [::1]:10627")
        return cls(match["ipv6"] or match["host"], int(match["port"]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


SYSTEMD_SOCKETS_START = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""


class ListenError(Exception):
    """An address cannot be listened on. The text is one line for the administrator."""


def listen(addresses: Iterable[ListenAddress]) -> list[socket.socket]:
    """Open every address, or none of them and raise ListenError."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(one) for address in addresses for one in _listen(address)]
        opened.pop_all()
    return sockets


def name(listening: socket.socket) -> str:
    """Address and port of a socket, the real port where 0 was asked for; the path of a Unix socket."""
    address = listening.getsockname()
    return str(ListenAddress(*address[:2])) if isinstance(address, tuple) else f"unix:{os.fsdecode(address)}"


def systemd_sockets(
    environ: MutableMapping[str, str] = os.environ, *, first: int = SYSTEMD_SOCKETS_START
) -> list[socket.socket]:
    """What systemd's socket unit listens on, by sd_listen_fds(3); raises ListenError where there is nothing of use.

    The variables that tell of them are removed, so that no child process takes them for its own.
    """
    pid, count, names = (environ.pop(f"LISTEN_{name}", "") for name in ("PID", "FDS", "FDNAMES"))
    if pid != str(os.getpid()) or not re.fullmatch("[1-9][0-9]{0,3}", count):
        raise ListenError(
            "--web.systemd-socket: systemd passed no socket; start the socket unit, not the service alone"
        )
    known = names.split(":")
    with ExitStack() as opened:
        sockets = [
            opened.enter_context(_passed(first + index, known[index] if index < len(known) else ""))
            for index in range(int(count))
        ]
        opened.pop_all()
    return sockets


def _passed(descriptor: int, name: str) -> socket.socket:
    what = f"--web.systemd-socket: file descriptor {descriptor}{f' ({printable(name)})' if name else ''}"
    try:
        passed = socket.socket(fileno=descriptor)
    except OSError as error:
        raise ListenError(f"{what} is no socket: {error.strerror}") from error
    if not passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        passed.close()
        raise ListenError(f"{what} does not listen: the socket unit needs ListenStream= and Accept=no")
    passed.set_inheritable(False)
    return passed


def _listen(address: ListenAddress) -> Iterator[socket.socket]:
    try:
        if address.host:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            for family, sockaddr in dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found):
                yield socket.create_server(sockaddr, family=family)
        else:
            yield _all_interfaces(address.port)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"cannot listen on {address}: {_explain(error)}") from error


def _explain(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno is not None:
        return os.strerror(error.errno)  # error.strerror would name the address once more
    return getattr(error, "strerror", None) or str(error)


def _all_interfaces(port: int) -> socket.socket:
    """One socket for both families, or for IPv4 alone where the host has no IPv6."""
    if socket.has_dualstack_ipv6():
        try:
            return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
        except OSError as error:
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise
    return socket.create_server(("0.0.0.0", port))  # noqa: S104 - all interfaces is what `:10627` asks for
