"""Every command of the pages that turn stapling on, one after the other, against the server itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.responder import Signed
from tests.real_servers.openssl_reader import read_with_openssl
from tests.runbooks.conftest import NAME, Done, Machine
from tests.runbooks.test_runbook_texts import PAGES, fences

pytestmark = pytest.mark.real_server

NGINX_PAGE = "turn-stapling-on-nginx"
APACHE_PAGE = "turn-stapling-on-apache"
BOTH = "cat intermediate.pem root.pem"


def inline(page: str, start: str) -> str:
    """A command that stands within a sentence of the page."""
    found = re.search(rf"`({re.escape(start)}[^`]*)`", PAGES[page])
    assert found, start
    return found[1]


async def test_every_command_of_nginxs_page_works_in_order(nginx_machine: Machine) -> None:
    machine = nginx_machine
    address, convert, chain, reload, check, renew = fences(NGINX_PAGE, "sh")
    block, file_block = fences(NGINX_PAGE, "nginx")

    assert await machine.run_well(address) == f"{machine.responder.url}\n"
    await machine.run_well(convert)
    await machine.run_well(chain)
    machine.write("etc/nginx/site.conf", block)
    assert "ignored" not in await machine.run_well(reload)
    assert_is_good(await machine.run_well(check))

    await machine.run_well(renew)
    machine.write("etc/nginx/site.conf", block + "".join(new_lines(file_block, block)))
    await machine.run_well(renew)
    reading = await read_with_openssl("127.0.0.1", machine.port, NAME)
    assert reading.staple == machine.responder.sent[-1]


def new_lines(block: str, other: str) -> list[str]:
    return [line for line in block.splitlines(keepends=True) if line not in other]


def assert_is_good(output: str) -> None:
    """As both pages describe the good answer."""
    for line in ("OCSP Response Status: successful (0x0)", "Cert Status: good", "Next Update"):
        assert line in output
    assert re.search(r"^good", output, re.MULTILINE), output


async def test_nginxs_page_shows_that_the_root_is_missing_from_the_trusted_file(
    nginx_machine: Machine, issuer: Authority, leaf: Identity
) -> None:
    """Seen with a delegated responder only: nginx trusts any signer that its own chain holds."""
    machine = nginx_machine
    machine.responder.answer(leaf, issuer, Signed(signer=issuer.issue_responder()))
    _, convert, chain, reload, check, _ = fences(NGINX_PAGE, "sh")
    await machine.run_well(convert)
    await machine.run_well(chain.replace(BOTH, "cat intermediate.pem"))
    machine.write("etc/nginx/site.conf", fences(NGINX_PAGE, "nginx")[0])
    await machine.run_well(reload)

    assert (await machine.run(check)).status != 0
    assert "OCSP_basic_verify() failed" in await machine.run_well(inline(NGINX_PAGE, "grep -iE"))

    await machine.run_well(chain)
    await machine.run_well(reload)
    assert_is_good(await machine.run_well(check))


async def test_nginxs_page_shows_that_the_intermediate_is_missing(nginx_machine: Machine) -> None:
    machine = nginx_machine
    _, convert, chain, reload, check, _ = fences(NGINX_PAGE, "sh")
    await machine.run_well(convert)
    await machine.run_well(chain.replace("cat leaf.pem intermediate.pem", "cat leaf.pem").replace(BOTH, "cat root.pem"))
    machine.write("etc/nginx/site.conf", fences(NGINX_PAGE, "nginx")[0])

    assert '"ssl_stapling" ignored' in await machine.run_well(reload)
    assert (await machine.run(check)).status != 0


async def test_nginxs_page_shows_that_the_root_is_another_cas(nginx_machine: Machine) -> None:
    machine = nginx_machine
    _, convert, chain, *_ = fences(NGINX_PAGE, "sh")
    (machine.root / "home/root.pem").write_bytes(Authority.root(now=datetime.now(UTC)).certificate_pem)
    await machine.run_well(convert)

    done = await machine.run(chain)

    assert done.status != 0
    assert "verification failed" in done.output
    assert not (machine.root / "etc/nginx/tls").exists()


async def set_up_apache(machine: Machine, chain: str) -> None:
    """The page up to its step 5."""
    address, convert, _, modules, *_ = fences(APACHE_PAGE, "sh")
    options, host = fences(APACHE_PAGE, "apache")
    assert await machine.run_well(address) == f"{machine.responder.url}\n"
    await machine.run_well(convert)
    await machine.run_well(chain)
    await machine.run_well(modules)
    machine.write("etc/apache2/conf-available/stapling.conf", options)
    await machine.run_well(inline(APACHE_PAGE, "a2enconf"))
    machine.write("etc/apache2/sites-enabled/site.conf", host)


async def test_every_command_of_apaches_page_works_in_order(apache_machine: Machine) -> None:
    machine = apache_machine
    _, _, chain, _, reload, errors, check = fences(APACHE_PAGE, "sh")
    await set_up_apache(machine, chain)

    await machine.run_well(reload)
    assert await machine.run(errors) == Done(1, "")
    assert_is_good(await machine.run_well(check))


async def test_apaches_page_shows_that_the_intermediate_is_missing(apache_machine: Machine) -> None:
    machine = apache_machine
    _, _, chain, _, reload, errors, check = fences(APACHE_PAGE, "sh")
    await set_up_apache(machine, chain.replace("cat leaf.pem intermediate.pem", "cat leaf.pem"))

    await machine.run_well(reload)
    assert "AH02217" in await machine.run_well(errors)
    assert (await machine.run(check)).status != 0
