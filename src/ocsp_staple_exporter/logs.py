r"""One line per event, in logfmt or JSON, with promslog's keys: `time=... level=info msg="..." target=...`.

Values may quote what a stranger's server sent. Whatever does not print as itself, line
breaks, terminal escapes, right-to-left marks and lone surrogates among it, is written
as an escape, in keys and in values; in JSON whatever is not ASCII.

Rooms write `log = structlog.get_logger()` and `log.info("probe failed", target=...)`.
What libraries say through `logging` and `warnings` comes out the same way.
"""

from __future__ import annotations

import contextlib
import enum
import json
import logging
import math
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from ocsp_staple_exporter.foreign_text import escape

LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
"""The words of `--log.level`."""

_LEVEL_WORDS = {"warning": "warn", "critical": "error", "exception": "error"}
_Scalar = str | int | float | bool | None


def configure_logging(level: str, format: str, stream: TextIO | None) -> None:  # noqa: A002  the flag is --log.format
    """Send every event of at least that level to the stream; the last call counts.

    `level` is one of LEVELS and `format` one of FORMATS; raises ValueError for other words.
    A stream that fails loses the line, never the exporter; None, which sys.stderr is where the
    exporter was started without one, loses all of them.
    """
    if level not in LEVELS:
        raise ValueError(f"no log level {level!r}: write {', '.join(LEVELS)}")
    if format not in FORMATS:
        raise ValueError(f"no log format {format!r}: write {', '.join(FORMATS)}")
    lines = _Lines(stream)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            _order,
            FORMATS[format],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,  # loggers made before the call follow it too
    )
    logging.basicConfig(level=LEVELS[level], handlers=[_Forward()], force=True)
    logging.captureWarnings(capture=True)


class _Lines:
    """The stream behind structlog: it calls the method named after the event's level."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._lock = threading.Lock()

    def _write(self, line: str) -> None:
        if not line.isascii():
            line = line.encode(self._encoding, "backslashreplace").decode(self._encoding)
        if self._stream is None:
            return
        with self._lock, contextlib.suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = _write


class _Forward(logging.Handler):
    """From the standard library's logging to ours."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a caller's placeholders and arguments differ
            message = f"{record.msg} {record.args}"
        fields = {"exc_info": record.exc_info} if record.exc_info else {}
        structlog.get_logger().log(_known_level(record.levelno), "%s", message, logger=record.name, **fields)


def _known_level(level: int) -> int:
    return max((known for known in LEVELS.values() if known <= level), default=logging.DEBUG)


def _order(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put time, level and msg first, and make every value a JSON scalar."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"time": moment, "level": _LEVEL_WORDS.get(method, method), "msg": event.pop("event", "")}
    return {str(key): _scalar(value) for key, value in {**head, **event, **head}.items()}


def _scalar(value: object) -> _Scalar:
    match value:
        case enum.Enum():
            return _scalar(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return str(value)


def _render_logfmt(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return " ".join(f"{_quote(key)}={_word(value)}" for key, value in event.items())


def _word(value: _Scalar) -> str:
    return _quote(value) if isinstance(value, str) else json.dumps(value)


def _quote(text: str) -> str:
    """The rule of Go's slog: bare where nothing needs quotes, so that `key=value` can be cut at spaces."""
    if text and text.isprintable() and not any(character in ' ="' for character in text):
        return text
    return f'"{"".join(map(_escape, text))}"'


def _escape(character: str) -> str:
    return '\\"' if character == '"' else escape(character)


def _render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event)  # escapes all but the printable characters of ASCII


FORMATS: Mapping[str, Callable[[WrappedLogger, str, EventDict], str]] = {"logfmt": _render_logfmt, "json": _render_json}
"""The words of `--log.format`."""
