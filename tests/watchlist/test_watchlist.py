"""Whoever changes the targets: what is probed follows, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.model import Change, Endpoint, difference
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.watchlist import WatchList
from tests.exposition import made_results as made

A, B, C = made.target("a"), made.target("b"), made.target("c")


class Witness:
    def __init__(self) -> None:
        self.changes: list[Change[Endpoint]] = []

    def __call__(self, change: Change[Endpoint]) -> None:
        self.changes.append(change)

    def told(self) -> tuple[list[str], list[str]]:
        """The targets that came and those that went, with the last change."""
        added, removed = self.changes[-1]
        return [endpoint.target for endpoint in added], [endpoint.target for endpoint in removed]


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def watch_list(witness: Witness) -> WatchList:
    watch_list = WatchList(witness, Resolver().resolve)
    watch_list.watch([A, B])
    return watch_list


def test_a_list_becomes_its_endpoints(watch_list: WatchList, witness: Witness) -> None:
    assert witness.changes == [Change(added=(made.endpoint("a"), made.endpoint("b")))]
    assert watch_list.targets == {"a": A, "b": B}


def test_another_list_tells_only_what_differs(watch_list: WatchList, witness: Witness) -> None:
    watch_list.watch([B, C])
    assert witness.told() == (["c"], ["a"])
    assert watch_list.targets == {"b": B, "c": C}


def test_the_same_list_again_tells_nothing(watch_list: WatchList, witness: Witness) -> None:
    watch_list.watch([made.target("b"), made.target("a")])
    assert len(witness.changes) == 1


def test_a_target_that_is_probed_in_another_way_goes_and_comes(watch_list: WatchList, witness: Witness) -> None:
    other = replace(A, port=8443)
    watch_list.watch([other, B])
    assert [endpoint.port for endpoint in witness.changes[-1].removed] == [443]
    assert [endpoint.port for endpoint in witness.changes[-1].added] == [8443]
    assert watch_list.targets["a"] == other


def test_a_part_of_the_list_changes_by_itself(watch_list: WatchList, witness: Witness) -> None:
    watch_list.change(Change(added=(C,), removed=(A,)))
    assert witness.told() == (["c"], ["a"])
    watch_list.watch([B, C])
    assert len(witness.changes) == 2


def test_a_difference_names_what_came_what_went_and_what_is_another_one() -> None:
    assert difference({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 5}) == Change(added=(4, 5), removed=(1, 3))
    assert not difference({"a": 1}, {"a": 1})
