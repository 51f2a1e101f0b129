"""Options into modules, targets and lists of targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ocsp_staple_exporter.config.list_options import TargetURLOptions
from ocsp_staple_exporter.config.lists import Authorization, BasicAuth, TargetLists, TargetURL
from ocsp_staple_exporter.config.module_options import ModuleOptions
from ocsp_staple_exporter.config.proxies import complete
from ocsp_staple_exporter.config.schema import Document
from ocsp_staple_exporter.config.target_options import TargetOptions
from ocsp_staple_exporter.config.values import DEFAULT_MODULE
from ocsp_staple_exporter.model import Module, Target, split_name

_DEFAULT = Module()


def build_module(name: str, options: ModuleOptions) -> Module:
    return Module(
        name=name,
        interval=options.interval,
        timeout=options.timeout or min(_DEFAULT.timeout, options.interval),
        tls_versions=tuple(options.tls_versions or ()),
        key_types=tuple(options.key_types or ()),
        addresses=options.addresses,
        ip_family=options.ip_family,
        staple=options.staple,
        handshakes=options.handshakes,
        staple_retries=options.staple_retries,
        staple_retry_delay=options.staple_retry_delay,
        clock_skew=options.clock_skew,
        issuers=options.issuer_file or (),
        trust_anchors=options.ca_file,
        server_name=options.server_name,
        starttls=options.starttls,
        sni=options.sni,
        proxy=options.proxy_url and complete(options.proxy_url, options.proxy_password_file),
        proxy_protocol=options.proxy_protocol,
        source_address=options.source_address,
    )


def target_name(options: TargetOptions, module: Module) -> str:
    return options.name or f"{options.host.written}:{_port(options, module)}"


def build_modules(modules: Mapping[str, ModuleOptions]) -> dict[str, Module]:
    """The default module exists even where none is defined."""
    options = {DEFAULT_MODULE: ModuleOptions()} | dict(modules)
    return {name: build_module(name, module) for name, module in options.items()}


def written_address(value: object) -> str:
    """What the file says of where a target is, `host[:port]`; the same text in Prometheus is its `__address__`."""
    if isinstance(value, dict):
        host, port = value.get("host"), value.get("port")
        return f"{host}" if port is None else f"{host}:{port}"
    return str(value)


def build_lists(document: Document, directory: Path) -> TargetLists:
    """Files are sought in the directory unless their path is absolute."""
    return TargetLists(
        files=tuple(directory / name for name in document.target_files),
        urls=tuple(_build_url(options, directory) for options in document.target_urls),
    )


def _build_url(options: TargetURLOptions, directory: Path) -> TargetURL:
    basic, other = options.basic_auth, options.authorization
    return TargetURL(
        url=options.url,
        refresh_interval=options.refresh_interval,
        basic_auth=None
        if basic is None
        else BasicAuth(username=basic.username, password_file=directory / basic.password_file),
        authorization=None
        if other is None
        else Authorization(type=other.type, credentials_file=directory / other.credentials_file),
        trust_anchors=options.ca_file,
    )


def build_targets(targets: Iterable[TargetOptions], modules: Mapping[str, Module]) -> Iterator[Target]:
    for target in targets:
        yield _build_target(target, modules[target.module])


def _build_target(options: TargetOptions, module: Module) -> Target:
    """The name is the target's, else its module's, else the host where that is one."""
    name = options.server_name or module.server_name or options.host.server_name
    sent, unsent = split_name(name, sni=module.sni if options.sni is None else options.sni)
    return Target(
        name=target_name(options, module),
        host=options.host.resolved,
        port=_port(options, module),
        server_name=sent,
        certificate_name=unsent,
        module=module,
        labels=tuple(sorted(options.labels.items())),
    )


def _port(options: TargetOptions, module: Module) -> int:
    return module.default_port if options.port is None else options.port
