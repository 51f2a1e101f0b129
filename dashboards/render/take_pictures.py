"""Takes the pictures of docs/dashboards.md: `python -m dashboards.render.take_pictures`.

Debian's Prometheus scrapes the demo after days of made history; Chromium draws the panels with Grafana's
libraries. Needs `npm install --ignore-scripts && npx vite build` in this directory first.
"""

from __future__ import annotations

import asyncio
import functools
import http.server
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import async_playwright

from ocsp_staple_exporter.lab.prometheus import prometheus, scrape
from tests.dashboards.made_past import PAST, TEAMS, write_blocks
from tests.demo.running import address_of_metrics, demo, read_until

HERE = Path(__file__).parent
BUILT = HERE / "dist"
PICTURES = HERE.parents[1] / "docs" / "images"

JOB, INSTANCE = "ocsp-staple", "localhost:10627"
DAYS = timedelta(days=6)
LOOKBACK = timedelta(minutes=5)
"""The made past ends so long ago, for Prometheus shows a sample that long."""

SHOTS = {
    "dashboard-fleet.png": {"dashboard": "ocsp-staple-fleet", "hours": "48", "var-label": "team"},
    "dashboard-endpoint.png": {"dashboard": "ocsp-staple-endpoint", "hours": "132", "var-target": "expiring-soon.test"},
    "dashboard-exporter.png": {"dashboard": "ocsp-staple-exporter", "hours": "48"},
}


def make_past(directory: Path) -> None:
    end = datetime.now(UTC) - LOOKBACK
    write_blocks(directory, end - DAYS, end, timedelta(minutes=2), (("job", JOB), ("instance", INSTANCE)))


@contextmanager
def site() -> Iterator[str]:
    """What vite built, and the committed dashboards beside it."""
    (BUILT / "dashboards").mkdir(exist_ok=True)
    for file in HERE.parent.glob("*.json"):
        shutil.copy(file, BUILT / "dashboards")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(BUILT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


async def take(page_url: str, prometheus_url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, question in SHOTS.items():
            page = await browser.new_page(viewport={"width": 1616, "height": 900})
            await page.goto(f"{page_url}?{urlencode({'prometheus': prometheus_url, **question})}")
            await page.wait_for_function("document.title === 'done'")
            await page.screenshot(path=PICTURES / name, full_page=True)
            await page.close()
        await browser.close()


async def main() -> None:
    relabelling = [
        {"source_labels": ["target"], "regex": "|".join(targets), "target_label": "team", "replacement": team}
        for team, targets in TEAMS.items()
    ]
    with tempfile.TemporaryDirectory() as name, demo("--web.listen-address", "127.0.0.1:0") as process, site() as url:
        make_past(Path(name))
        address = address_of_metrics(read_until(process, "Ctrl-C"))
        found = [{"targets": [address], "labels": {"instance": INSTANCE}}]
        job = {**scrape(job=JOB, metric_relabel_configs=relabelling), "static_configs": found}
        async with prometheus([job], Path(name), scrape_interval=timedelta(seconds=2)) as server:
            await server.wait_for(f"count(ocsp_staple_response_info) > {len(PAST) // 2}")
            await take(url, server.url)


if __name__ == "__main__":
    asyncio.run(main())
