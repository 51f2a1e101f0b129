from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from ocsp_staple_exporter.config import ConfigError, Problem
from ocsp_staple_exporter.web.web_config import access as access_module
from ocsp_staple_exporter.web.web_config import tls as tls_module
from tests.web_config import identities
from tests.web_config.live import TLS, Run, access, basic, hang_up, hashed, site, trusting

MUTUAL = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
SANS = MUTUAL + "  client_allowed_sans: [prometheus.example.com]\n"
REFUSED = (ssl.SSLError, ConnectionError, EOFError)


def test_only_who_knows_the_password_is_answered(tmp_path: Path, run: Run) -> None:
    users = f"basic_auth_users:\n  alice: {hashed(b'secret')}\n  жанна: {hashed('пароль'.encode())}\n"
    cases = {
        (): 401,
        (basic("alice", "secret"),): 200,
        (basic("жанна", "пароль"),): 200,
        (basic("alice", "wrong"),): 401,
        (basic("nobody", "secret"),): 401,
        (basic("alice", "secret" * 1000),): 401,
        ("Authorization: Basic \udcff",): 401,
        ("Authorization: Bearer x",): 401,
    }

    async def ask() -> None:
        async with site(access(tmp_path, users)) as listening:
            for lines, status in cases.items():
                for path in ("/", "/nowhere"):
                    answer = await listening.ask(*lines, path=path)
                    assert answer.status == (404 if (status, path) == (200, "/nowhere") else status), lines
                    if status == 401:
                        assert answer.headers["WWW-Authenticate"] == "Basic"
                        assert answer.body == b"Unauthorized\n"

    run(ask())


def test_the_headers_of_the_file_are_on_every_answer(tmp_path: Path, run: Run) -> None:
    text = (
        "http_server_config: {headers: {X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=1}}\n"
        f"basic_auth_users: {{a: {hashed(b'b')}}}\n"
    )

    async def ask() -> None:
        async with site(access(tmp_path, text)) as listening:
            right = basic("a", "b")
            answers = [
                await listening.ask(),
                await listening.ask(right),
                await listening.ask(right, path="/nowhere"),
                await listening.ask(right, path="/broken"),
                await listening.ask(path="no path at all"),
            ]
        assert [answer.status for answer in answers] == [401, 200, 404, 500, 400]
        for answer in answers:
            assert answer.headers["X-Frame-Options"] == "sameorigin"
            assert answer.headers["Strict-Transport-Security"] == "max-age=1"

    run(ask())


def test_a_blank_header_takes_ours_away(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path, 'http_server_config: {headers: {X-Frame-Options: ""}}')) as listening:
            assert "X-Frame-Options" not in (await listening.ask()).headers
            access(tmp_path, "")
            assert (await listening.ask()).headers["X-Frame-Options"] == "DENY"

    run(ask())


def test_what_aiohttp_answers_by_itself_names_no_version(run: Run) -> None:
    async def ask() -> None:
        async with site() as listening:
            answer = await listening.ask(path="no path at all")
            assert answer.status == 400
            assert answer.headers["Server"] == "ocsp-staple-exporter"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    run(ask())


def test_the_rate_limit_comes_before_the_password(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_module, "REST_SECONDS", 0)
    text = f"rate_limit: {{interval: 1h, burst: 2}}\nbasic_auth_users: {{a: {hashed(b'b')}}}\n"

    async def ask() -> None:
        async with site(access(tmp_path, text)) as listening:
            assert [(await listening.ask()).status for _ in range(3)] == [401, 401, 429]
            access(tmp_path, text.replace("burst: 2", "burst: 1"))
            assert [(await listening.ask(basic("a", "b"))).status for _ in range(2)] == [200, 429]
            access(tmp_path, "")
            assert (await listening.ask()).status == 200

    run(ask())


def test_users_change_without_a_restart(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path, f"basic_auth_users: {{a: {hashed(b'one')}}}")) as listening:
            assert (await listening.ask(basic("a", "one"))).status == 200
            access(tmp_path, f"basic_auth_users: {{a: {hashed(b'two')}}}")
            assert (await listening.ask(basic("a", "one"))).status == 401
            assert (await listening.ask(basic("a", "two"))).status == 200

    run(ask())


@pytest.mark.parametrize("bare", ["", "rate_limit: {}\n", TLS, "basic_auth_users: {}\n"])
def test_a_file_that_may_be_half_written_lets_nobody_in(tmp_path: Path, run: Run, bare: str) -> None:
    users = f"{MUTUAL}basic_auth_users: {{a: {hashed(b'b')}}}"
    identities.write(tmp_path, identities.client("a"), "good")

    async def ask() -> None:
        async with site(access(tmp_path, users)) as listening:
            context, nobody = trusting(tmp_path, "good"), trusting(tmp_path)
            assert (await listening.ask(context=context)).status == 401
            (tmp_path / "web.yml").write_text(bare)
            assert (await listening.ask(context=context)).status == 500
            with pytest.raises(REFUSED):
                await listening.ask(context=nobody)
            (tmp_path / "web.yml").write_text(users)
            assert (await listening.ask(context=context)).status == 401
            assert (await listening.ask(basic("a", "b"), context=context)).status == 200

    run(ask())


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(access_module, "time", clock)
    return clock


def test_users_are_taken_away_by_a_file_that_has_come_to_rest(tmp_path: Path, clock: Clock) -> None:
    guarded = access(tmp_path, f"{TLS}basic_auth_users: {{a: {hashed(b'b')}}}")
    file = tmp_path / "web.yml"
    with structlog.testing.capture_logs() as logs:
        file.write_text("basic_auth_users: {a")  # unusable in between
        assert guarded.settings() is None
        for text in ("", "rate_limit: {}\n"):  # each change begins the rest anew
            clock.now += access_module.REST_SECONDS - 0.1
            file.write_text(text)
            assert guarded.settings() is None
        clock.now += access_module.REST_SECONDS - 0.1
        (tmp_path / "server.pem").write_text("broken")  # neither ends nor prolongs it
        assert [guarded.settings() for _ in range(3)] == [None] * 3
        clock.now += 0.1
        settings = guarded.settings()
    assert settings is not None
    assert not settings.users
    events = [entry["event"] for entry in logs if "no users" in entry["event"]]
    assert [event.partition(", ")[2] for event in events] == [
        "requests are refused until it has come to rest",
        "requests are refused until it has come to rest",
        "everybody may ask",
    ]


def test_a_certificate_renewed_while_the_file_comes_to_rest_does_not_prolong_that(tmp_path: Path, clock: Clock) -> None:
    guarded = access(tmp_path, f"{TLS}basic_auth_users: {{a: {hashed(b'b')}}}")
    (tmp_path / "web.yml").write_text(TLS)
    assert guarded.settings() is None
    identities.write(tmp_path, identities.server(2))
    assert guarded.settings() is None
    clock.now += access_module.REST_SECONDS
    assert guarded.settings() is not None


def test_a_file_that_cannot_be_used_any_more_refuses_requests_and_says_why_once(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            context = trusting(tmp_path)
            with structlog.testing.capture_logs() as logs:
                (tmp_path / "web.yml").write_text("basic_auth_user: {}\n")
                for _ in range(3):
                    assert (await listening.ask(context=context)).status == 500
            assert [entry["log_level"] for entry in logs] == ["error"]
            assert 'basic_auth_user: unknown key (did you mean "basic_auth_users"?)' in logs[0]["problem"]
            (tmp_path / "web.yml").unlink()
            assert (await listening.ask(context=context)).status == 500
            access(tmp_path)
            assert (await listening.ask(context=context)).status == 200

    run(ask())


def test_what_failed_for_no_fault_of_the_file_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_module, "RETRY_SECONDS", 0)
    guarded = access(tmp_path)
    with monkeypatch.context() as failing, structlog.testing.capture_logs() as logs:
        failing.setattr(access_module, "read_web_config", refuse)
        (tmp_path / "web.yml").write_text(f"{TLS}# changed\n")
        assert [guarded.settings() for _ in range(3)] == [None, None, None]
        assert guarded.tls() is not None
    assert [entry["problem"] for entry in logs] == ["web.yml: cannot be read: Too many open files"]
    assert guarded.settings() is not None


def refuse(_: Path) -> NoReturn:
    raise ConfigError([Problem("web.yml", None, None, "cannot be read: Too many open files")])


def test_a_certificate_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_module, "RETRY_SECONDS", 0)
    guarded = access(tmp_path)
    before = guarded.tls()
    with monkeypatch.context() as failing, structlog.testing.capture_logs() as logs:
        failing.setattr(tls_module, "_read", fail)
        identities.write(tmp_path, identities.server(2))
        assert [guarded.tls() for _ in range(3)] == [before] * 3
    assert len(logs) == 2  # the certificate's and the key's, once
    after = guarded.tls()
    assert after is not before
    assert guarded.tls() is after


def fail(*_: object) -> NoReturn:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def served_number(port: int, context: ssl.SSLContext) -> int:
    """The serial number of the certificate that a new connection gets."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    number = writer.get_extra_info("peercert")["serialNumber"]
    await hang_up(writer)
    return int(number, 16)


def test_a_renewed_certificate_is_served_without_a_restart(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            context = trusting(tmp_path)
            assert await served_number(listening.port, context) == 1
            reader, writer = await listening.connect(context)
            identities.write(tmp_path, identities.server(2))
            assert await served_number(listening.port, context) == 2
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # connections that are open go on
            assert await reader.readuntil(b"here you are")
            await hang_up(writer)

    run(ask())


def test_a_renewal_caught_half_done_keeps_the_last_good_certificate(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            context = trusting(tmp_path)
            other = identities.server(2)
            with structlog.testing.capture_logs() as logs:
                (tmp_path / "server.pem").write_bytes(other.chain_pem)
                assert await served_number(listening.port, context) == 1
                assert (await listening.ask(context=context)).status == 200
            assert ["does not belong to the certificate" in entry["problem"] for entry in logs] == [True]
            (tmp_path / "server.key").write_bytes(other.key_pem)
            assert await served_number(listening.port, context) == 2
            (tmp_path / "server.key").unlink()
            assert await served_number(listening.port, context) == 2

    run(ask())


def test_tls_can_be_turned_on_but_not_off_without_a_restart(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path, "")) as listening:
            assert (await listening.ask()).status == 200
            access(tmp_path, TLS)
            assert (await listening.ask(context=trusting(tmp_path))).status == 200
            with structlog.testing.capture_logs() as logs:
                access(tmp_path, "")
                with pytest.raises(REFUSED):
                    await listening.ask()
                assert (await listening.ask(context=trusting(tmp_path))).status == 200
            assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
                "TLS stays on until a restart: the web configuration no longer names a certificate"
            ]

    run(ask())


@pytest.mark.parametrize("maximum", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
def test_only_clients_with_a_good_certificate_get_in(tmp_path: Path, run: Run, maximum: ssl.TLSVersion) -> None:
    clients = {
        "good": (identities.client("prometheus.example.com"), True),
        "stranger": (identities.client("prometheus.example.com", issuer=identities.STRANGER), False),
        "of a server": (identities.client("prometheus.example.com", purpose="server"), False),
        "other": (identities.client("grafana.example.com"), False),
        "nameless": (identities.client(), False),
    }
    for stem, (identity, _) in clients.items():
        identities.write(tmp_path, identity, stem)

    async def ask() -> None:
        async with site(access(tmp_path, SANS)) as listening:
            for stem, allowed in [(None, False), *((stem, allowed) for stem, (_, allowed) in clients.items())]:
                context = trusting(tmp_path, stem)
                context.maximum_version = maximum
                if allowed:
                    assert (await listening.ask(context=context)).status == 200
                else:
                    with pytest.raises(REFUSED):
                        await listening.ask(context=context)
            access(tmp_path, MUTUAL)
            assert (await listening.ask(context=trusting(tmp_path, "other"))).status == 200

    run(ask())


def test_a_certificate_may_be_given_or_not_but_not_a_bad_one(tmp_path: Path, run: Run) -> None:
    identities.write(tmp_path, identities.client("a"), "good")
    identities.write(tmp_path, identities.client("a", issuer=identities.STRANGER), "stranger")
    text = TLS + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n"

    async def ask() -> None:
        async with site(access(tmp_path, text)) as listening:
            assert (await listening.ask(context=trusting(tmp_path))).status == 200
            assert (await listening.ask(context=trusting(tmp_path, "good"))).status == 200
            with pytest.raises(REFUSED):
                await listening.ask(context=trusting(tmp_path, "stranger"))

    run(ask())


def test_other_authorities_count_without_a_restart(tmp_path: Path, run: Run) -> None:
    identities.write(tmp_path, identities.client("a"), "good")

    async def ask() -> None:
        async with site(access(tmp_path, MUTUAL)) as listening:
            context = trusting(tmp_path, "good")
            assert (await listening.ask(context=context)).status == 200
            (tmp_path / "ca.pem").write_bytes(identities.STRANGER.certificate_pem)
            with pytest.raises(REFUSED):
                await listening.ask(context=context)

    run(ask())


def test_an_intermediate_may_be_trusted_by_itself(tmp_path: Path, run: Run) -> None:
    identities.write(tmp_path, identities.client("a", issuer=identities.INTERMEDIATE), "below")
    identities.write(tmp_path, identities.client("a"), "beside")

    async def ask() -> None:
        async with site(access(tmp_path, MUTUAL)) as listening:
            (tmp_path / "ca.pem").write_bytes(identities.INTERMEDIATE.certificate_pem)
            assert (await listening.ask(context=trusting(tmp_path, "below"))).status == 200
            with pytest.raises(REFUSED):
                await listening.ask(context=trusting(tmp_path, "beside"))

    run(ask())


VERSIONS = [
    ("min_version: TLS13", ssl.TLSVersion.TLSv1_2, None),
    ("min_version: TLS13", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
    ("max_version: TLS12", ssl.TLSVersion.TLSv1_3, "TLSv1.2"),
    ("min_version: TLS12", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
    ("min_version: TLS12", ssl.TLSVersion.TLSv1_1, None),
    ("min_version: TLS11", ssl.TLSVersion.TLSv1_1, "TLSv1.1"),
    ("min_version: TLS10", ssl.TLSVersion.TLSv1, "TLSv1"),
]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize(("line", "highest", "version"), VERSIONS)
def test_versions_are_kept_to(
    tmp_path: Path, run: Run, line: str, highest: ssl.TLSVersion, version: str | None
) -> None:
    context = trusting(tmp_path)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = highest

    async def ask() -> None:
        async with site(access(tmp_path, f"{TLS}  {line}\n")) as listening:
            if version is None:
                with pytest.raises(REFUSED):
                    await listening.connect(context)
                return
            _, writer = await listening.connect(context)
            assert writer.get_extra_info("ssl_object").version() == version
            await hang_up(writer)

    run(ask())


@pytest.mark.parametrize(
    ("order", "prefer", "offered", "chosen"),
    [
        ("AES_256_GCM_SHA384 AES_128_GCM_SHA256", "true", "128:256", "256"),
        ("AES_128_GCM_SHA256 AES_256_GCM_SHA384", "true", "256:128", "128"),
        ("AES_128_GCM_SHA256 AES_256_GCM_SHA384", "false", "256:128", "256"),
        ("AES_128_GCM_SHA256", "true", "256", None),
    ],
)
def test_suites_are_kept_to_in_the_order_of_the_side_that_is_preferred(
    tmp_path: Path, run: Run, order: str, prefer: str, offered: str, chosen: str | None
) -> None:
    suites = ", ".join(f"TLS_ECDHE_ECDSA_WITH_{suite}" for suite in order.split())
    names = {"128": "ECDHE-ECDSA-AES128-GCM-SHA256", "256": "ECDHE-ECDSA-AES256-GCM-SHA384"}
    context = trusting(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(names[one] for one in offered.split(":")))
    text = f"{TLS}  cipher_suites: [{suites}]\n  prefer_server_cipher_suites: {prefer}\n"

    async def ask() -> None:
        async with site(access(tmp_path, text)) as listening:
            if chosen is None:
                with pytest.raises(REFUSED):
                    await listening.connect(context)
                return
            _, writer = await listening.connect(context)
            assert writer.get_extra_info("ssl_object").cipher()[0] == names[chosen]
            await hang_up(writer)

    run(ask())


@pytest.mark.parametrize(
    ("curve", "offered", "agreed"), [("CurveP384", "secp384r1", True), ("X25519", "secp521r1", False)]
)
def test_the_curve_is_kept_to(tmp_path: Path, run: Run, curve: str, offered: str, agreed: bool) -> None:  # noqa: FBT001
    context = trusting(tmp_path)
    context.set_ecdh_curve(offered)

    async def ask() -> None:
        async with site(access(tmp_path, f"{TLS}  curve_preferences: [{curve}]\n")) as listening:
            if agreed:
                assert (await listening.ask(context=context)).status == 200
            else:
                with pytest.raises(REFUSED):
                    await listening.ask(context=context)

    run(ask())


def test_http_on_a_tls_port_ends_quietly(tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            with pytest.raises(REFUSED):
                await listening.ask()
            with socket.create_connection(("127.0.0.1", listening.port)):
                pass  # a port scan
            assert (await listening.ask(context=trusting(tmp_path))).status == 200

    run(ask())
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


def test_a_client_that_would_speak_http_2_gets_http_1_1(tmp_path: Path, run: Run) -> None:
    async def ask() -> None:
        async with site(access(tmp_path)) as listening:
            for offered, chosen in ((["h2", "http/1.1"], "http/1.1"), (["h2"], None)):
                context = trusting(tmp_path)
                context.set_alpn_protocols(offered)
                _, writer = await listening.connect(context)
                assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == chosen
                await hang_up(writer)

    run(ask())
