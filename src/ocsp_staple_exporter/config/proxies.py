"""URLs of proxies, and the files that keep their passwords. No message quotes a password."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from ocsp_staple_exporter.config.hosts import parse_host, split_host_port
from ocsp_staple_exporter.config.source import read_bytes
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import Credentials, Proxy, ProxyScheme

LARGEST = 4096
"""Bytes of a password's file."""

LONGEST_IN_SOCKS = 255
"""Bytes of a user and of a password (RFC 1929 §2)."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_EXAMPLE = "write it as in http://proxy.example.com:3128"


def parse_proxy_url(text: str) -> Proxy:
    """`SCHEME://[USER[:PASSWORD]@]HOST:PORT`; user and password may be percent-encoded.

    A user without a password has an empty one. Raises ValueError, whose text says what is wrong.
    """
    match = _SCHEME.fullmatch(text)
    if match is None:
        raise ValueError(f"has no scheme: {_EXAMPLE}")
    scheme = _parse_scheme(match[1].lower())
    user_info, at, authority = match[2].rpartition("@")
    host_text, port = _split_authority(authority.removesuffix("/").replace("%25", "%"), quotable=bool(at))
    if port is None:
        raise ValueError(f"has no port, and proxies have none in common: {_EXAMPLE}")
    return Proxy(
        scheme=scheme,
        host=parse_host(host_text).resolved,
        port=port,
        credentials=_parse_user_info(user_info) if at else None,
    )


def complete(proxy: Proxy, password: str | None) -> Proxy:
    """With the password of a file, where there is one. Raises ValueError where they do not fit together."""
    credentials = proxy.credentials
    if credentials is None:
        if password is not None:
            raise ValueError("proxy_password_file needs a user in proxy_url, as in http://USER@proxy.example.com:3128")
        return proxy
    if password is not None:
        if credentials.password:
            raise ValueError("the password stands in proxy_url and in proxy_password_file: remove one")
        credentials = replace(credentials, password=password)
    if not credentials.password:
        raise ValueError("proxy_url names a user without a password: name its file in proxy_password_file")
    _require_sendable(proxy.scheme, credentials)
    return replace(proxy, credentials=credentials)


def read_password(path: Path) -> str:
    """The one line of a file; raises ValueError, whose text names the file and its flaw."""
    try:
        return _parse_password(read_bytes(path, LARGEST))
    except ValueError as error:
        raise ValueError(f"{quoted(str(path))} {error}") from None


def _parse_password(data: bytes) -> str:
    try:
        password = data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    if not password:
        raise ValueError("is empty: it must hold the password, on one line")
    if len(password.splitlines()) > 1:
        raise ValueError("holds more than one line: it must hold the password alone")
    return password


def _parse_scheme(scheme: str) -> ProxyScheme:
    if scheme == "https":
        raise ValueError(
            "is the URL of a proxy that is spoken to in TLS, which is not supported: use http:// or socks5://"
        )
    if scheme in {"socks", "socks4", "socks4a"}:
        raise ValueError("is no URL of a SOCKS5 proxy: write socks5://, or socks5h:// to let it resolve names")
    try:
        return ProxyScheme(scheme)
    except ValueError:
        raise ValueError(f"has the unknown scheme {quoted(scheme)}: use http://, socks5:// or socks5h://") from None


def _split_authority(text: str, *, quotable: bool) -> tuple[str, int | None]:
    """Without an @ a password may stand where the host and the port are sought: then the text is not quoted."""
    try:
        return split_host_port(text)
    except ValueError:
        if quotable:
            raise
    raise ValueError(f"names no host and port that can be read, or lacks the @ after user and password: {_EXAMPLE}")


def _parse_user_info(text: str) -> Credentials:
    user, _, password = map(unquote, text.partition(":"))
    if not user:
        raise ValueError("has no user before its @")
    return Credentials(user, password)


def _require_sendable(scheme: ProxyScheme, credentials: Credentials) -> None:
    texts = (credentials.user, credentials.password)
    if not all(text.isprintable() for text in texts):  # RFC 7617 §2
        raise ValueError("user and password of a proxy hold no control characters")
    if scheme is ProxyScheme.HTTP:
        if ":" in credentials.user:
            raise ValueError("a user of an HTTP proxy has no colon (RFC 7617)")
    elif any(len(text.encode()) > LONGEST_IN_SOCKS for text in texts):
        raise ValueError(f"user and password for SOCKS5 have at most {LONGEST_IN_SOCKS} bytes (RFC 1929)")
