from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.diagnosis import diagnose
from ocsp_staple_exporter.lab.apache import LOADED, MODULES
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.nginx import PACKAGE
from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Observation, ProbeFailure, ProbeResult, Reason
from tests.diagnosis import ill_results as ill
from tests.real_servers.conftest import require

DIRECTORY = Path(__file__).parents[2] / "docs" / "runbooks"
PAGES = {file.stem: file.read_text(encoding="utf-8") for file in sorted(DIRECTORY.glob("*.md"))}

ALERTS = (
    "OCSPMustStapleMissing",
    "OCSPCertificateRevoked",
    "OCSPCertificateUnknown",
    "OCSPStapleStale",
    "OCSPStapleExpiringSoon",
    "OCSPStapleRefreshOverdue",
    "OCSPStapleMissing",
    "OCSPStapleMissingSometimes",
    "OCSPStapleInvalid",
    "OCSPErrorResponseStapled",
    "OCSPStapleOutlivesResponder",
    "OCSPStapleOutlivesCertificate",
    "OCSPProbeFailing",
    "OCSPProbeOverdue",
    "OCSPStapleExporterDown",
    "OCSPStapleTargetsMissing",
    "OCSPStapleExporterReloadFailed",
    "OCSPStapleDiscoveryFailing",
    "OCSPStapleShardMissing",
    "OCSPStapleShardsMismatched",
)
SET_UP = ("turn-stapling-on-nginx", "turn-stapling-on-apache")
SECTIONS = ("What visitors notice", "Confirm", "When the CA is at fault", "Silence")
CLIENTS = ("Firefox", "Chrome", "Safari", "Java", "GnuTLS", "OpenSSL|curl")
SERVERS = ("nginx", "Apache", "HAProxy", "Caddy", "Envoy", "lighttpd", "hitch", "stunnel", "IIS", "Java")

TLS = "/etc/nginx/tls"


def fences(page: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGES[page], re.DOTALL | re.MULTILINE)


def every(language: str) -> list[tuple[str, str]]:
    return [(page, code) for page in PAGES for code in fences(page, language)]


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", PAGES[page], re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_is_a_page_for_each_alert_and_the_index_lists_them_all() -> None:
    assert set(PAGES) == {*ALERTS, *SET_UP, "README"}
    for page in (*ALERTS, *SET_UP):
        assert f"({page}.md)" in PAGES["README"]


@pytest.mark.parametrize("page", ALERTS)
def test_a_page_has_every_section_and_speaks_of_every_client_and_server(page: str) -> None:
    text = PAGES[page]

    assert text.startswith(f"# {page}\n")
    for section in SECTIONS:
        assert f"\n## {section}\n" in text
    for client in CLIENTS:
        assert re.search(client, text), client
    for server in SERVERS:
        assert server in text, server
    assert f"alertname={page}" in text
    assert fences(page, "sh")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        file, _, fragment = link.partition("#")
        target = file.removesuffix(".md") or page
        assert target in PAGES, link
        assert not fragment or fragment in anchors(target), link


@pytest.mark.parametrize(("page", "code"), every("sh"))
def test_every_command_is_whole(page: str, code: str) -> None:
    done = subprocess.run(["sh", "-n"], input=code, text=True, capture_output=True, check=False)

    assert done.returncode == 0, (page, done.stderr)


@pytest.mark.parametrize("result", [made(reason) for reason in Reason for made in (ill.with_error, ill.with_warning)])
def test_the_runbook_of_a_diagnosis_names_the_reason(result: ProbeResult) -> None:
    diagnosis = diagnose(result)

    assert diagnosis is not None
    assert isinstance(result.outcome, Observation)
    assessment = result.outcome.assessment
    for finding in (*assessment.errors, *assessment.warnings):
        assert f"`{finding.reason.value}`" in PAGES[diagnosis.runbook]


@pytest.mark.parametrize("failure", ProbeFailure)
def test_the_runbook_of_failing_probes_names_every_reason(failure: ProbeFailure) -> None:
    assert f"`{failure.value}`" in PAGES["OCSPProbeFailing"]


def test_a_table_gives_no_alignment() -> None:
    """It would become a style attribute, which the Content-Security-Policy forbids."""
    assert not re.search(r"^\|[\s|-]*:", "".join(PAGES.values()), re.MULTILINE)


@pytest.fixture(scope="module")
def issuer() -> Authority:
    return Authority.root(now=datetime.now(UTC)).issue_authority()


@pytest.fixture
def files(issuer: Authority, tmp_path: Path) -> Path:
    leaf: Identity = issuer.issue_leaf("www.example.org", ocsp_urls=["http://127.0.0.1:9/"])
    for name, content in {
        "chain.pem": leaf.chain_pem,
        "key.pem": leaf.key_pem,
        "trusted.pem": pem(issuer.der),
        "der": staple(leaf, issuer, now=datetime.now(UTC)),
    }.items():
        (tmp_path / f"www.example.org.{name}").write_bytes(content)
    return tmp_path


@pytest.mark.real_server
@pytest.mark.parametrize(("page", "code"), every("nginx"))
def test_nginx_takes_every_configuration(page: str, code: str, files: Path) -> None:
    require("nginx", PACKAGE)
    own = "ssl_certificate " in code
    identity = f"ssl_certificate {TLS}/www.example.org.chain.pem; ssl_certificate_key {TLS}/www.example.org.key.pem;"
    block = f"{'' if 'listen' in code else 'listen 443 ssl;'} {'' if own else identity}\n{code}"
    configuration = files / "nginx.conf"
    configuration.write_text(
        f"pid {files}/pid; events {{}} http {{ access_log off; server {{ {block.replace(TLS, str(files))} }} }}"
    )
    command = [find_program("nginx", package=PACKAGE), "-t", "-p", str(files), "-c", str(configuration), "-e", "stderr"]

    done = subprocess.run(command, text=True, capture_output=True, check=False)

    assert done.returncode == 0, (page, done.stderr)


@pytest.mark.real_server
@pytest.mark.parametrize("page", sorted({page for page, _ in every("apache")}))
def test_apache_takes_all_configuration_of_a_page_together(page: str, files: Path) -> None:
    require("apache2", "apache2")
    code = "\n".join(fences(page, "apache")).replace("/etc/apache2/tls", str(files))
    cache = "" if "SSLStaplingCache" in code else f'SSLStaplingCache "shmcb:{files}/stapling(128000)"'
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in LOADED)
    configuration = files / "httpd.conf"
    configuration.write_text(
        f"{modules}User www-data\nGroup www-data\nServerName localhost\nErrorLog {files}/error.log\n"
        f"PidFile {files}/pid\nDefine APACHE_RUN_DIR {files}\nListen 127.0.0.1:1 https\n{cache}\n{code}\n"
    )
    command = [find_program("apache2", package="apache2"), "-t", "-d", str(files), "-f", str(configuration)]

    done = subprocess.run(command, text=True, capture_output=True, check=False)

    assert done.returncode == 0, (page, done.stderr)
