"""Files of one CA, as an administrator has them, and the command run over them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from click.testing import CliRunner, Result

from ocsp_staple_exporter.check.command import check
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.staples import staple
from tests.ocsp.pki import NOW, pki

AT = "--at=2026-03-01T12:00:00Z"
SERIAL_NUMBER = 0x1C30457F8E7E61A3669B581D172D92A9040EB712


@dataclass(frozen=True)
class Folder:
    """`leaf.pem` (with its chain), `leaf-only.pem`, `ca.pem` and `staple.der` in a directory."""

    path: Path
    ca: Authority
    leaf: Identity
    responder: Identity

    def put(self, name: str, data: bytes) -> str:
        (self.path / name).write_bytes(data)
        return str(self.path / name)

    def staple(self, flaw: str | None = None) -> bytes:
        return staple(self.leaf, self.ca, now=NOW, responder=self.responder, flaw=flaw)

    def run(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """The command as of NOW, in the current directory."""
        return CliRunner().invoke(check, [AT, *arguments], input=stdin, prog_name="check")

    def judge(self, *arguments: str, flaw: str | None = None) -> Result:
        self.put("staple.der", self.staple(flaw))
        return self.run("--staple", "staple.der", "--leaf", "leaf.pem", *arguments)


@cache
def _leaf(key_type: KeyType) -> Identity:
    return pki(key_type).ca.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"], serial_number=SERIAL_NUMBER)


def folder(path: Path, key_type: KeyType = "ecdsa") -> Folder:
    lab = pki(key_type)
    made = Folder(path, lab.ca, _leaf(key_type), lab.responder)
    made.put("leaf.pem", made.leaf.chain_pem)
    made.put("leaf-only.pem", made.leaf.certificate_pem)
    made.put("ca.pem", made.ca.certificate_pem)
    made.put("staple.der", made.staple())
    return made


def suited(files: Folder, flaw: str) -> Folder:
    """The same folder, with keys for which the flaw can be had."""
    return folder(files.path, "rsa") if flaw == "responder_cert_weak_signature:md5" else files


def armoured(label: str, der: bytes) -> bytes:
    """PEM with lines of 64 characters (RFC 7468 §2)."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def masked(output: str) -> str:
    """Without what differs from run to run: hashes, and the sizes of signatures."""
    output = re.sub(r"[0-9a-f]{39,}", "HEX", output)
    output = re.sub(r"\d+ bytes", "SIZE bytes", output)
    return re.sub(r'(size_bytes": )\d+', r"\1SIZE", output)
