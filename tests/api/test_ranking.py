from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from ocsp_staple_exporter.diagnosis import State, state_of, urgency
from ocsp_staple_exporter.model import Change, Endpoint, Module, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.web import ranking as ranking_module
from ocsp_staple_exporter.web.ranking import Ranking, Selection
from tests.exposition import made_results as made

EVERYTHING = Selection()


async def order(ranking: Ranking, selection: Selection = EVERYTHING) -> list[str]:
    page = await ranking.page(selection, offset=0, limit=10**6)
    assert page.total == len(page.endpoints)
    return [endpoint.target for endpoint in page.endpoints]


def some_result(chance: random.Random, endpoint: Endpoint) -> ProbeResult:
    left = timedelta(seconds=chance.randrange(100_000))
    sound = replace(made.GOOD, next_update=made.NOW + left)
    seen = [made.observation(each) for each in (sound, made.REVOKED, made.STALE, made.ABSENT, made.MISSED)]
    outcomes: list[Observation | ProbeError] = [made.REFUSED, *seen]
    return made.result(chance.choice(outcomes), of=endpoint)


@pytest.mark.parametrize("at_once", [1, 500])
@pytest.mark.parametrize("seed", range(5))
async def test_the_order_kept_is_the_order_sorted_anew(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking_module, "PLACED_AT_ONCE", at_once)
    chance = random.Random(seed)  # noqa: S311 - a test, not a secret
    endpoints = [made.endpoint(f"host-{n}") for n in range(30)]
    results = Results(endpoints[:20])
    results.publish(some_result(chance, endpoints[0]))
    ranking = Ranking(results)
    for _ in range(300):
        match chance.randrange(12):
            case 0:
                results.watch(chance.sample(endpoints, chance.randrange(30)))
            case 1:
                other = Module(interval=timedelta(seconds=chance.randrange(1, 9)))
                results.watch([replace(each, module=other) for each in results.endpoints])
            case 2 if results.endpoints:
                came = tuple(each for each in chance.sample(endpoints, 3) if each.id not in results.watched)
                results.change(Change(added=came, removed=tuple(chance.sample(results.endpoints, 1))))
            case 3:
                wanted = sorted(results.endpoints, key=lambda each: (*urgency(results.latest(each.id)), each.target))
                assert await order(ranking) == [each.target for each in wanted]
                states = Counter(state_of(results.latest(each.id)) for each in results.endpoints)
                assert await ranking.counts() == {state: states[state] for state in State}
            case _ if results.endpoints:
                results.publish(some_result(chance, chance.choice(results.endpoints)))


async def test_a_search_shows_one_moment_and_lets_others_work_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_module, "LOOKED_AT_AT_ONCE", 2)
    endpoints = [made.endpoint(f"host-{n}") for n in range(10)]
    results = Results(endpoints)
    ranking = Ranking(results)
    turns: list[int] = []

    async def interfere() -> None:
        for turn in range(5):
            turns.append(turn)
            results.publish(made.result(made.observation(made.REVOKED), of=endpoints[-1 - turn]))
            results.watch(endpoints[5:])
            await asyncio.sleep(0)

    await order(ranking)
    search = asyncio.create_task(ranking.page(Selection(text="host"), offset=0, limit=100))
    await asyncio.gather(search, interfere())
    assert len(turns) == 5
    assert [endpoint.target for endpoint in search.result().endpoints] == [each.target for each in endpoints]
    assert len(await order(ranking)) == 5


async def test_an_order_that_is_made_while_all_changes_is_right_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_module, "SORTED_AT_ONCE", 2)
    monkeypatch.setattr(ranking_module, "PLACED_AT_ONCE", 2)
    endpoints = [made.endpoint(f"host-{n:02}") for n in range(20)]
    results = Results(endpoints)
    ranking = Ranking(results)

    async def interfere() -> None:
        for turn in range(10):
            results.publish(made.result(made.observation(made.REVOKED), of=endpoints[-1]))
            results.change(Change(removed=(endpoints[turn],)))
            await asyncio.sleep(0)

    names, _ = await asyncio.gather(order(ranking), interfere())
    assert names[0] == "host-19"
    assert await order(ranking) == ["host-19", *(each.target for each in endpoints[10:-1])]


async def test_states_are_shown_in_their_order_however_they_are_asked_for() -> None:
    results = Results([made.endpoint("a"), made.endpoint("b"), made.endpoint("c")])
    results.publish(made.result(of=made.endpoint("a")))
    results.publish(made.result(made.observation(made.REVOKED), of=made.endpoint("b")))
    ranking = Ranking(results)
    assert await order(ranking, Selection(states=(State.GOOD, State.REVOKED, State.GOOD))) == ["b", "a"]
