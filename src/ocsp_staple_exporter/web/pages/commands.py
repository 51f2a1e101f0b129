"""Command lines for what is downloaded or asked of this site; every word is quoted for a POSIX shell."""

from __future__ import annotations

import shlex


def read_staple(file_name: str) -> str:
    """What OpenSSL reads in a staple that was downloaded."""
    return shlex.join(("openssl", "ocsp", "-respin", file_name, "-resp_text", "-noverify"))


def judge_staple(staple: str, chain: str) -> str:
    """The same checks again, with the files that were downloaded."""
    words = ("check", "--staple", staple, "--leaf", chain, "--issuer", chain)
    return shlex.join(("ocsp-staple-exporter", *words))


def probe_now(url: str) -> str:
    return shlex.join(("curl", "-X", "POST", "-H", "Content-Type: application/json", url))
