"""Confines this process as systemd would for a unit, as far as the kernel does it by seccomp and prctl.

Namespaces and the file system's mounts are systemd's own affair. What the unit forbids kills the process here, where
systemd would have the call fail: so nothing is forbidden that the program merely does without.
"""

from __future__ import annotations

import ctypes
import re
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

PR_SET_NO_NEW_PRIVS = 38
PR_SET_MDWE = 65
"""Since Linux 6.3; before, systemd does the same with seccomp."""

ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
EQUAL = 4


class _Comparison(ctypes.Structure):
    """scmp_arg_cmp of seccomp_rule_add(3)."""

    _fields_ = (("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def service(unit: Path) -> dict[str, list[str]]:
    """Each setting of the section Service, with all the values that it is given; configparser knows only the last."""
    (section,) = re.findall(r"^\[Service\]\n(.*?)(?=^\[|\Z)", unit.read_text(), re.DOTALL | re.MULTILINE)
    settings: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", section, re.MULTILINE):
        settings.setdefault(name, []).append(value)
    return settings


def allowed_calls(filters: Iterable[str]) -> set[str]:
    """The system calls that the values of SystemCallFilter leave; the first is a list of what is allowed."""
    told = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    groups = {
        name: set(re.findall(r"^    ([@\w-]+)$", body, re.MULTILINE))
        for name, body in re.findall(r"^(@[\w-]+)\n((?:    .*\n)*)", told, re.MULTILINE)
    }
    allowed = _expand("@default", groups)
    for one in filters:
        named = {call for word in one.lstrip("~").split() for call in _expand(word, groups)}
        allowed = allowed - named if one.startswith("~") else allowed | named
    return allowed


def _expand(word: str, groups: dict[str, set[str]]) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return {call for inner in groups[word] for call in _expand(inner, groups)}


def confine(unit: Path) -> None:
    """For good: this process and all that it starts."""
    settings = service(unit)
    libc = ctypes.CDLL(None, use_errno=True)
    _require(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if settings["MemoryDenyWriteExecute"] == ["yes"]:
        libc.prctl(PR_SET_MDWE, 1, 0, 0, 0)
    families = [getattr(socket, name) for name in settings["RestrictAddressFamilies"][0].split()]
    _filter(allowed_calls(settings["SystemCallFilter"]), families)


def _filter(calls: set[str], families: Iterable[int]) -> None:
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(KILL_PROCESS)))
    for call in sorted(calls - {"socket"}):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # this machine has it
            _require(seccomp.seccomp_rule_add_array(context, ALLOW, number, 0, None))
    opened = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        comparison = _Comparison(0, EQUAL, family, 0)
        _require(seccomp.seccomp_rule_add_array(context, ALLOW, opened, 1, ctypes.byref(comparison)))
    _require(seccomp.seccomp_load(context))


def _require(outcome: int) -> None:
    if outcome:
        raise OSError(-outcome if outcome < -1 else ctypes.get_errno(), "the kernel does not confine this process so")
