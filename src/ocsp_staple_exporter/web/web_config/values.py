"""The kinds of values that the options take. Each reader raises ValueError, whose text says what is wrong."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticKnownError

from ocsp_staple_exporter.config.words import did_you_mean, quoted
from ocsp_staple_exporter.web.web_config.names import SUITES, SUITES_OF_TLS13, ClientAuth, Curve, Version

HEADERS = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""The headers that may be set, with the values allowed; none are listed where anything goes."""

_UNIT_SECONDS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_SPAN = r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)"
_LONGEST_TEXT = 64

_YES = frozenset({"y", "yes", "on"})
_NO = frozenset({"n", "no", "off"})

_BCRYPT = re.compile(r"\$2[abxy]?(\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53})")


def _go_duration(value: object) -> float:
    """Seconds, from what Go's time.ParseDuration reads; no sign."""
    if value == 0 and not isinstance(value, bool):
        return 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(  # noqa: TRY004 - pydantic takes no TypeError
            f"{value} has no unit: write {quoted(f'{value}s')} for seconds"
        )
    text = _text(value)
    if text == "0":
        return 0.0
    if len(text) > _LONGEST_TEXT or not re.fullmatch(f"(?:{_SPAN})+", text, re.ASCII):
        raise ValueError(f"{quoted(text)} is no duration: write 1s, 500ms or 1m30s")
    return float(sum(Decimal(count) * _UNIT_SECONDS[unit] for count, unit in re.findall(_SPAN, text)))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise PydanticKnownError("string_type")


def _hash(value: object) -> bytes:
    """A bcrypt hash under the prefix $2b$; the message does not repeat what may be a password.

    The toolkit treats $2$, $2a$, $2x$ and $2y$ alike: all are today's bcrypt.
    """
    match = _BCRYPT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is no bcrypt hash: make one with "htpasswd -nBC 10 USER"')
    return b"$2b" + match[1].encode("ascii")


def _secret(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise ValueError("must be text in PEM")


def _suite(value: object) -> str:
    name = _text(value)
    if name not in SUITES and name not in SUITES_OF_TLS13:
        raise ValueError(f"{quoted(name)} is no cipher suite of ours ({did_you_mean(name, SUITES)})")
    return name


def _header_name(name: str) -> str:
    if name not in HEADERS:
        raise ValueError(f"this header cannot be set ({did_you_mean(name, HEADERS)})")
    return name


def _header_value(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"{quoted(text)} cannot stand in a header: write visible ASCII characters on one line")
    return text.strip()


def _user(name: str) -> str:
    if ":" in name:
        raise ValueError("a user name has no colon: basic authentication could not tell where it ends (RFC 7617 §2)")
    return name


def _boolean(value: object) -> object:
    """YAML 1.1's words, which Go takes and our reader leaves as text."""
    word = value.lower() if isinstance(value, str) else ""
    return word in _YES if word in _YES | _NO else value


def _section(value: object) -> object:
    """A section whose entries are all commented out is null in YAML."""
    return {} if value is None else value


Section = BeforeValidator(_section)
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Text = Annotated[str | None, AfterValidator(lambda text: text or None)]
Secret = Annotated[str | None, PlainValidator(_secret)]
Seconds = Annotated[float, PlainValidator(_go_duration)]
Suite = Annotated[str, PlainValidator(_suite)]
Headers = Annotated[
    dict[Annotated[str, AfterValidator(_header_name)], Annotated[str, AfterValidator(_header_value)]],
    Section,
]
Users = Annotated[dict[Annotated[str, AfterValidator(_user)], Annotated[bytes, PlainValidator(_hash)]], Section]
# Not strict: a word of the file stands for the member of the enum.
ClientAuthOption = Annotated[ClientAuth, Field(strict=False)]
VersionOption = Annotated[Version, Field(strict=False)]
CurveOption = Annotated[Curve, Field(strict=False)]
