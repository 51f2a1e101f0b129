"""What /probe is asked: the parameters, and how long the answer may take."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from multidict import MultiMapping

from ocsp_staple_exporter.config.families import require_eligible
from ocsp_staple_exporter.config.hosts import is_address, parse_host, parse_name, split_host_port
from ocsp_staple_exporter.config.words import did_you_mean, quoted
from ocsp_staple_exporter.model import Endpoint, KeyType, Module, TLSVersion, split_name

Word = TypeVar("Word", bound=enum.Enum)

DEFAULT_MODULE = "default"


@dataclass(frozen=True, slots=True)
class Question:
    """Probe this, and say what came of it: as metrics, or with `debug` as text for people."""

    endpoint: Endpoint
    debug: bool


def read_question(query: MultiMapping[str], modules: Mapping[str, Module]) -> Question:
    """Read the parameters; those that nobody knows are passed over, and empty ones count as not given.

    Prometheus leaves out a parameter whose label is empty, and other exporters' parameters may
    stand beside ours. Raises ValueError, whose text says what to write.
    """
    target = _only(query, "target")
    if not target:
        raise ValueError("say what to probe: /probe?target=HOST[:PORT], as in /probe?target=www.example.com")
    module = _module(_only(query, "module"), modules)
    sni = _flag("sni", _only(query, "sni"), unless_given=module.sni)
    endpoint = _endpoint(target, _only(query, "server_name"), module, sni=sni)
    address = _address(_only(query, "address"))
    _require_eligible(endpoint.host if address is None else address, "target" if address is None else "address", module)
    part = replace(
        endpoint,
        address=address,
        key_type=_one_of(KeyType, "key_type", _only(query, "key_type"), endpoint.module.key_types),
        tls_version=_one_of(TLSVersion, "tls_version", _only(query, "tls_version"), endpoint.module.tls_versions),
    )
    return Question(part, _flag("debug", _only(query, "debug"), unless_given=False))


def cut(endpoint: Endpoint, scrape_timeout: str | None, offset: timedelta) -> Endpoint:
    """The endpoint with its module's timeout cut to the scrape's less the offset.

    `scrape_timeout` is what X-Prometheus-Scrape-Timeout-Seconds says; what is no positive number
    is passed over. A scrape too short for the offset leaves half of its time to the probe.
    """
    timeout = endpoint.module.timeout.total_seconds()
    seconds = _seconds(scrape_timeout)
    if seconds is None:
        return endpoint
    left = max(seconds - offset.total_seconds(), seconds / 2)
    if timeout <= left:
        return endpoint
    return replace(endpoint, module=replace(endpoint.module, timeout=timedelta(seconds=left)))


def _only(query: MultiMapping[str], name: str) -> str:
    values = query.getall(name, [])
    if len(values) > 1:
        raise ValueError(f"{name} is given {len(values)} times: give it once")
    return values[0] if values else ""


def _module(name: str, modules: Mapping[str, Module]) -> Module:
    module = modules.get(name or DEFAULT_MODULE)
    if module is None:
        raise ValueError(f"module {quoted(name)} is not defined under modules ({did_you_mean(name, modules)})")
    return module


def _endpoint(target: str, server_name: str, module: Module, *, sni: bool) -> Endpoint:
    """As the config file would have it: `host[:port]`."""
    try:
        host_text, port = split_host_port(target)
        host = parse_host(host_text)
    except ValueError as error:
        raise ValueError(f"target: {error}") from None
    port = module.default_port if port is None else port
    sent, unsent = split_name(_server_name(server_name) or module.server_name or host.server_name, sni=sni)
    return Endpoint(
        target=f"{host.written}:{port}",
        host=host.resolved,
        port=port,
        server_name=sent,
        certificate_name=unsent,
        module=module,
    )


def _server_name(text: str) -> str | None:
    if not text:
        return None
    if is_address(text):
        raise ValueError(f"server_name: {quoted(text)} is an IP address, which SNI cannot carry: give a DNS name")
    try:
        return parse_name(text)
    except ValueError as error:
        raise ValueError(f"server_name: {error}") from None


def _address(text: str) -> str | None:
    """Of the host, as an IPv6 address with or without brackets; empty: the first that the host resolves to."""
    if not text:
        return None
    if not is_address(text):
        raise ValueError(f"address: {quoted(text)} is no IP address")
    return parse_host(text).resolved


def _require_eligible(host: str, name: str, module: Module) -> None:
    """`name`: the parameter that names this host."""
    try:
        require_eligible(host, module)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _one_of(kind: type[Word], name: str, text: str, usual: tuple[Word, ...]) -> Word | None:
    """A member by its value. Where none is asked for: the module's, where that names only one; else whichever comes."""
    if not text:
        return usual[0] if len(usual) == 1 else None
    try:
        return kind(text)
    except ValueError:
        words = [quoted(str(word.value)) for word in kind]
        raise ValueError(f"{name}: {quoted(text)} is none of {', '.join(words)}") from None


def _flag(name: str, text: str, *, unless_given: bool) -> bool:
    if text not in {"", "true", "false"}:
        raise ValueError(f"{name}: {quoted(text)} is neither true nor false")
    return text == "true" if text else unless_given


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None
