"""A receiver of Alertmanager's notifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a notification."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    resolved: bool

    @property
    def name(self) -> str:
        return self.labels["alertname"]

    @property
    def target(self) -> str | None:
        """The host that it is about; None for one about the exporter."""
        return self.labels.get("target")


Notification = tuple[Alert, ...]


class Webhook:
    """Remembers the notifications in the order in which they came."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []
        self._came = asyncio.Condition()

    @property
    def alerts(self) -> list[Alert]:
        """Of all notifications."""
        return [alert for notification in self.notifications for alert in notification]

    async def receive(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = await request.json()
        async with self._came:
            self.notifications.append(tuple(_alert(one) for one in told["alerts"]))
            self._came.notify_all()
        return web.Response()

    async def until(self, expected: Callable[[Notification], bool]) -> Notification:
        """The latest notification, as soon as it is as expected. Raises AssertionError when none is."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._came:
                await self._came.wait_for(lambda: bool(self.notifications) and expected(self.notifications[-1]))
        except TimeoutError:
            told = [sorted((one.name, one.target, one.resolved) for one in told) for told in self.notifications[-1:]]
            raise AssertionError(f"the last of {len(self.notifications)} notifications: {told}") from None
        return self.notifications[-1]


def _alert(told: Mapping[str, Any]) -> Alert:
    return Alert(told["labels"], told["annotations"], told["status"] == "resolved")


@asynccontextmanager
async def webhook() -> AsyncIterator[tuple[str, Webhook]]:
    """Listen on 127.0.0.1 until the context ends; the URL, and what comes."""
    hook = Webhook()
    site = web.Application()
    site.router.add_post("/alerts", hook.receive)
    runner = web.AppRunner(site)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        yield f"http://{host}:{port}/alerts", hook
    finally:
        await runner.cleanup()
