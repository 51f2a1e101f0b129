"""What `openssl s_client -starttls` reads, and, through a relay, what it reads where it does not know the words."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress

from ocsp_staple_exporter.model import StartTLS, TLSVersion
from tests.real_servers.openssl_reader import Reading, read_with_openssl

SECONDS = 20.0
"""A handshake takes a tenth of one."""

Opening = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]
"""Speaks to a server until the next byte is TLS."""


async def _open_irc(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """OpenSSL 3.0 takes the first notice of an IRC server for its answer."""
    writer.write(b"STARTTLS\r\n")
    while b" 670 " not in await reader.readline():
        pass


async def _open_rdp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """[MS-RDPBCGR] §4.1.1 and §4.1.2, without the cookie. OpenSSL knows no RDP."""
    writer.write(bytes.fromhex("030000130ee000000000000100080001000000"))
    confirm = await reader.readexactly(19)
    assert confirm[11] == 2, confirm


OPENINGS: Mapping[StartTLS, Opening] = {StartTLS.IRC: _open_irc, StartTLS.RDP: _open_rdp}
"""Those that `openssl s_client -starttls` does not master."""


async def read(port: int, protocol: StartTLS, name: str, tls_version: TLSVersion) -> Reading:
    """One handshake that asks for a staple."""
    async with asyncio.timeout(SECONDS), _shown(port, protocol) as shown:
        return await read_with_openssl(
            "127.0.0.1", shown, name, tls_version=tls_version, options=_options(protocol, name)
        )


async def distrust(port: int, protocol: StartTLS, name: str) -> None:
    """Shake hands as a client that knows no CA: it ends with the alert unknown_ca (RFC 8446 §6.2)."""
    async with asyncio.timeout(SECONDS), _shown(port, protocol) as shown:
        client = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{shown}", "-verify_return_error", "-no-CAfile"),
            *("-no-CApath", "-no-CAstore", *_options(protocol, name)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await client.communicate()
    assert b"certificate verify failed" in said, said


def _options(protocol: StartTLS, name: str) -> tuple[str, ...]:
    return () if protocol in OPENINGS else ("-starttls", protocol.value, "-name", name)


@asynccontextmanager
async def _shown(port: int, protocol: StartTLS) -> AsyncIterator[int]:
    """The port where `openssl s_client` is to look: a relay's that has said the words before, where there is one."""
    opening = OPENINGS.get(protocol)
    if opening is None:
        yield port
        return
    from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
    await opening(from_server, to_server)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(0)  # non-blocking
        relaying = asyncio.create_task(_relay(listening, from_server, to_server))
        yield listening.getsockname()[1]
        await relaying


async def _relay(listening: socket.socket, from_server: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
    """One client's connection, to its end."""
    client, _ = await asyncio.get_running_loop().sock_accept(listening)
    from_client, to_client = await asyncio.open_connection(sock=client)
    await asyncio.gather(_copy(from_client, to_server), _copy(from_server, to_client))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Up to its end, which is passed on."""
    with suppress(ConnectionError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()
    with suppress(ConnectionError):
        await sink.wait_closed()
