"""The exporter as its users run it: a process of its own, with a config file."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PLAIN_ASYNCIO = "import sys; sys.modules['uvloop'] = None\n"
MAIN = "from ocsp_staple_exporter.cli import main; main()"


class Exporter:
    """A running exporter. What it wrote to stderr so far is in `log`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.log)

    async def until(self, pattern: str) -> re.Match[str]:
        """Read the log up to the first line that has `pattern` in it."""
        while True:
            line = await self._line()
            found = re.search(pattern, line)
            if found:
                return found

    async def listening(self) -> str:
        """The URL of the first address that it listens on."""
        found = await self.until(r'msg=listening address="?([^\s"]+)')
        return f"http://{found[1]}"

    async def rest(self) -> int:
        """Wait for the end; the exit status."""
        assert self.process.stderr is not None
        self.log += (await self.process.stderr.read()).decode().splitlines()
        return await self.process.wait()

    async def _line(self) -> str:
        assert self.process.stderr is not None
        line = (await self.process.stderr.readline()).decode().rstrip("\n")
        assert line or not self.process.stderr.at_eof(), f"the exporter ended: {self.text}"
        self.log.append(line)
        return line


@asynccontextmanager
async def exporter(config: Path, *flags: str, prelude: str = "") -> AsyncIterator[Exporter]:
    """Run the exporter with that config on a port that the kernel chooses; it is killed at the end."""
    arguments = [f"--config.file={config}", "--web.listen-address=127.0.0.1:0", *flags]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-c",
        prelude + MAIN,
        *arguments,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONDEVMODE": "1"},
    )
    try:
        async with asyncio.timeout(30):
            yield Exporter(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
