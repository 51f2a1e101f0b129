"""`check --starttls`: what is said before TLS, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager

import pytest

from ocsp_staple_exporter.check.options import WRONG_USE
from tests.check.hosts_to_check import opened, run
from tests.probe.hosts import host

GREETING = b"554 No SMTP service here\r\n"


async def _behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(GREETING)
    await reader.read()


def _mail_host() -> AbstractAsyncContextManager[int]:
    return host(_behave)


def test_a_server_that_turns_us_away_is_explained_with_its_own_words() -> None:
    with opened(_mail_host) as port:
        result = run("--starttls", "smtp", f"127.0.0.1:{port}")
    assert result.exit_code == 4
    assert '127.0.0.1 turns the exporter away: it said "554 No SMTP service here"' in " ".join(result.stdout.split())
    assert (
        f"openssl s_client -connect 127.0.0.1:{port} -starttls smtp -noservername -status </dev/null" in result.stdout
    )


def test_without_the_option_the_same_server_is_no_tls_server() -> None:
    with opened(_mail_host) as port:
        (checked,) = json.loads(run("--json", f"127.0.0.1:{port}").stdout)["hosts"]
    assert checked["error"]["reason"] == "not_tls"
    assert any("starttls: smtp" in (fix["snippet"] or "") for fix in checked["diagnosis"]["fixes"])


def test_the_reason_and_the_phase_are_in_the_json() -> None:
    with opened(_mail_host) as port:
        (checked,) = json.loads(run("--json", "--starttls=smtp", f"127.0.0.1:{port}").stdout)["hosts"]
    assert checked["error"] == {"reason": "starttls_turned_away", "detail": 'it said "554 No SMTP service here"'}
    assert checked["durations_seconds"]["starttls"] > 0
    assert checked["durations_seconds"]["handshake"] is None


@pytest.mark.parametrize("word", ["SMTP", "smtps", "https"])
def test_a_protocol_that_is_none_is_a_wrong_use(word: str) -> None:
    result = run("--starttls", word, "mail.example")
    assert result.exit_code == WRONG_USE
    assert "'xmpp-server'" in result.stderr
