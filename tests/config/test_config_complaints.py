"""Each fault has its exact message and place, and a twin without the fault."""

from __future__ import annotations

import pytest

from ocsp_staple_exporter.config import ConfigError
from tests.config.conftest import NOTHING_TO_DO, Complaints, Load

TARGETS = "\ntargets: [a]"

FAULTS = {
    "misspelt key": (
        "targets:\n  - a\n  - host: b\n    prot: 443",
        'config.yaml:4:5: targets[1].prot: unknown key (did you mean "port"?)',
        "targets:\n  - a\n  - host: b\n    port: 443",
    ),
    "unknown key that resembles none": (
        "limits: {xyz: 3}" + TARGETS,
        (
            "config.yaml:1:10: limits.xyz: unknown key "
            "(known: probes_aside, probes_in_flight, probes_per_address and probes_per_second)"
        ),
        "limits: {probes_in_flight: 3}" + TARGETS,
    ),
    "unknown section": (
        "target: [a]\ntargets: [a]",
        'config.yaml:1:1: target: unknown key (did you mean "targets"?)',
        "targets: [a]",
    ),
    "option of a module at a target": (
        "targets: [{host: a, staple: required}]",
        "config.yaml:1:21: targets[0].staple: unknown key (it is an option of a module)",
        "modules: {m: {staple: required}}\ntargets: [{host: a, module: m}]",
    ),
    "key that needs quotes in a path": (
        "modules: {'my module': {stapel: auto}}" + TARGETS,
        'config.yaml:1:25: modules["my module"].stapel: unknown key (did you mean "staple"?)',
        "modules: {'my module': {staple: auto}}" + TARGETS,
    ),
    "no targets section": (
        "limits: {}",
        f"config.yaml:1:1: targets: missing: {NOTHING_TO_DO}",
        "limits: {}" + TARGETS,
    ),
    "nothing to watch": (
        "targets: []",
        f"config.yaml:1:10: targets: is empty: {NOTHING_TO_DO}",
        "targets: [a]",
    ),
    "all targets commented out": (
        "targets:\n#  - a",
        f"config.yaml:1:9: targets: is empty: {NOTHING_TO_DO}",
        "targets:\n  - a",
    ),
    "targets as one text": (
        "targets: example.com",
        'config.yaml:1:10: targets: must be a list, not "example.com"',
        "targets: [example.com]",
    ),
    "modules as a list": (
        "modules: [default]" + TARGETS,
        "config.yaml:1:10: modules: must be a mapping, not a list",
        "modules: {default: {}}" + TARGETS,
    ),
    "a module as a number": (
        "modules: {default: 3}" + TARGETS,
        "config.yaml:1:20: modules.default: must be a mapping, not 3",
        "modules: {default: {}}" + TARGETS,
    ),
    "a target as a number": (
        "targets: [8443]",
        'config.yaml:1:11: targets[0]: must be "host[:port]" or a mapping with the key host',
        "targets: ['a:8443']",
    ),
    "an empty target": (
        "targets:\n  - a\n  -\n",
        "config.yaml:3:4: targets[1]: is empty: give it a value or remove it",
        "targets:\n  - a\n  - b\n",
    ),
    "a space after the port's colon": (
        "targets:\n  - example.com: 8443",
        'config.yaml:2:5: targets[0]: is a mapping, as there is a space after the colon: write "example.com:8443"',
        "targets:\n  - example.com:8443",
    ),
    "a target without a host": (
        "targets: [{port: 443, name: x}]",
        "config.yaml:1:11: targets[0].host: missing: say which host to probe",
        "targets: [{port: 443, name: x, host: a}]",
    ),
    "a host that is a boolean": (
        "targets: [{host: true, port: 443}]",
        'config.yaml:1:18: targets[0].host: true is a boolean: write it in quotes, "true"',
        "targets: [{host: 'true', port: 443}]",
    ),
    "a port in the host": (
        "targets: [{host: 'a.example:99'}]",
        'config.yaml:1:18: targets[0].host: "a.example:99" holds a port: write it as an option of its own, "port: 99"',
        "targets: [{host: a.example, port: 99}]",
    ),
    "a port that is too large": (
        "targets: [{host: a, port: 65536}]",
        "config.yaml:1:27: targets[0].port: 65536 is too large: at most 65535",
        "targets: [{host: a, port: 65535}]",
    ),
    "port nought": (
        "targets: [{host: a, port: 0}]",
        "config.yaml:1:27: targets[0].port: 0 is too small: at least 1",
        "targets: [{host: a, port: 1}]",
    ),
    "a port in quotes": (
        "targets: [{host: a, port: '443'}]",
        'config.yaml:1:27: targets[0].port: must be a whole number, not "443"',
        "targets: [{host: a, port: 443}]",
    ),
    "a port with a fraction": (
        "targets: [{host: a, port: 443.0}]",
        "config.yaml:1:27: targets[0].port: must be a whole number, not 443.0",
        "targets: [{host: a, port: 443}]",
    ),
    "an IP address as server name": (
        "targets: [{host: a, server_name: 192.0.2.1}]",
        (
            'config.yaml:1:34: targets[0].server_name: "192.0.2.1" is an IP address, which SNI cannot carry: '
            "give a DNS name or remove the key"
        ),
        "targets: [{host: 192.0.2.1, server_name: a}]",
    ),
    "an unknown module": (
        "modules: {strict: {}}\ntargets: [{host: a, module: strikt}]",
        'config.yaml:2:29: targets[0].module: "strikt" is not defined under modules (did you mean "strict"?)',
        "modules: {strict: {}}\ntargets: [{host: a, module: strict}]",
    ),
    "a module where none is defined": (
        "targets: [{host: a, module: strict}]",
        'config.yaml:1:29: targets[0].module: "strict" is not defined under modules (known: default)',
        "targets: [{host: a, module: default}]",
    ),
    "a name with a terminal escape": (
        'targets: [{host: a, name: "x\\e[31m"}]',
        'config.yaml:1:27: targets[0].name: "x\\x1b[31m" holds a line break or another character that cannot be seen',
        'targets: [{host: a, name: "x[31m"}]',
    ),
    "an empty name": (
        "targets: [{host: a, name: ''}]",
        "config.yaml:1:27: targets[0].name: is empty: give it a value or remove it",
        "targets: [{host: a, name: x}]",
    ),
    "two targets of one name": (
        "targets:\n  - a.example\n  - b.example\n  - A.example.:443",
        (
            'config.yaml:4:5: targets[2]: "a.example:443" is already the name of targets[0] (line 2, column 5): '
            "remove one, or give it a name of its own"
        ),
        "targets:\n  - a.example\n  - b.example\n  - {host: A.example., name: again}",
    ),
    "a number as label value": (
        "targets: [{host: a, labels: {version: 1.10}}]",
        'config.yaml:1:39: targets[0].labels.version: 1.10 is a number: write it in quotes, "1.10"',
        "targets: [{host: a, labels: {version: '1.10'}}]",
    ),
    "a boolean as label value": (
        "targets: [{host: a, labels: {public: true}}]",
        'config.yaml:1:38: targets[0].labels.public: true is a boolean: write it in quotes, "true"',
        "targets: [{host: a, labels: {public: 'true'}}]",
    ),
    "a label without a value": (
        "targets: [{host: a, labels: {team: }}]",
        "config.yaml:1:36: targets[0].labels.team: is empty: give it a value or remove it",
        "targets: [{host: a, labels: {team: web}}]",
    ),
    "a label value with a line break": (
        "targets:\n  - host: a\n    labels:\n      team: |\n        web\n",
        (
            'config.yaml:4:13: targets[0].labels.team: "web\\n" holds a line break '
            "or another character that cannot be seen"
        ),
        "targets:\n  - host: a\n    labels:\n      team: |-\n        web\n",
    ),
    "a label name with a hyphen": (
        "targets: [{host: a, labels: {my-team: web}}]",
        (
            "config.yaml:1:30: targets[0].labels.my-team: a label's name has letters, digits and underscores, "
            "and does not begin with a digit"
        ),
        "targets: [{host: a, labels: {my_team: web}}]",
    ),
    "a label name of Prometheus's own": (
        "targets: [{host: a, labels: {__team: web}}]",
        "config.yaml:1:30: targets[0].labels.__team: label names that begin with two underscores belong to Prometheus",
        "targets: [{host: a, labels: {_team: web}}]",
    ),
    "a label that Prometheus sets": (
        "targets: [{host: a, labels: {instance: web}}]",
        (
            "config.yaml:1:30: targets[0].labels.instance: Prometheus sets this label itself when it scrapes: "
            "choose another name"
        ),
        "targets: [{host: a, labels: {instances: web}}]",
    ),
    "a label that the exporter sets": (
        "targets: [{host: a, labels: {issuer: web}}]",
        "config.yaml:1:30: targets[0].labels.issuer: the exporter sets this label itself: choose another name",
        "targets: [{host: a, labels: {ca: web}}]",
    ),
    "labels as a list": (
        "targets: [{host: a, labels: [web]}]",
        "config.yaml:1:29: targets[0].labels: must be a mapping, not a list",
        "targets: [{host: a, labels: {team: web}}]",
    ),
    "a duration without a unit": (
        "modules: {default: {interval: 60}}" + TARGETS,
        'config.yaml:1:31: modules.default.interval: "60" has no unit: write "60s" for seconds',
        "modules: {default: {interval: 60s}}" + TARGETS,
    ),
    "a duration with a space": (
        "modules: {default: {interval: 5 min}}" + TARGETS,
        'config.yaml:1:31: modules.default.interval: "5 min" is no duration: write 30s, 5m, 1h30m or 500ms',
        "modules: {default: {interval: 5m}}" + TARGETS,
    ),
    "a duration left empty": (
        "modules:\n  default:\n    interval:\n" + TARGETS,
        "config.yaml:3:14: modules.default.interval: is empty: give it a value or remove it",
        "modules:\n  default:\n    interval: 1m\n" + TARGETS,
    ),
    "no time between probes": (
        "modules: {default: {interval: 0s}}" + TARGETS,
        "config.yaml:1:31: modules.default.interval: must be longer than 0s",
        "modules: {default: {interval: 1s}}" + TARGETS,
    ),
    "a timeout beyond the interval": (
        "modules: {default: {interval: 10s, timeout: 90s}}" + TARGETS,
        (
            "config.yaml:1:45: modules.default.timeout: 1m30s is longer than the interval of 10s: "
            "a probe must end before the next one"
        ),
        "modules: {default: {interval: 10s, timeout: 10s}}" + TARGETS,
    ),
    "retries that would never run": (
        "modules: {default: {timeout: 2s, staple_retry_delay: 2s}}" + TARGETS,
        (
            "config.yaml:1:54: modules.default.staple_retry_delay: 2s is not shorter than the timeout of 2s: "
            "no retry would ever be made"
        ),
        "modules: {default: {timeout: 2s, staple_retry_delay: 1s}}" + TARGETS,
    ),
    "retries after the timeout that a short interval implies": (
        "modules: {default: {interval: 5s, staple_retry_delay: 10s}}" + TARGETS,
        (
            "config.yaml:1:55: modules.default.staple_retry_delay: 10s is not shorter than the timeout of 5s: "
            "no retry would ever be made"
        ),
        "modules: {default: {interval: 1s, timeout: 500ms}}" + TARGETS,
    ),
    "a timeout that is none, beside a delay that might fit it": (
        "modules: {default: {timeout: 60x, staple_retry_delay: 15s}}" + TARGETS,
        'config.yaml:1:30: modules.default.timeout: "60x" is no duration: write 30s, 5m, 1h30m or 500ms',
        "modules: {default: {timeout: 3s, staple_retry_delay: 5s, staple_retries: 0}}" + TARGETS,
    ),
    "an address that the module would never connect to": (
        "modules: {six: {ip_family: ipv6}}\ntargets: [{host: 192.0.2.7, module: six}]",
        (
            'config.yaml:2:18: targets[0].host: "192.0.2.7" is ipv4 and ip_family ipv6: it can never be reached so, '
            'as module "six" has it'
        ),
        "modules: {six: {ip_family: ipv6}}\ntargets: [{host: '2001:db8::7', module: six}]",
    ),
    "an address that the source address cannot reach": (
        "modules: {default: {source_address: 192.0.2.9}}\ntargets: [a, '[2001:db8::7]:8443']",
        (
            'config.yaml:2:14: targets[1]: "2001:db8::7" is ipv6 and source_address ipv4: it can never be reached so, '
            'as module "default" has it'
        ),
        "modules: {default: {source_address: 192.0.2.9}}\ntargets: [a, 192.0.2.7:8443]",
    ),
    "a TLS version without quotes": (
        "modules: {default: {tls_versions: [1.2]}}" + TARGETS,
        'config.yaml:1:36: modules.default.tls_versions[0]: 1.2 is a number: write it in quotes, "1.2"',
        "modules: {default: {tls_versions: ['1.2']}}" + TARGETS,
    ),
    "a TLS version that is not spoken": (
        "modules: {default: {tls_versions: ['1.4']}}" + TARGETS,
        'config.yaml:1:36: modules.default.tls_versions[0]: "1.4" is not accepted: write "1.0", "1.1", "1.2" or "1.3"',
        "modules: {default: {tls_versions: ['1.3']}}" + TARGETS,
    ),
    "no TLS version": (
        "modules: {default: {tls_versions: []}}" + TARGETS,
        "config.yaml:1:35: modules.default.tls_versions: is empty: name at least one",
        "modules: {default: {tls_versions: ['1.3', '1.2']}}" + TARGETS,
    ),
    "one TLS version and no list": (
        "modules: {default: {tls_versions: '1.3'}}" + TARGETS,
        'config.yaml:1:35: modules.default.tls_versions: must be a list, not "1.3"',
        "modules: {default: {tls_versions: ['1.3']}}" + TARGETS,
    ),
    "a TLS version that stands there twice": (
        "modules: {default: {tls_versions: ['1.3', '1.2', '1.3']}}" + TARGETS,
        'config.yaml:1:35: modules.default.tls_versions: "1.3" stands there twice: remove one',
        "modules: {default: {tls_versions: ['1.3', '1.2']}}" + TARGETS,
    ),
    "a kind of key that is none": (
        "modules: {default: {key_types: [rsa, ecdas]}}" + TARGETS,
        (
            'config.yaml:1:38: modules.default.key_types[1]: "ecdas" is not accepted (did you mean "ecdsa"?): '
            'write "rsa", "ecdsa", "ed25519", "ed448", "ml-dsa-44", "ml-dsa-65" or "ml-dsa-87"'
        ),
        "modules: {default: {key_types: [rsa, ecdsa]}}" + TARGETS,
    ),
    "no kind of key": (
        "modules: {default: {key_types: []}}" + TARGETS,
        "config.yaml:1:32: modules.default.key_types: is empty: name at least one",
        "modules: {default: {key_types: [ed448]}}" + TARGETS,
    ),
    "a kind of key that stands there twice": (
        "modules: {default: {key_types: [rsa, rsa]}}" + TARGETS,
        'config.yaml:1:32: modules.default.key_types: "rsa" stands there twice: remove one',
        "modules: {default: {key_types: [rsa]}}" + TARGETS,
    ),
    "addresses that are neither one nor all": (
        "modules: {default: {addresses: every}}" + TARGETS,
        'config.yaml:1:32: modules.default.addresses: "every" is not accepted: write "one" or "all"',
        "modules: {default: {addresses: all}}" + TARGETS,
    ),
    "an address family that is none": (
        "modules: {default: {ip_family: v4}}" + TARGETS,
        'config.yaml:1:32: modules.default.ip_family: "v4" is not accepted: write "any", "ipv4" or "ipv6"',
        "modules: {default: {ip_family: ipv4}}" + TARGETS,
    ),
    "a protocol that is none": (
        "modules: {default: {starttls: SMTP}}" + TARGETS,
        (
            'config.yaml:1:31: modules.default.starttls: "SMTP" is not accepted (did you mean "smtp"?): write "smtp", '
            '"lmtp", "imap", "pop3", "ftp", "xmpp", "xmpp-server", "ldap", "postgres", "mysql", "nntp", "sieve", "irc" '
            'or "rdp"'
        ),
        "modules: {default: {starttls: smtp}}" + TARGETS,
    ),
    "a staple policy that is none": (
        "modules: {default: {staple: [auto]}}" + TARGETS,
        'config.yaml:1:29: modules.default.staple: a list is not accepted: write "auto", "required" or "optional"',
        "modules: {default: {staple: auto}}" + TARGETS,
    ),
    "a misspelt word": (
        "modules: {default: {staple: requird}}" + TARGETS,
        (
            'config.yaml:1:29: modules.default.staple: "requird" is not accepted (did you mean "required"?): '
            'write "auto", "required" or "optional"'
        ),
        "modules: {default: {staple: required}}" + TARGETS,
    ),
    "a word in other letters": (
        "modules: {default: {ip_family: IPv4}}" + TARGETS,
        (
            'config.yaml:1:32: modules.default.ip_family: "IPv4" is not accepted (did you mean "ipv4"?): '
            'write "any", "ipv4" or "ipv6"'
        ),
        "modules: {default: {ip_family: ipv4}}" + TARGETS,
    ),
    "a key with a hyphen and in other letters": (
        "modules: {default: {TLS-VERSIONS: ['1.3']}}" + TARGETS,
        'config.yaml:1:21: modules.default.TLS-VERSIONS: unknown key (did you mean "tls_versions"?)',
        "modules: {default: {tls_versions: ['1.3']}}" + TARGETS,
    ),
    "a misspelt module": (
        "modules: {strict: {}}\ntargets: [{host: a, module: strcit}]",
        'config.yaml:2:29: targets[0].module: "strcit" is not defined under modules (did you mean "strict"?)',
        "modules: {strict: {}}\ntargets: [{host: a, module: strict}]",
    ),
    "the default module misspelt": (
        "modules: {strict: {}}\ntargets: [{host: a, module: defualt}]",
        'config.yaml:2:29: targets[0].module: "defualt" is not defined under modules (did you mean "default"?)',
        "modules: {strict: {}}\ntargets: [{host: a, module: default}]",
    ),
    "a module that resembles none": (
        "modules: {strict: {}}\ntargets: [{host: a, module: x}]",
        'config.yaml:2:29: targets[0].module: "x" is not defined under modules (known: default and strict)',
        "modules: {x: {}}\ntargets: [{host: a, module: x}]",
    ),
    "a misspelt option of /probe": (
        "probe: {alow: [a]}",
        'config.yaml:1:9: probe.alow: unknown key (did you mean "allow"?)',
        "probe: {allow: [a]}",
    ),
    "an option of /probe at the top": (
        "refuse_private: true" + TARGETS,
        "config.yaml:1:1: refuse_private: unknown key (it is an option of probe)",
        "probe: {refuse_private: true}",
    ),
    "a misspelt option of the API": (
        "api: {prob: true}" + TARGETS,
        'config.yaml:1:7: api.prob: unknown key (did you mean "probe"?)',
        "api: {probe: true}" + TARGETS,
    ),
    "a misspelt section": (
        "prob: {}" + TARGETS,
        'config.yaml:1:1: prob: unknown key (did you mean "probe"?)',
        "probe: {}" + TARGETS,
    ),
    "a word for a boolean": (
        "api: {probe: yes}" + TARGETS,
        'config.yaml:1:14: api.probe: must be true or false, not "yes"',
        "api: {probe: true}" + TARGETS,
    ),
    "a file of authorities left empty": (
        "modules: {default: {ca_file: }}" + TARGETS,
        "config.yaml:1:30: modules.default.ca_file: is empty: give it a value or remove it",
        "modules: {default: {}}" + TARGETS,
    ),
    "a name left empty": (
        "targets: [{host: a, name: }]",
        "config.yaml:1:27: targets[0].name: is empty: give it a value or remove it",
        "targets: [{host: a, name: x}]",
    ),
    "a pace that is no pace": (
        "targets: [a.test]\nlimits: {probes_per_second: 5e-324}",
        "config.yaml:2:29: limits.probes_per_second: 5e-324 is too small: at least 0.001",
        "targets: [a.test]\nlimits: {probes_per_second: 0.001}",
    ),
    "an endless pace": (
        "targets: [a.test]\nlimits: {probes_per_second: .inf}",
        'config.yaml:2:29: limits.probes_per_second: must be a number, not ".inf"',
        "targets: [a.test]\nlimits: {probes_per_second: 5}",
    ),
    "a limit that is too small": (
        "limits: {probes_in_flight: 0}" + TARGETS,
        "config.yaml:1:28: limits.probes_in_flight: 0 is too small: at least 1",
        "limits: {probes_in_flight: 1}" + TARGETS,
    ),
    "a boolean for a number": (
        "limits: {probes_in_flight: true}" + TARGETS,
        "config.yaml:1:28: limits.probes_in_flight: must be a whole number, not true",
        "limits: {probes_in_flight: 256}" + TARGETS,
    ),
    "a module without a name": (
        "modules: {'': {}}" + TARGETS,
        'config.yaml:1:11: modules[""]: is empty: give it a value or remove it',
        "modules: {m: {}}" + TARGETS,
    ),
}


@pytest.mark.parametrize(("bad", "message", "good"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_its_place_and_its_twin_is_sound(
    complaints: Complaints, bad: str, message: str, good: str
) -> None:
    assert complaints(bad) == [message]
    assert complaints(good) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_file(complaints: Complaints) -> None:
    text = (
        "limits: {probes_in_flight: many}\n"
        "modules:\n"
        "  default: {staple: must, issuer_file: nowhere.pem}\n"
        "  default: {}\n"
        "targets:\n"
        "  - https://example.com/\n"
        "  - {host: a, prot: 1, module: m, labels: {job: x}}\n"
        "  - b\n"
        "  - b\n"
    )
    assert [line.partition(" ")[0] for line in complaints(text)] == [
        "config.yaml:1:28:",
        "config.yaml:3:21:",
        "config.yaml:3:40:",
        "config.yaml:4:3:",
        "config.yaml:6:5:",
        "config.yaml:7:15:",
        "config.yaml:7:32:",
        "config.yaml:7:44:",
        "config.yaml:9:5:",
    ]


def test_an_error_prints_one_line_for_each_problem(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("targets: ['a b', 'c d']")
    first, second = caught.value.problems
    assert str(caught.value) == f"{first}\n{second}"
    assert (first.file, first.line, first.column) == ("config.yaml", 1, 11)


def test_a_fault_in_an_alias_is_told_where_the_value_stands(complaints: Complaints) -> None:
    text = "modules:\n  a: &a {staple: must}\n  b: {<<: *a}\ntargets: [x]\n"
    assert [line.partition(" ")[0] for line in complaints(text)] == ["config.yaml:2:18:", "config.yaml:2:18:"]
