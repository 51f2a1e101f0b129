"""Servers for the pages that turn stapling on: real ones, each under a root directory of its own."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shlex
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab import apache, nginx
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.process import ADMINISTRATORS_PATH, find_program, reserved_port, running
from ocsp_staple_exporter.lab.responder import Responder, ocsp_responder
from tests.real_servers.conftest import require

NAME = "www.example.org"
COMMAND_SECONDS = 30.0

SUBSTITUTIONS = {
    "/etc/": "{root}/etc/",
    "/var/log/": "{root}/var/log/",
    f"-connect {NAME}:443": "-connect 127.0.0.1:{port}",
    f"check {NAME}\n": f"check 127.0.0.1:{{port}} --server-name {NAME}\n",
    "listen 443 ssl;": "listen 127.0.0.1:{port} ssl;",
    "<VirtualHost *:443>": "<VirtualHost 127.0.0.1:{port}>",
}
"""All that the tests change in what a page says: where files stand and where the server listens."""

NGINX = """
{account}
daemon off;
pid {root}/nginx.pid;
error_log {root}/var/log/nginx/error.log notice;
events {{ }}
http {{
    access_log off;
    {temporary}
    server {{
        include {root}/etc/nginx/site.conf;
        return 204;
    }}
}}
"""

NGINX_COMMAND = "#!/bin/sh\nexec {program} -p {root} -c {root}/etc/nginx/nginx.conf -e {root}/var/log/nginx/error.log"

RELOAD = """#!/bin/sh
# Ends when the server has taken up its new configuration.
taken() {{ grep -c '{sign}' {log} || true; }}
before=$(taken)
{command} || exit
[ "{reloads}" ] || exit 0
for _ in $(seq 200); do
  [ "$(taken)" -gt "$before" ] && exit 0
  sleep 0.05
done
exit 70
"""


@dataclass(frozen=True)
class Done:
    status: int
    output: str


@dataclass(frozen=True)
class Machine:
    """A server to set up, under a root directory of its own."""

    root: Path
    port: int
    environment: Mapping[str, str]
    responder: Responder

    def here(self, text: str) -> str:
        for page, test in SUBSTITUTIONS.items():
            text = text.replace(page, test.format(root=self.root, port=self.port))
        return text

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(self.here(text))

    async def run(self, code: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", self.here(code)),
            cwd=self.root / "home",
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS)
        assert process.returncode is not None
        return Done(process.returncode, output.decode())

    async def run_well(self, code: str) -> str:
        done = await self.run(code)
        assert done.status == 0, (code, done.output)
        return done.output


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
async def responder() -> AsyncIterator[Responder]:
    async with ocsp_responder() as opened:
        yield opened


@pytest.fixture
def issuer() -> Authority:
    return Authority.root(now=datetime.now(UTC)).issue_authority()


@pytest.fixture
def leaf(issuer: Authority, responder: Responder) -> Identity:
    leaf = issuer.issue_leaf(NAME, ocsp_urls=[responder.url])
    responder.answer(leaf, issuer)
    return leaf


@pytest.fixture
def root(issuer: Authority, leaf: Identity, tmp_path: Path) -> Path:
    """What the CA gave: the intermediate in DER, all else in PEM."""
    for directory in ("home", "bin", "run", "lock", "state", "etc", "var/log/nginx", "var/log/apache2"):
        (tmp_path / directory).mkdir(parents=True)
    assert issuer.parent
    home = tmp_path / "home"
    (home / "leaf.pem").write_bytes(leaf.certificate_pem)
    (home / f"{NAME}.key.pem").write_bytes(leaf.key_pem)
    (home / "intermediate.cer").write_bytes(issuer.der)
    (home / "root.pem").write_bytes(issuer.parent.certificate_pem)
    return tmp_path


@pytest.fixture
def environment(root: Path) -> dict[str, str]:
    path = (str(root / "bin"), str(Path(sys.executable).parent), os.environ["PATH"], *ADMINISTRATORS_PATH)
    return {**os.environ, "PATH": os.pathsep.join(path)}


@pytest.fixture
def nginx_machine(root: Path, environment: dict[str, str], responder: Responder) -> Iterator[Machine]:
    """nginx that serves HTTP; `nginx` and `systemctl reload nginx` concern this one."""
    require("nginx", nginx.PACKAGE)
    (root / "etc/nginx").mkdir()
    temporary = " ".join(
        f"{kind}_temp_path {root}/temp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    account = "user root;" if os.geteuid() == 0 else ""
    (root / "etc/nginx/nginx.conf").write_text(NGINX.format(root=root, temporary=temporary, account=account))
    command = NGINX_COMMAND.format(program=find_program("nginx", package=nginx.PACKAGE), root=root)
    program(root / "bin/nginx", f'{command} "$@"\n')
    log = root / "var/log/nginx/error.log"
    reload = RELOAD.format(sign="exited with code 0", log=log, command="nginx -s reload", reloads="yes")
    program(root / "bin/systemctl", reload.replace("\n", '\n[ "$*" = "reload nginx" ] || exit 64\n', 1))
    with reserved_port() as port:
        (root / "etc/nginx/site.conf").write_text(f"listen 127.0.0.1:{port};")
        with running([str(root / "bin/nginx")], port=port, directory=root, error_log=log):
            yield Machine(root, port, environment, responder)


def _own_account() -> tuple[str, str]:
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


@pytest.fixture
def apache_machine(root: Path, environment: dict[str, str], responder: Responder) -> Iterator[Machine]:
    """Debian's Apache as it is installed, without mod_ssl; its own a2enmod, a2enconf and apachectl set it up."""
    require("apache2", apache.PACKAGE)
    here = root / "etc/apache2"
    shutil.copytree("/etc/apache2", here, symlinks=True)
    for enabled in (*here.glob("mods-enabled/ssl.*"), *here.glob("mods-enabled/socache_*"), *here.glob("sites-*/*")):
        enabled.unlink()
    account, group = ("www-data", "www-data") if os.geteuid() == 0 else _own_account()
    settings = {
        "APACHE_CONFDIR": here,
        "APACHE_STATE_DIRECTORY": root / "state",
        "APACHE_RUN_USER": account,
        "APACHE_RUN_GROUP": group,
        "APACHE_PID_FILE": root / "run/apache2.pid",
        "APACHE_RUN_DIR": root / "run",
        "APACHE_LOCK_DIR": root / "lock",
        "APACHE_LOG_DIR": root / "var/log/apache2",
    }
    exports = "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in settings.items())
    (here / "envvars").write_text(exports)
    (here / "conf-enabled/name.conf").write_text("ServerName localhost\n")
    (root / "run/socks").mkdir()
    if os.geteuid() == 0:
        for directory in ("run/socks", "lock"):
            shutil.chown(root / directory, account)
    log = root / "var/log/apache2/error.log"
    apachectl = find_program("apachectl", package=apache.PACKAGE)
    reloads = '$([ "$1" = graceful ] && echo yes)'
    command = RELOAD.format(sign="AH00094", log=log, command=f'{apachectl} "$@"', reloads=reloads)
    program(root / "bin/apachectl", command)
    variables = {**environment, **{name: str(value) for name, value in settings.items()}}
    with reserved_port() as port:
        (here / "ports.conf").write_text(f"Listen 127.0.0.1:{port}\n")
        server = find_program("apache2", package=apache.PACKAGE)
        start = ["env", *(f"{name}={value}" for name, value in settings.items()), server, "-d", str(here)]
        with running([*start, "-DFOREGROUND"], port=port, directory=root, error_log=log):
            yield Machine(root, port, variables, responder)
