"""From what the command line asks for to the targets that are probed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ocsp_staple_exporter.check.files import STDIN, parse_certificates
from ocsp_staple_exporter.check.options import Unusable, WrongUse
from ocsp_staple_exporter.check.reading import read_option, shown
from ocsp_staple_exporter.check.targets import (
    BadTargetsError,
    Targets,
    Written,
    targets_of_arguments,
    targets_of_file,
)
from ocsp_staple_exporter.config import Config, ConfigError, load_config
from ocsp_staple_exporter.config.families import require_eligible, require_source_of_family
from ocsp_staple_exporter.config.words import did_you_mean, quoted
from ocsp_staple_exporter.model import (
    Addresses,
    IPFamily,
    KeyType,
    Module,
    Proxy,
    ProxyProtocol,
    StartTLS,
    Target,
    TLSVersion,
    split_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """The options that change how is probed; None and () leave it to the module."""

    server_name: str | None
    no_sni: bool
    proxy: Proxy | None
    proxy_protocol: str | None
    source_address: str | None
    timeout: timedelta | None
    ca_file: str | None
    issuers: Sequence[str]
    clock_skew: timedelta | None
    all_addresses: bool
    key_types: Sequence[str]
    tls_versions: Sequence[str]
    ip_family: str | None
    starttls: str | None
    handshakes: int | None
    staple_retries: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be probed; `-` stands for the standard input."""

    hosts: Sequence[str]
    target_files: Sequence[str]
    config_file: str | None
    module: str | None
    address: str | None
    """Connected to in place of what the hosts resolve to."""

    probing: Probing


def targets_of(wanted: Wanted) -> tuple[Target, ...]:
    """Each once; never none. Raises WrongUse and Unusable, with every problem of the hosts at once."""
    _refuse_two_readers_of_stdin(wanted)
    config = _config(wanted.config_file)
    if wanted.module and not config:
        raise WrongUse("--module names a module of a config file: give that with --config.file.")
    changes = _changes(wanted.probing)
    module = replace(_module(config, wanted.module), **changes)
    known = {} if config is None else {each.name: _changed(each, wanted, module, changes) for each in config.targets}
    if config and not (wanted.hosts or wanted.target_files):
        targets = tuple(known.values())
    else:
        targets = _named(wanted, Targets(module, known))
    if not targets:
        raise Unusable(f"{_source(wanted)} names no host: there is nothing to check.")
    arguments = Targets(module, known).of(targets_of_arguments(wanted.hosts))
    _refuse_contradictions(targets, arguments, wanted.address)
    return targets


def _refuse_contradictions(targets: Iterable[Target], arguments: Iterable[Target], address: str | None) -> None:
    """Between the options, them and a module of the config file, or them and an IP address among the arguments.

    One of a list in a file fails by itself: it must not keep the others from being checked.
    """
    try:
        for target in targets:
            if target.module.proxy is None:
                require_source_of_family(target.module.source_address, target.module.ip_family)
            if address is not None:
                require_eligible(address, target.module)
        for target in () if address else arguments:
            require_eligible(target.host, target.module)
    except ValueError as error:
        raise WrongUse(f"{error}.") from error


def _named(wanted: Wanted, targets: Targets) -> tuple[Target, ...]:
    try:
        return targets.of(list(_written(wanted)))
    except BadTargetsError as error:
        raise Unusable(str(error)) from error


def _written(wanted: Wanted) -> Iterator[Written]:
    yield from targets_of_arguments(wanted.hosts)
    for path in wanted.target_files:
        yield from targets_of_file(read_option("--targets", path, bytes), shown(path))


def _source(wanted: Wanted) -> str:
    return ", ".join(map(shown, wanted.target_files)) or shown(wanted.config_file or "")


def _refuse_two_readers_of_stdin(wanted: Wanted) -> None:
    files = [*wanted.target_files, *wanted.probing.issuers, wanted.probing.ca_file]
    if files.count(STDIN) > 1:
        raise WrongUse("The standard input (-) can be read once: put the other into a file.")


def _config(path: str | None) -> Config | None:
    try:
        return load_config(Path(path)) if path is not None else None
    except ConfigError as error:
        raise Unusable("\n".join(map(str, error.problems))) from error


def _module(config: Config | None, name: str | None) -> Module:
    modules = config.modules if config else {}
    if name is None:
        return modules.get(Module().name, Module())
    if name not in modules:
        raise WrongUse(f"--module: {quoted(name)} is not a module of the config file ({did_you_mean(name, modules)}).")
    return modules[name]


def _changes(probing: Probing) -> Mapping[str, Any]:
    """What the options put into a module's place."""
    issuers = [der for path in probing.issuers for der in read_option("--issuer", path, parse_certificates)]
    changes = {
        "server_name": probing.server_name,
        "sni": False if probing.no_sni else None,
        "proxy": probing.proxy,
        "proxy_protocol": probing.proxy_protocol and ProxyProtocol(probing.proxy_protocol),
        "source_address": probing.source_address,
        "timeout": probing.timeout,
        "trust_anchors": _trust_anchors(probing.ca_file),
        "issuers": tuple(issuers) or None,
        "clock_skew": probing.clock_skew,
        "addresses": Addresses.ALL if probing.all_addresses else None,
        "key_types": tuple(map(KeyType, dict.fromkeys(probing.key_types))) or None,
        "tls_versions": tuple(map(TLSVersion, dict.fromkeys(probing.tls_versions))) or None,
        "ip_family": probing.ip_family and IPFamily(probing.ip_family),
        "starttls": probing.starttls and StartTLS(probing.starttls),
        "handshakes": probing.handshakes,
        "staple_retries": probing.staple_retries,
    }
    return {name: value for name, value in changes.items() if value is not None}


def _trust_anchors(path: str | None) -> tuple[bytes, ...] | None:
    return None if path is None else read_option("--ca-file", path, parse_certificates)


def _changed(target: Target, wanted: Wanted, module: Module, changes: Mapping[str, Any]) -> Target:
    """A target of the config file, probed as the options say."""
    if not wanted.module:
        module = replace(target.module, **changes)
    name = wanted.probing.server_name or target.server_name or target.certificate_name
    as_listed = target.certificate_name is None and not wanted.probing.no_sni
    sent, unsent = split_name(name, sni=module.sni if wanted.module else as_listed)
    return replace(target, module=module, server_name=sent, certificate_name=unsent)
