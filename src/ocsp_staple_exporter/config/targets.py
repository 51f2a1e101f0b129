"""Options into modules and targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ocsp_staple_exporter.config.schema import ModuleOptions, TargetOptions
from ocsp_staple_exporter.config.values import DEFAULT_MODULE
from ocsp_staple_exporter.model import Module, Target

_DEFAULT = Module()


def build_module(name: str, options: ModuleOptions) -> Module:
    return Module(
        name=name,
        interval=options.interval,
        timeout=options.timeout or min(_DEFAULT.timeout, options.interval),
        tls_versions=frozenset(options.tls_versions),
        ip_family=options.ip_family,
        staple=options.staple,
        clock_skew=options.clock_skew,
        issuers=options.issuer_file or (),
        trust_anchors=options.ca_file,
        server_name=options.server_name,
        starttls=options.starttls,
    )


def target_name(options: TargetOptions, module: Module) -> str:
    return options.name or f"{options.host.written}:{_port(options, module)}"


def build_modules(modules: Mapping[str, ModuleOptions]) -> dict[str, Module]:
    """The default module exists even where none is defined."""
    options = {DEFAULT_MODULE: ModuleOptions()} | dict(modules)
    return {name: build_module(name, module) for name, module in options.items()}


def build_targets(targets: Iterable[TargetOptions], modules: Mapping[str, Module]) -> Iterator[Target]:
    for target in targets:
        yield _build_target(target, modules[target.module])


def _build_target(options: TargetOptions, module: Module) -> Target:
    """SNI is the target's, else its module's, else the host where that is a name."""
    return Target(
        name=target_name(options, module),
        host=options.host.resolved,
        port=_port(options, module),
        server_name=options.server_name or module.server_name or options.host.server_name,
        module=module,
        labels=tuple(sorted(options.labels.items())),
    )


def _port(options: TargetOptions, module: Module) -> int:
    return module.default_port if options.port is None else options.port
