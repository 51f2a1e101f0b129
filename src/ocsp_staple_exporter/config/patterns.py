"""What an editor can tell about a value while it is typed, as JSON Schema.

The loader knows more; nothing that it accepts is refused here. `patternErrorMessage` is understood by
the language servers for YAML and JSON, and ignored elsewhere.
"""

from __future__ import annotations

import enum
from typing import Any, Final

from ocsp_staple_exporter.foreign_text import LONGEST
from ocsp_staple_exporter.model import RESERVED_LABELS

Schema = dict[str, Any]

_LENGTH = "".join(f"([0-9]{{1,18}}{unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms"))
_NAME = r"([A-Za-z0-9._-]|[^\x00-\x7f\s])+"  # beyond ASCII IDNA decides
_IPV6 = r"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?"
_OTHERS_LABELS = "|".join(sorted({*RESERVED_LABELS, "job", "instance"}))

DURATION: Final[Schema] = {
    "type": ["string", "integer"],
    "pattern": f"^(0|(?=.){_LENGTH})$",
    "patternErrorMessage": "Write a length of time as 30s, 5m, 1h30m or 500ms",
    "minimum": 0,
    "maximum": 0,
    "examples": ["30s", "5m", "1h30m", "500ms"],
}
"""0 needs no unit; other numbers are refused."""

SPAN: Final[Schema] = {
    "type": "string",
    "pattern": f"^(?=.*[1-9]){_LENGTH}$",
    "patternErrorMessage": "Write a length of time, longer than nothing, as 30s, 5m, 1h30m or 500ms",
    "examples": ["30s", "5m", "1h30m", "500ms"],
}
HOST: Final[Schema] = {
    "type": "string",
    "pattern": rf"^({_NAME}|{_IPV6}|\[{_IPV6}\])$",
    "patternErrorMessage": "Write a DNS name or an IP address, without a scheme, a port or a path",
    "examples": ["www.example.com", "192.0.2.7", "2001:db8::1"],
}
HOST_PORT: Final[Schema] = {
    "description": "host[:port]; the port is 443, or the module's protocol's, unless given.",
    "type": "string",
    "pattern": rf"^({_NAME}|\[{_IPV6}\])(:[0-9]{{1,5}})?$",
    "patternErrorMessage": 'Write host[:port], without a scheme or a path: "example.com:8443", "[2001:db8::1]:8443"',
    "examples": ["www.example.com", "mail.example.com:465", "[2001:db8::1]:8443"],
}
SERVER_NAME: Final[Schema] = {
    "type": "string",
    "pattern": f"^{_NAME}$",
    "patternErrorMessage": "Write a DNS name, without a scheme, a port or a path",
    "examples": ["www.example.com"],
}
ADDRESS: Final[Schema] = {
    "type": "string",
    "pattern": rf"^([0-9.]+|{_IPV6}|\[{_IPV6}\])$",
    "patternErrorMessage": "Write an IP address",
    "examples": ["192.0.2.99", "2001:db8::99"],
}
PROXY_URL: Final[Schema] = {
    "type": "string",
    "pattern": r"^([Hh][Tt][Tt][Pp]|[Ss][Oo][Cc][Kk][Ss]5[Hh]?)://[^\x00]+:[0-9]{1,5}/?$",
    "patternErrorMessage": "Write http://, socks5:// or socks5h://, then [user@]host:port",
    "examples": ["http://proxy.example.com:3128", "socks5h://prober@proxy.example.com:1080"],
}
ALLOWED: Final[Schema] = {
    "type": "string",
    "pattern": rf"^((\*\.)?{_NAME}|\[?{_IPV6}\]?|[0-9A-Fa-f:.]+/[0-9]+)$",
    "patternErrorMessage": "Write a name, *.example.com, an IP address or a network such as 10.0.0.0/8",
    "examples": ["www.example.com", "*.example.org", "192.0.2.7", "2001:db8::/32"],
}
FILE: Final[Schema] = {"type": "string", "examples": ["authorities.pem", "/etc/ssl/certs/ca-certificates.crt"]}
FILE_NAME: Final[Schema] = {"type": "string", "pattern": r"\S", "examples": ["secret", "/run/secrets/token"]}
LIST_FILE: Final[Schema] = {
    "type": "string",
    "pattern": r"\.([Jj][Ss][Oo][Nn]|[Yy][Aa]?[Mm][Ll])$",
    "patternErrorMessage": "Write the path of a file that ends in .json, .yml or .yaml; * and ? match part of a name",
    "examples": ["targets/*.yaml", "/etc/prometheus/targets/tls.json"],
}
LIST_URL: Final[Schema] = {
    "type": "string",
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
    "patternErrorMessage": "Write the URL of a list: http://HOST/PATH or https://HOST/PATH",
    "examples": ["https://inventory.example.com/tls-targets"],
}
USERNAME: Final[Schema] = {
    "type": "string",
    "pattern": r"^[^\x00-\x1f\x7f:]*[^\x00-\x20\x7f:][^\x00-\x1f\x7f:]*$",
    "patternErrorMessage": "Write a user's name, without a colon",
    "maxLength": LONGEST,
}
AUTHORIZATION_SCHEME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
"""A token (RFC 9110 §5.6.2)."""

AUTHORIZATION_TYPE: Final[Schema] = {
    "type": "string",
    "pattern": AUTHORIZATION_SCHEME,
    "patternErrorMessage": "Write the name of a scheme, such as Bearer",
    "examples": ["Bearer"],
}
PASSWORD_FILE: Final[Schema] = {"type": "string", "examples": ["proxy-password", "/run/secrets/proxy-password"]}
NAME: Final[Schema] = {
    "type": "string",
    "pattern": r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    "patternErrorMessage": "Write a name without line breaks",
    "maxLength": LONGEST,
}
MODULE_NAME: Final[Schema] = {"type": "string", "examples": ["default"]}
LABEL_NAME: Final[Schema] = {
    "type": "string",
    "pattern": f"^(?!__|({_OTHERS_LABELS})$)[a-zA-Z_][a-zA-Z0-9_]*$",
    "patternErrorMessage": (
        "Write letters, digits and underscores, not a digit first, not two underscores first, "
        "and none of the labels that the exporter or Prometheus sets itself"
    ),
}
LABEL_VALUE: Final[Schema] = {
    "type": "string",
    "pattern": r"^[^\x00-\x1f\x7f]*$",
    "patternErrorMessage": "Write a value without line breaks",
    "maxLength": LONGEST,
}


def one_of(words: type[enum.Enum]) -> Schema:
    """The words of an enumeration, in order."""
    return {"type": "string", "enum": [word.value for word in words]}
