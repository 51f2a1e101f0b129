"""IP families that stand against each other, so that no connection could ever be made."""

from __future__ import annotations

from ocsp_staple_exporter.config.hosts import is_address
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.model import IPFamily, Module


def family_of(address: str) -> IPFamily:
    return IPFamily.IPV6 if ":" in address else IPFamily.IPV4


def require_source_of_family(source: str | None, wanted: IPFamily) -> None:
    """For connections straight to a host. Raises ValueError, whose text says what contradicts what."""
    if source is not None and wanted not in {IPFamily.ANY, family := family_of(source)}:
        raise ValueError(f"source_address is {family.value} and ip_family {wanted.value}: no host can be reached so")


def require_eligible(host: str, module: Module) -> None:
    """Raises ValueError where no connection is ever made to an IP address; its text says what of the module forbids it.

    Nothing does of one that a proxy would resolve; which addresses a name has is not known here.
    """
    proxy, source, family = module.proxy, module.source_address, family_of(host)
    unbound = source is None and module.ip_family is IPFamily.ANY
    if unbound or (proxy is not None and proxy.resolves) or not is_address(host):
        return
    if module.ip_family not in {IPFamily.ANY, family}:
        wanted = module.ip_family.value
        raise ValueError(f"{quoted(host)} is {family.value} and ip_family {wanted}: it can never be reached so")
    if proxy is None and source is not None and family is not family_of(source):
        theirs = family_of(source).value
        raise ValueError(f"{quoted(host)} is {family.value} and source_address {theirs}: it can never be reached so")
