from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ocsp_staple_exporter.model import Change, Endpoint, ProbeResult
from ocsp_staple_exporter.results import Results
from tests.exposition import made_results as made

A, B = made.endpoint("a"), made.endpoint("b")


class Witness:
    def __init__(self) -> None:
        self.published_pairs: list[tuple[ProbeResult, ProbeResult | None]] = []
        self.removed_endpoints: list[Endpoint] = []

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        self.published_pairs.append((result, previous))

    def removed(self, endpoint: Endpoint) -> None:
        self.removed_endpoints.append(endpoint)


def test_subscribers_hear_of_a_result_and_of_the_one_before() -> None:
    results, witness = Results([A]), Witness()
    results.subscribe(witness)
    first, second = made.result(of=A), made.result(made.REFUSED, of=A)
    results.publish(first)
    results.publish(second)
    assert witness.published_pairs == [(first, None), (second, first)]
    assert results.latest(A.id) is second


def test_an_endpoint_that_was_not_probed_has_no_result() -> None:
    results = Results([A, B])
    assert results.endpoints == (A, B)
    assert results.latest(A.id) is None


def test_what_is_no_longer_watched_is_forgotten_and_the_rest_kept() -> None:
    results, witness = Results([A, B]), Witness()
    results.subscribe(witness)
    results.publish(made.result(of=A))
    results.publish(made.result(of=B))
    results.watch([B])
    assert witness.removed_endpoints == [A]
    assert results.latest(A.id) is None
    assert results.latest(B.id) is not None
    assert results.endpoints == (B,)


def test_an_endpoint_that_is_probed_in_another_way_starts_anew() -> None:
    results, witness = Results([A]), Witness()
    results.subscribe(witness)
    results.publish(made.result(of=A))
    results.watch([replace(A, module=replace(A.module, interval=timedelta(seconds=5)))])
    assert witness.removed_endpoints == [A]
    assert results.latest(A.id) is None


def test_a_result_that_comes_after_its_endpoint_was_removed_is_dropped() -> None:
    results, witness = Results([A]), Witness()
    results.subscribe(witness)
    results.watch([B])
    results.publish(made.result(of=A))
    assert witness.published_pairs == []
    assert results.latest(A.id) is None
    assert witness.removed_endpoints == []


def test_a_part_of_the_list_changes_and_leaves_the_rest_alone() -> None:
    results, witness = Results([A, B]), Witness()
    results.subscribe(witness)
    results.publish(made.result(of=A))
    results.publish(made.result(of=B))
    other = replace(A, port=8443)
    results.change(Change(added=(other,), removed=(A,)))
    assert witness.removed_endpoints == [A]
    assert (results.latest(A.id), results.watched[A.id]) == (None, other)
    assert results.latest(B.id) is not None


def test_followers_hear_of_every_change_of_the_list_and_see_the_new_one() -> None:
    results = Results([A])
    heard: list[tuple[Change[Endpoint], tuple[Endpoint, ...]]] = []

    class Witnessing:
        def list_changed(self, change: Change[Endpoint]) -> None:
            heard.append((change, results.endpoints))

    results.follow(Witnessing())
    results.change(Change(added=(B,)))
    results.watch([B])
    assert heard == [(Change(added=(B,)), (A, B)), (Change(removed=(A,)), (B,))]
