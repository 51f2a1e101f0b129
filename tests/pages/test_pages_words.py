from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from markupsafe import Markup

from ocsp_staple_exporter.diagnosis import SOFTWARE_NAMES, Software, State
from ocsp_staple_exporter.model import Phase, ProbeFailure, Reason
from ocsp_staple_exporter.web.pages import names, words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=3, hours=11, minutes=59), "3 d 11 h"),
        (timedelta(days=3, minutes=59), "3 d"),
        (-timedelta(hours=1, minutes=1), "1 h 1 min"),
    ],
)
def test_a_span_has_its_two_largest_units(length: timedelta, text: str) -> None:
    assert words.span(length) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (-0.9, "just now"), (12, "in 12 s"), (-12, "12 s ago"), (-90_000, "1 d 1 h ago")],
)
def test_a_moment_is_told_from_now(seconds: float, text: str) -> None:
    assert words.relative(NOON + timedelta(seconds=seconds), NOON) == text


def test_moments_are_utc_for_people_and_machines() -> None:
    here = NOON.astimezone(timezone(timedelta(hours=9)))
    assert words.moment(here) == '<time datetime="2026-03-01T12:00:00Z">2026-03-01 12:00:00 UTC</time>'


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_the_calendar_s_ends_can_be_told(moment: datetime) -> None:
    """As a certificate or a staple may name them."""
    assert words.since(moment, NOON)
    assert words.iso(moment)[4] == "-"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0.0000124, "12 µs"),
        (0.0123, "12.3 ms"),
        (0.0996, "100 ms"),
        (0.123, "123 ms"),
        (0.9996, "1.00 s"),
        (15, "15.00 s"),
    ],
)
def test_durations_are_short(length: float, text: str) -> None:
    assert words.seconds(length) == text


@pytest.mark.parametrize(
    ("length", "text"), [(5, "5 s"), (60, "1 min"), (90, "90 s"), (3600, "1 h"), (86400, "1 d"), (0.5, "0.5 s")]
)
def test_intervals_are_told_as_they_were_set(length: float, text: str) -> None:
    assert words.every(timedelta(seconds=length)) == text


def test_code_in_sentences_is_marked_and_escaped() -> None:
    assert words.prose("set `a < b` & reload") == Markup("set <code>a &lt; b</code> &amp; reload")
    assert words.prose("<b>") == Markup("&lt;b&gt;")


def test_digits_come_in_pairs() -> None:
    assert words.in_pairs("0aff1") == Markup("0a:<wbr>ff:<wbr>1")
    assert words.in_pairs("") == Markup()


@pytest.mark.parametrize(
    ("table", "words_of"),
    [
        (names.STATES, State),
        (names.STATE_STORIES, State),
        (names.TONES, State),
        (SOFTWARE_NAMES, Software),
        (names.PHASES, Phase),
        (names.FINDINGS, Reason),
        (names.FAILURES, ProbeFailure),
    ],
)
def test_everything_has_a_name(table: Mapping[enum.Enum, str], words_of: type[enum.Enum]) -> None:
    assert set(table) == set(words_of)
    assert all(table.values())


def test_no_two_states_look_or_sound_the_same() -> None:
    assert len(set(names.STATES.values())) == len(State)
