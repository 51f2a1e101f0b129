"""The sections of the config file, with their defaults."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ocsp_staple_exporter.config.list_options import TargetURLOptions
from ocsp_staple_exporter.config.messages import Vocabulary
from ocsp_staple_exporter.config.module_options import ModuleOptions
from ocsp_staple_exporter.config.options import Options
from ocsp_staple_exporter.config.target_options import TargetOptions
from ocsp_staple_exporter.config.values import Allowed, LeftOut, ListFile, Name, Section


class ProbeOptions(Options):
    """What /probe may be asked to probe. Without a list: whatever the exporter can reach."""

    allow: Annotated[list[Allowed] | None, LeftOut(), Field(min_length=1)] = None
    """Names, wildcards (`*.example.com` stands for every name below), IP addresses and networks (CIDR):
    nothing else may be probed. Default: no list, everything may."""

    refuse_private: bool = False
    """Refuse addresses that are not of the public Internet, whatever name led there,
    unless an address or a network of `allow` holds them."""


class APIOptions(Options):
    """What the API may be used for beyond reading."""

    probe: bool = False
    """Whether `POST /api/v1/endpoints/ID/probe` probes an endpoint at once, before its time."""


class LimitsOptions(Options):
    """What the exporter as a whole may use."""

    probes_in_flight: Annotated[int, Field(ge=1, le=65535)] = 256
    """Probes at one time. Each needs a file descriptor, and memory."""

    probes_aside: Annotated[int, Field(ge=0, le=65535)] = 4096
    """Beside them: probes whose host keeps us waiting for more than a second, until it answers or their timeout."""

    probes_per_second: Annotated[float | None, LeftOut(), Field(ge=0.001, le=1_000_000)] = None
    """Probes that may start in a second. Default: as many as the intervals ask for."""

    probes_per_address: Annotated[int | None, LeftOut(), Field(ge=1, le=65535)] = None
    """Probes at one time to one IP address, as of many names behind one load balancer. The others wait for
    their turn, some 7 kB each, which takes nothing from their timeout and no place of others. Default: no limit."""


class Document(Options):
    """What ocsp-staple-exporter watches, and how."""

    targets: Annotated[list[Any], Section(list)] = []
    """What to watch. May be left out where there are lists, modules or a section `probe`."""  # each a TargetOptions

    target_files: Annotated[list[ListFile], Section(list)] = []
    """Files with more targets in Prometheus's file_sd format, JSON or YAML; `*` and `?` stand for part of a name.
    They are watched: a change needs no reload."""

    target_urls: Annotated[list[TargetURLOptions], Section(list)] = []
    """URLs of more targets in Prometheus's http_sd format, fetched again and again."""

    modules: Annotated[dict[Name, Annotated[ModuleOptions, Section(dict)]], Section(dict)] = {}
    """How to probe, by names of your own. Targets that name no module use the one called `default`."""

    probe: Annotated[ProbeOptions, Section(dict)] = ProbeOptions()
    """What /probe may be asked to probe. Without a list: whatever the exporter can reach."""

    api: Annotated[APIOptions, Section(dict)] = APIOptions()
    """What the API may be used for beyond reading."""

    limits: Annotated[LimitsOptions, Section(dict)] = LimitsOptions()
    """What the exporter as a whole may use."""


WORDS = Vocabulary(
    missing={
        "host": "say which host to probe",
        "url": "say where the list is",
        "username": "say who asks",
        "password_file": "name the file that holds the password",
        "credentials_file": "name the file that holds them",
    },
    empty={
        "key_types": "name at least one",
        "tls_versions": "name at least one",
        "allow": "list what may be probed, or remove the key",
    },
    holders={
        "limits": LimitsOptions,
        "a module": ModuleOptions,
        "a target": TargetOptions,
        "an entry of target_urls": TargetURLOptions,
        "probe": ProbeOptions,
        "api": APIOptions,
    },
)
