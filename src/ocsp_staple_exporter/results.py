"""The latest result of every endpoint, and who wants to hear of a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ocsp_staple_exporter.model import Endpoint, ProbeResult


class Subscriber(Protocol):
    """Told of every change, in the order of subscription, before `publish` or `watch` returns."""

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        """`result` takes the place of `previous`; None: the endpoint's first."""

    def removed(self, endpoint: Endpoint) -> None:
        """The endpoint is no longer watched and its result is forgotten."""


class Results:
    """At most one result for each watched endpoint: the latest."""

    def __init__(self, endpoints: Iterable[Endpoint] = ()) -> None:
        self._endpoints: dict[str, Endpoint] = {}
        self._latest: dict[str, ProbeResult] = {}
        self._subscribers: list[Subscriber] = []
        self.watch(endpoints)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(self._endpoints.values())

    @property
    def watched(self) -> Mapping[str, Endpoint]:
        """The endpoints by id: a mapping that never changes, and another one after every `watch`."""
        return self._endpoints

    def watch(self, endpoints: Iterable[Endpoint]) -> None:
        """Watch exactly these; what is gone, or is probed in another way now, loses its result."""
        watched = {endpoint.id: endpoint for endpoint in endpoints}
        for endpoint_id, endpoint in self._endpoints.items():
            if watched.get(endpoint_id) != endpoint:
                self._forget(endpoint)
        self._endpoints = watched

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def publish(self, result: ProbeResult) -> None:
        """Replace the endpoint's result. One that came too late, after its endpoint was removed, is dropped."""
        endpoint_id = result.endpoint.id
        if self._endpoints.get(endpoint_id) != result.endpoint:
            return
        previous = self._latest.get(endpoint_id)
        self._latest[endpoint_id] = result
        for subscriber in self._subscribers:
            subscriber.published(result, previous)

    def latest(self, endpoint_id: str) -> ProbeResult | None:
        """The endpoint's result; None before its first probe ended."""
        return self._latest.get(endpoint_id)

    def _forget(self, endpoint: Endpoint) -> None:
        if self._latest.pop(endpoint.id, None) is not None:
            for subscriber in self._subscribers:
                subscriber.removed(endpoint)
