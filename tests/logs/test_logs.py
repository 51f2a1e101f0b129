"""One line per event, and nothing in it that a terminal or a parser would obey."""

from __future__ import annotations

import asyncio
import enum
import io
import json
import logging
import re
import timeit
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.logs import FORMATS, LEVELS, configure_logging

log = structlog.get_logger()
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HOSTILE = {
    "line break": ("a\nlevel=error", r"a\nlevel=error"),
    "carriage return": ("a\rb", r"a\rb"),
    "terminal escape": ("\x1b[31mred", r"\x1b[31mred"),
    "terminal escape of C1": ("\x9b31m", r"\x9b31m"),
    "null": ("a\0b", r"a\x00b"),
    "delete": ("a\x7fb", r"a\x7fb"),
    "next line": ("a\x85b", r"a\x85b"),
    "line separator": ("a\u2028b", r"a\u2028b"),
    "right-to-left override": ("a\u202egpj.exe", r"a\u202egpj.exe"),
    "isolate": ("a\u2066b", r"a\u2066b"),
    "zero width": ("a\u200bb", r"a\u200bb"),
    "lone surrogate": ("a\udcffb", r"a\udcffb"),
    "tag": ("a\U000e0041b", r"a\U000e0041b"),
    "quote": ('a" level="error', r"a\" level=\"error"),
    "backslash and break": ("a\\\n", r"a\\\n"),
}
# No character that a terminal would obey or hide is left (the line's own break aside).
OBEYED = re.compile("[^ -~\xa1-\xac\xae-\u024f♥]")


def logfmt(level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level, "logfmt", stream)
    return stream


def as_json(level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logging(level, "json", stream)
    return stream


def without_time(line: str) -> str:
    return TIME.sub("T", line, count=1)


def test_a_logfmt_line_begins_with_time_level_and_msg() -> None:
    stream = logfmt()
    log.info("probe failed", target="a:443", reason="connect_refused")
    assert TIME.search(stream.getvalue())
    assert without_time(stream.getvalue()) == (
        'time=T level=info msg="probe failed" target=a:443 reason=connect_refused\n'
    )


def test_a_json_line_begins_with_time_level_and_msg() -> None:
    stream = as_json()
    log.info("probe failed", target="a:443")
    assert without_time(stream.getvalue()) == (
        '{"time": "T", "level": "info", "msg": "probe failed", "target": "a:443"}\n'
    )


class Reason(enum.Enum):
    NO_STAPLE = "no_staple"


@pytest.mark.parametrize(
    ("value", "text", "parsed"),
    [
        ("two words", '"two words"', "two words"),
        ("", '""', ""),
        ("a=b", '"a=b"', "a=b"),
        ("bücher.example", "bücher.example", "bücher.example"),
        (3, "3", 3),
        (0.25, "0.25", 0.25),
        (float("nan"), "nan", "nan"),
        (float("-inf"), "-inf", "-inf"),
        (True, "true", True),
        (None, "null", None),
        (Reason.NO_STAPLE, "no_staple", "no_staple"),
        (Path("/etc/x.yaml"), "/etc/x.yaml", "/etc/x.yaml"),
        (timedelta(seconds=5), "0:00:05", "0:00:05"),
        (b"\xff\n", r'"\\xff\n"', "\\xff\n"),
        (ValueError("bad"), "bad", "bad"),
        (["a", 1], "\"['a', 1]\"", "['a', 1]"),
    ],
)
def test_values_of_every_kind_have_one_spelling(value: object, text: str, parsed: object) -> None:
    stream = logfmt()
    log.info("x", value=value)
    assert stream.getvalue().endswith(f" value={text}\n")
    stream = as_json()
    log.info("x", value=value)
    assert json.loads(stream.getvalue())["value"] == parsed


@pytest.mark.parametrize(("value", "escaped"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_escaped_in_values_keys_and_messages(value: str, escaped: str) -> None:
    stream = logfmt()
    log.info(value, value=value, **{value: 1})
    assert without_time(stream.getvalue()) == f'time=T level=info msg="{escaped}" value="{escaped}" "{escaped}"=1\n'
    stream = as_json()
    log.info(value, value=value, **{value: 1})
    assert not OBEYED.search(stream.getvalue().removesuffix("\n"))
    event = json.loads(stream.getvalue())
    assert (event["msg"], event["value"], event[value]) == (value, value, 1)


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_makes_one_printable_line_that_reads_back(text: str) -> None:
    stream = as_json()
    log.info("x", value=text)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["value"] == text
    stream = logfmt()
    log.info("x", value=text)
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


@pytest.mark.parametrize("level", LEVELS)
def test_events_below_the_level_are_dropped(level: str) -> None:
    stream = logfmt(level)
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)("ours")
        getattr(logging.getLogger("library"), name)("theirs")
    shown = [re.sub(r".* level=(\w+) msg=(\w+).*", r"\1 \2", line) for line in stream.getvalue().splitlines()]
    from_level_on = list(LEVELS)[list(LEVELS).index(level) :]
    assert shown == [f"{name} {whose}" for name in from_level_on for whose in ("ours", "theirs")]


@pytest.mark.parametrize(("level", "form"), [("warning", "json"), ("INFO", "json"), ("info", "text")])
def test_an_unknown_level_or_format_is_refused(level: str, form: str) -> None:
    with pytest.raises(ValueError, match=r"^no log (level|format) "):
        configure_logging(level, form, io.StringIO())


@pytest.mark.parametrize("start", [logfmt, as_json])
def test_an_exception_stays_on_one_line(start: Callable[[], io.StringIO]) -> None:
    stream = start()
    try:
        int("first\x1b[31m\nsecond")
    except ValueError:
        log.exception("probe crashed", target="a")
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()
    assert "Traceback (most recent call last):" in line
    assert "ValueError: invalid literal" in line


def test_the_standard_library_s_events_look_the_same() -> None:
    stream = logfmt()
    logging.getLogger("aiohttp.server").error("Error %s\n", "from \x1b[31m", exc_info=ValueError("a\nb"))
    (line,) = stream.getvalue().splitlines()
    assert without_time(line) == (
        r'time=T level=error msg="Error from \x1b[31m\n" logger=aiohttp.server exception="ValueError: a\nb"'
    )


def test_the_standard_library_s_other_levels_are_rounded_down() -> None:
    stream = logfmt("debug")
    for level in (5, 10, 25, 35, 50):
        logging.getLogger("library").log(level, "x")
    assert re.findall(r"level=(\w+)", stream.getvalue()) == ["debug", "info", "warn", "error"]


def test_a_library_s_bad_format_string_still_makes_a_line() -> None:
    stream = logfmt()
    logging.getLogger("library").warning("%d of %d", "x")  # noqa: PLE1206  the fault of a library
    assert without_time(stream.getvalue()) == "time=T level=warn msg=\"%d of %d ('x',)\" logger=library\n"


def test_warnings_of_libraries_are_events() -> None:
    stream = logfmt()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("this\nis old", DeprecationWarning, stacklevel=1)
    (line,) = stream.getvalue().splitlines()
    assert r"DeprecationWarning: this\nis old" in line
    assert line.endswith("logger=py.warnings")


def test_a_logger_made_before_follows_the_last_configuration() -> None:
    bound = structlog.get_logger()
    first = logfmt()
    bound.info("one")
    second = as_json("error")
    bound.info("two")
    bound.error("three")
    assert len(first.getvalue().splitlines()) == 1
    assert json.loads(second.getvalue())["msg"] == "three"


def test_keys_of_the_line_itself_cannot_be_replaced() -> None:
    stream = logfmt()
    log.info("x", time="never", level="fatal", msg="y")
    assert re.fullmatch(rf"time={TIME.pattern} level=info msg=x\n", stream.getvalue())


async def test_what_is_bound_to_a_task_stays_in_it() -> None:
    stream = logfmt()

    async def probe(target: str) -> None:
        with structlog.contextvars.bound_contextvars(target=target):
            await asyncio.sleep(0)
            log.info("probed")

    await asyncio.gather(probe("a"), probe("b"))
    log.info("done")
    assert re.findall(r"msg=(.*)", stream.getvalue()) == ["probed target=a", "probed target=b", "done"]


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_stream_that_fails_does_not_stop_the_exporter() -> None:
    configure_logging("info", "logfmt", FullDisk())
    log.info("lost")
    closed = logfmt()
    closed.close()
    log.info("lost")
    logging.getLogger("library").error("lost")


def test_a_stream_of_another_encoding_gets_escapes() -> None:
    raw = io.BytesIO()
    configure_logging("info", "logfmt", io.TextIOWrapper(raw, encoding="ascii"))
    log.info("bücher")
    assert raw.getvalue().endswith(b"msg=b\\xfccher\n")


def test_an_event_below_the_level_costs_next_to_nothing() -> None:
    logfmt("info")
    off = min(timeit.repeat(lambda: log.debug("x", target="a", n=1), number=1000, repeat=5)) / 1000
    on = min(timeit.repeat(lambda: log.info("x", target="a", n=1), number=1000, repeat=5)) / 1000
    assert off < on / 2


def test_the_formats_are_those_of_prometheus() -> None:
    assert list(FORMATS) == ["logfmt", "json"]
    assert list(LEVELS) == ["debug", "info", "warn", "error"]


def test_without_a_stream_the_lines_are_lost_and_nothing_else() -> None:
    configure_logging("info", "logfmt", None)
    structlog.get_logger().info("nobody hears it")
