"""OpenSSL's opinion of a staple: an oracle that shares no code with the lab."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ocsp_staple_exporter.lab.ca import Authority, Identity


def openssl_ocsp(
    staple: bytes, leaf: Identity, issuer: Authority, directory: Path, *, cert_id_hash: str = "sha1"
) -> str:
    """What `openssl ocsp` prints about a staple, both of its streams joined.

    It judges by the clock. Do not ask it about responders that are not authorised: given
    `-issuer`, versions up to 3.0.19 try again with that certificate trusted to sign anything;
    3.0.22 does not.
    """
    root = issuer.parent or issuer
    files = {"staple.der": staple, "leaf.pem": leaf.certificate_pem, "issuer.pem": issuer.certificate_pem}
    for name, content in {**files, "root.pem": root.certificate_pem}.items():
        (directory / name).write_bytes(content)
    command = ["openssl", "ocsp", f"-{cert_id_hash}", "-no_nonce", "-respin", "staple.der", "-CAfile", "root.pem"]
    about = ["-issuer", "issuer.pem", "-cert", "leaf.pem"]
    done = subprocess.run(
        [*command, *about], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout
