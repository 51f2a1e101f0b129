"""The latest result of every endpoint, and who wants to hear of a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from ocsp_staple_exporter.model import Change, Endpoint, ProbeResult, difference


class Subscriber(Protocol):
    """Told of every change of a result, in the order of subscription, before `publish` or `change` returns."""

    def published(self, result: ProbeResult, previous: ProbeResult | None) -> None:
        """`result` takes the place of `previous`; None: the endpoint's first."""

    def removed(self, endpoint: Endpoint) -> None:
        """The endpoint is no longer watched and its result is forgotten."""


class Follower(Protocol):
    """Told of every change of the list, when it is made."""

    def list_changed(self, change: Change[Endpoint]) -> None:
        """These came and those went, whether or not they had a result."""


class Results:
    """At most one result for each watched endpoint: the latest."""

    def __init__(self, endpoints: Iterable[Endpoint] = ()) -> None:
        self._endpoints = {endpoint.id: endpoint for endpoint in endpoints}
        self._latest: dict[str, ProbeResult] = {}
        self._subscribers: list[Subscriber] = []
        self._followers: list[Follower] = []
        self.watched: Mapping[str, Endpoint] = MappingProxyType(self._endpoints)
        """The endpoints by id, as they are now: it changes with the list."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(self._endpoints.values())

    def watch(self, endpoints: Iterable[Endpoint]) -> None:
        """Watch exactly these; what is gone, or is probed in another way now, loses its result."""
        self.change(difference(self._endpoints, {endpoint.id: endpoint for endpoint in endpoints}))

    def change(self, change: Change[Endpoint]) -> None:
        """Watch these no longer, and those from now on; the others are not touched."""
        for endpoint in change.removed:
            self._endpoints.pop(endpoint.id, None)
            self._forget(endpoint)
        self._endpoints.update((endpoint.id, endpoint) for endpoint in change.added)
        for follower in self._followers:
            follower.list_changed(change)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

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
