"""What a browser did that these pages never have it do."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError
from yarl import URL


@dataclass
class Witness:
    """Watches all that is loaded in one context of the browser."""

    home: str
    """The origin that everything must come from."""

    complaints: list[str] = field(default_factory=list)
    _navigations: set[str] = field(default_factory=set)
    """Documents that a test asked for; their status is the test's to judge."""

    @classmethod
    def of(cls, context: BrowserContext, home: str) -> Witness:
        """Watch from now on."""
        witness = cls(home)
        context.on("request", witness._requested)
        context.on("requestfailed", witness._failed)
        context.on("response", witness._answered)
        context.on("console", witness._logged)
        context.on("weberror", witness._raised)
        context.on("dialog", witness._opened)
        return witness

    def _requested(self, request: Request) -> None:
        if request.is_navigation_request():
            self._navigations.add(request.url)
        if request.url != "about:blank" and URL(request.url).origin() != URL(self.home).origin():
            self.complaints.append(f"asked another origin: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser itself turned away, to another page or to a download
            self.complaints.append(f"request failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"status {response.status}: {response.url}")

    def _logged(self, message: ConsoleMessage) -> None:
        """Violations of the Content-Security-Policy are among the errors."""
        is_status = message.text.startswith("Failed to load resource: the server responded")
        if is_status and message.location["url"] in self._navigations:
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _raised(self, error: WebError) -> None:
        self.complaints.append(f"a script raised: {error.error}")

    async def _opened(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog opened: {dialog.message}")
        await dialog.dismiss()
