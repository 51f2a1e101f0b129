"""Whatever a list holds, it is read or refused with a word."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from ocsp_staple_exporter.config import Problem
from ocsp_staple_exporter.discovery.entries import Entries, Terms
from ocsp_staple_exporter.discovery.groups import ListError
from ocsp_staple_exporter.discovery.reading import read_json, read_yaml
from ocsp_staple_exporter.model import Module

TERMS = Terms({"default": Module()})
SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
ADDRESSES = st.sampled_from(["a.example.com", "[::1]:443", "bücher.example", "a:0", "*.x", "1.2.3"]) | VALUES
LABELS = st.dictionaries(
    st.sampled_from(["team", "target", "__param_module", "__param_target", "__param_server_name", "__x", "job"])
    | st.text(),
    st.sampled_from(["default", "a.example.com", "", "192.0.2.1"]) | VALUES,
)
GROUPS = st.fixed_dictionaries({}, optional={"targets": st.lists(ADDRESSES) | VALUES, "labels": LABELS | VALUES})


def read_both(data: bytes) -> None:
    for read in (read_json, read_yaml):
        problems = problems_of(read, data)
        assert all(str(problem).isprintable() for problem in problems)


def problems_of(read: Callable[[bytes, str, Terms], Entries], data: bytes) -> tuple[Problem, ...]:
    """None, or at least one."""
    try:
        read(data, "x", TERMS)
    except ListError as error:
        return error.problems or (Problem("x", None, None, "\0"),)
    return ()


@settings(deadline=None, max_examples=60)
@given(st.lists(GROUPS | VALUES))
def test_any_value_in_json(value: object) -> None:
    read_both(json.dumps(value).encode())


@settings(deadline=None, max_examples=60)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(data: bytes) -> None:
    read_both(data)


@settings(deadline=None, max_examples=40)
@given(st.lists(GROUPS, min_size=1).map(json.dumps), st.data())
def test_a_list_that_was_cut_off_is_never_taken(text: str, data: st.DataObject) -> None:
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        read_json(cut.encode(), "x", TERMS)
    except ListError:
        return
    raise AssertionError(cut)
