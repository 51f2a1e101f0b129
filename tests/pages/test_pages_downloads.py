from __future__ import annotations

import asyncio
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from ocsp_staple_exporter.model import Observation, ProbeResult
from ocsp_staple_exporter.web.pages.commands import judge_staple, read_staple
from tests.exposition import made_results as made
from tests.pages.pages_site import site_of


def seen(result: ProbeResult) -> Observation:
    assert isinstance(result.outcome, Observation)
    return result.outcome


async def files_of(result: ProbeResult) -> dict[str, tuple[str, bytes]]:
    """Content type and bytes of each file, by the name that it is saved under."""
    found = {}
    async with site_of(results=[result]) as site:
        for name in ("staple.der", "staple.pem", "chain.pem"):
            response, body = await site.ask(f"/endpoints/{result.endpoint.id}/{name}")
            assert response.status == 200
            assert response.headers["Cache-Control"] == "no-store"
            disposition = re.fullmatch('attachment; filename="([!-~]+)"', response.headers["Content-Disposition"])
            assert disposition is not None
            found[disposition[1]] = response.headers["Content-Type"], body
    return found


async def test_staple_and_chain_are_what_the_server_sent(lab_results: dict[str, ProbeResult]) -> None:
    result = lab_results["stale.test"]
    files = await files_of(result)
    content_type, der = files["stale.test.staple.der"]
    assert (content_type, der) == ("application/ocsp-response", seen(result).handshake.staple)
    assert files["stale.test.staple.pem"][1].startswith(b"-----BEGIN OCSP RESPONSE-----\n")
    assert files["stale.test.chain.pem"][1].count(b"BEGIN CERTIFICATE") == len(seen(result).handshake.chain)
    assert all(len(line) <= 64 for _, body in files.values() if body != der for line in body.splitlines())


async def test_openssl_reads_what_was_downloaded(lab_results: dict[str, ProbeResult], tmp_path: Path) -> None:
    async def output(command: str) -> str:
        words = shlex.split(command)
        process = await asyncio.create_subprocess_exec(*words, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0].decode()

    for name, (_, body) in (await files_of(lab_results["stale.test"])).items():
        (tmp_path / name).write_bytes(body)
    assert "OCSP Response Status: successful" in await output(read_staple("stale.test.staple.der"))
    assert "Total found: 2" in await output("openssl storeutl -noout -certs stale.test.chain.pem")


@pytest.mark.parametrize(
    ("target", "stem"),
    [
        ("www.example.org:443", "www.example.org_443"),
        ("../../etc/passwd", "etc_passwd"),
        ('a"; filename="evil.exe', "a_filename_evil.exe"),
        ("line\r\nSet-Cookie: a=b", "line_Set-Cookie_a_b"),
        ("Größe ☃", "Gr_e"),
        ("☃", made.endpoint("☃").id),
        ("-rf", "rf"),
        ("x" * 500, "x" * 80),
    ],
)
async def test_files_have_safe_names_whatever_the_target_is_called(target: str, stem: str) -> None:
    files = await files_of(made.result(of=made.endpoint(target)))
    assert list(files) == [f"{stem}.staple.der", f"{stem}.staple.pem", f"{stem}.chain.pem"]


@pytest.mark.parametrize("name", ["staple.der", "staple.pem", "chain.pem", "key.pem"])
async def test_a_file_that_does_not_exist_is_not_found(name: str) -> None:
    failed, waiting = made.endpoint("failed"), made.endpoint("waiting")
    async with site_of([waiting], [made.result(made.REFUSED, of=failed)]) as site:
        for endpoint_id in (failed.id, waiting.id, "unknown"):
            response, _ = await site.ask(f"/endpoints/{endpoint_id}/{name}")
            assert response.status == 404


@pytest.mark.parametrize("staple", [None, b""])
async def test_there_is_no_file_of_a_staple_without_bytes(staple: bytes | None) -> None:
    observation = made.observation(made.ABSENT if staple is None else made.MALFORMED)
    handshake = replace(observation.handshake, staples=(staple, None))
    result = made.result(replace(observation, handshake=handshake))
    async with site_of(results=[result]) as site:
        page = await site.page(f"/endpoints/{result.endpoint.id}")
        assert [link["href"].rpartition("/")[2] for link in page.all("a", having="download")] == ["chain.pem"]
        assert (await site.ask(f"/endpoints/{result.endpoint.id}/staple.der"))[0].status == 404
        assert (await site.ask(f"/endpoints/{result.endpoint.id}/chain.pem"))[0].status == 200


def test_commands_survive_a_shell() -> None:
    hostile = "a b;$(id).der"
    assert shlex.split(read_staple(hostile))[3] == hostile
    assert shlex.split(judge_staple(hostile, "c.pem"))[3] == hostile
