"""Fetches a list over HTTP, as Prometheus's http_sd does."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from pathlib import Path

import aiohttp

from ocsp_staple_exporter import __version__
from ocsp_staple_exporter.config.lists import Authorization, BasicAuth, TargetURL
from ocsp_staple_exporter.config.source import read_bytes
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.discovery.reading import LARGEST
from ocsp_staple_exporter.foreign_text import printable

LONGEST_WAIT = 30.0
"""Seconds for a whole answer, where the list is not asked for more often than that."""

MOST_REDIRECTS = 3
LARGEST_SECRET = 64 * 1024
"""Bytes of a file with a password or a token."""

_JSON = re.compile(r"application/json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)
_CHUNK = 1 << 16


class FetchError(Exception):
    """No list came; the text says why."""


async def fetch(source: TargetURL) -> bytes:
    """The body of the answer, which is said to be JSON; raises FetchError for any other.

    Redirects are followed, to http and https only; credentials are not sent on to another host.
    """
    interval = source.refresh_interval.total_seconds()
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",  # what is small on the wire may be large here
        "User-Agent": f"ocsp-staple-exporter/{__version__}",
        "X-Prometheus-Refresh-Interval-Seconds": f"{interval:g}",
        **await asyncio.to_thread(_credentials, source),
    }
    seconds = min(interval, LONGEST_WAIT)
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=await asyncio.to_thread(_tls, source)),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=seconds),
                auto_decompress=False,
            ) as session,
            session.get(source.url, headers=headers, max_redirects=MOST_REDIRECTS + 1) as answer,
        ):
            return await _body(answer)
    except TimeoutError:
        raise FetchError(f"no whole answer came within {seconds:g} s") from None
    except aiohttp.TooManyRedirects:
        raise FetchError(f"was redirected more than {MOST_REDIRECTS} times") from None
    except aiohttp.NonHttpUrlRedirectClientError as error:
        raise FetchError(f"was redirected to {quoted(str(error))}, which is not HTTP") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchError(f"cannot be fetched: {printable(str(error) or type(error).__name__)}") from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != 200:
        raise FetchError(f"was answered with status {answer.status}, not 200")
    kind = answer.headers.get("Content-Type", "")
    if not _JSON.fullmatch(kind):
        raise FetchError(f"was answered with the Content-Type {quoted(kind)}, not application/json")
    if (encoding := answer.headers.get("Content-Encoding", "identity")) != "identity":
        raise FetchError(f"was answered with the Content-Encoding {quoted(encoding)}, though it was asked for none")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise FetchError(f"was answered with more than {LARGEST // 1024**2} MiB")
    return bytes(body)


def _tls(source: TargetURL) -> ssl.SSLContext | bool:
    """What the connection trusts; the system's store unless the configuration names another."""
    if source.trust_anchors is None:
        return True
    return ssl.create_default_context(cadata=b"".join(source.trust_anchors))


def _credentials(source: TargetURL) -> dict[str, str]:
    """The header that says who we are, as the files say now."""
    match source.basic_auth, source.authorization:
        case BasicAuth(username=username, password_file=file), _:
            pair = f"{username}:{_secret(file)}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        case _, Authorization(type=kind, credentials_file=file):
            return {"Authorization": f"{kind} {_secret(file)}"}
    return {}


def _secret(file: Path) -> str:
    try:
        return read_bytes(file, LARGEST_SECRET).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise FetchError(f"cannot be fetched: {quoted(str(file))} is not UTF-8 text") from None
    except ValueError as error:
        raise FetchError(f"cannot be fetched: {quoted(str(file))} {error}") from None
