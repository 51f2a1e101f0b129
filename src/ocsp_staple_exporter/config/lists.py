"""Where lists of targets beside the configuration come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from yarl import URL

from ocsp_staple_exporter.config.words import quoted

SUFFIXES = (".json", ".yml", ".yaml")
"""Of files of targets; in upper case too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """RFC 7617. The password stands in a file of its own, which is read for every request."""

    username: str
    password_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The header of that name (RFC 9110 §11.6.2): a type such as Bearer, and what a file holds."""

    type: str
    credentials_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetURL:
    """A list that is fetched over HTTP."""

    url: str
    refresh_interval: timedelta = timedelta(minutes=1)
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    trust_anchors: tuple[bytes, ...] | None = None
    """Certificates (DER) of `ca_file`; None stands for the system's trust store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLists:
    """All lists that the configuration names, in its order."""

    files: tuple[Path, ...] = ()
    """Paths and patterns."""

    urls: tuple[TargetURL, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.files or self.urls)


def parse_file_name(text: str) -> str:
    """Read the path of a file; raises ValueError, whose text says what is wrong."""
    if not text.strip():
        raise ValueError("is empty: name a file")
    if "\0" in text:
        raise ValueError("a path holds no null byte")
    return text


def parse_pattern(text: str) -> str:
    """Read the path of a file of targets, or a pattern of several; raises ValueError, whose text says what is wrong."""
    parse_file_name(text)
    if not text.lower().endswith(SUFFIXES):
        raise ValueError(f"{quoted(text)} must end in .json, .yml or .yaml: that tells its format")
    return text


def parse_url(text: str) -> str:
    """Read where a list is fetched from; raises ValueError, whose text says what is wrong."""
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is no URL: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError(f'{quoted(text)} is no URL of a list: write "http://HOST/PATH" or "https://HOST/PATH"')
    if url.user is not None or url.password is not None:
        raise ValueError("holds a user or a password: write basic_auth with a password_file instead")
    if url.fragment:
        raise ValueError(f"{quoted(text)} holds a fragment, which no server sees: drop the # and what follows")
    return text
