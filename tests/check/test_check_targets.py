"""What may be checked, as people write it: arguments, files, targets of a config file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocsp_staple_exporter.check.targets import BadTargetsError, Targets, targets_of_arguments, targets_of_file
from ocsp_staple_exporter.model import Module, StartTLS, Target
from tests.check.hosts_to_check import Lab, run


def _targets(*texts: str) -> tuple[Target, ...]:
    return Targets(Module()).of(targets_of_arguments(texts))


def _of_file(data: bytes) -> tuple[Target, ...]:
    return Targets(Module()).of(targets_of_file(data, "hosts.txt"))


@pytest.mark.parametrize(
    ("text", "target", "host", "port", "server_name"),
    [
        ("www.example.com", "www.example.com:443", "www.example.com", 443, "www.example.com"),
        ("Mail.Example.COM.:465", "mail.example.com:465", "mail.example.com", 465, "mail.example.com"),
        ("192.0.2.1:8443", "192.0.2.1:8443", "192.0.2.1", 8443, None),
        ("[2001:DB8::1]", "[2001:db8::1]:443", "2001:db8::1", 443, None),
        ("[2001:db8::1]:465", "[2001:db8::1]:465", "2001:db8::1", 465, None),
        ("[fe80::1%eth0]:465", "[fe80::1%eth0]:465", "fe80::1%eth0", 465, None),
        ("Bücher.example", "bücher.example:443", "xn--bcher-kva.example", 443, "xn--bcher-kva.example"),
    ],
)
def test_a_host_is_read_as_the_exporter_reads_it(
    text: str, target: str, host: str, port: int, server_name: str | None
) -> None:
    (found,) = _targets(text)
    assert (found.name, found.host, found.port, found.server_name) == (target, host, port, server_name)


def test_a_host_without_a_port_gets_that_of_the_protocol() -> None:
    found = Targets(Module(starttls=StartTLS.LDAP)).of(targets_of_arguments(["ldap.example", "ldap.example:3389"]))
    assert [each.name for each in found] == ["ldap.example:389", "ldap.example:3389"]


def test_a_host_is_probed_once_under_the_name_that_came_first() -> None:
    found = _targets("bücher.example", "www.example", "xn--bcher-kva.example:443", "WWW.example", "www.example:444")
    assert [each.name for each in found] == ["bücher.example:443", "www.example:443", "www.example:444"]


def test_a_file_has_one_host_per_line_with_comments_and_empty_lines() -> None:
    data = b"\xef\xbb\xbf# ours\r\nwww.example.com\r\n\n  mail.example.com:465  # for mail\n#old.example\n"
    assert [each.name for each in _of_file(data)] == ["www.example.com:443", "mail.example.com:465"]


def test_all_bad_lines_are_told_at_once_with_their_numbers() -> None:
    with pytest.raises(BadTargetsError) as caught:
        _of_file(b"https://www.example/\ngood.example\nbad..example\n\x1b[31m\n\xff\xfe\nhost:99999\n::1\n")
    lines = str(caught.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"hosts.txt:{number}:" for number in (1, 3, 4, 5, 6, 7)]
    assert lines[0].endswith('is a URL: drop its scheme and path, "www.example"')
    assert r"\x1b[31m" in lines[2]
    assert lines[5].endswith('needs brackets, as an IPv6 address: "[::1]"')
    assert all(line.isprintable() for line in lines)


def test_the_bad_lines_of_what_is_no_list_at_all_are_cut() -> None:
    with pytest.raises(BadTargetsError) as caught:
        _of_file(b"-\n" * 1000)
    assert len(str(caught.value).splitlines()) == 101
    assert str(caught.value).endswith("\nand 900 more")


def test_ten_thousand_hosts_are_read() -> None:
    found = _of_file(b"".join(b"host-%d.example\n" % number for number in range(10_000)))
    assert len(found) == 10_000


# ---------------------------------------------------------------- on the command line


def _refused(*arguments: str, stdin: bytes | None = None) -> str:
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (64, "")
    assert "Traceback" not in result.stderr
    return result.stderr


def test_hosts_come_from_arguments_and_files_and_the_standard_input(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "hosts.txt").write_text(f"{lab.closed_address}\n")
    given = ["--targets", str(tmp_path / "hosts.txt"), "--targets", "-", "--ca-file", lab.root, "--no-http", "--json"]
    result = run(lab.address, *given, stdin=f"{lab.closed_address} # again\nlocalhost:{lab.laboratory.port}\n".encode())
    targets = {host["target"] for host in json.loads(result.stdout)["hosts"]}
    assert targets == {lab.address, lab.closed_address, f"localhost:{lab.laboratory.port}"}


def test_bad_hosts_of_all_sources_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "hosts.txt").write_text("a b\n")
    told = _refused("https://x/", "--targets", str(tmp_path / "hosts.txt"), "--targets", "-", stdin=b"\n*.example\n")
    assert 'HOST: "https://x/" is a URL' in told
    assert 'hosts.txt:1: "a b" is no host name' in told
    assert 'standard input:2: "*.example" is no host name: a wildcard names no host' in told


@pytest.mark.parametrize("content", [b"", b"\n# nothing yet\n"])
def test_an_empty_list_is_wrong_use(content: bytes) -> None:
    assert "standard input names no host: there is nothing to check." in _refused("--targets", "-", stdin=content)


def test_a_list_that_cannot_be_read_is_wrong_use(tmp_path: Path) -> None:
    told = _refused("--targets", str(tmp_path / "none.txt"))
    assert "none.txt cannot be read: No such file or directory" in told
    assert "To mend it, give a text file with one host[:port] per line." in told


def test_the_standard_input_is_read_once() -> None:
    assert "can be read once" in _refused("--targets", "-", "--targets", "-")
    assert "can be read once" in _refused("--targets", "-", "--ca-file", "-")
    assert "can be read once" in _refused("www.example", "--issuer", "-", "--ca-file", "-")


def test_without_anything_to_check_it_says_what_could_be() -> None:
    assert "Name what to check: a HOST, a file of them with --targets, or --staple and --leaf." in _refused()


# ---------------------------------------------------------------- config file


def _found(*arguments: str) -> dict[str, dict[str, object]]:
    return {host["target"]: host for host in json.loads(run(*arguments, "--no-http", "--json").stdout)["hosts"]}


def test_a_config_file_alone_stands_for_all_its_targets(lab: Lab) -> None:
    assert set(_found("--config.file", lab.config_file)) == {each.target for each in lab.laboratory.endpoints}


def test_a_host_beside_a_config_file_is_its_target_of_that_name_or_one_more(lab: Lab) -> None:
    found = _found("--config.file", lab.config_file, "stale.test", lab.address, "stale.test")
    assert set(found) == {"stale.test", lab.address}
    assert found["stale.test"]["server_name"] == "stale.test"
    assert found[lab.address]["server_name"] is None
    assert [host["chain"]["verified"] for host in found.values()] == [True, False]  # type: ignore[index]


def test_a_target_is_found_by_the_name_that_the_exporter_gives_it(lab: Lab, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"targets: [{{host: localhost, port: {lab.laboratory.port}, server_name: stale.test, labels: {{a: b}}}}]"
    )
    found = _found("--config.file", str(config), f"LOCALHOST:{lab.laboratory.port}")
    assert [(host["server_name"], host["labels"]) for host in found.values()] == [("stale.test", {"a": "b"})]


@pytest.mark.parametrize("more", [(), ("stale.test",), ("LAB",)])
def test_a_module_says_how_to_probe(lab: Lab, more: tuple[str, ...]) -> None:
    hosts = [lab.address if host == "LAB" else host for host in more]
    config = ("--config.file", lab.config_file)
    found = _found(*config, "--module", "old", *hosts).values()
    handshakes = [host["handshake"] for host in found if host["handshake"]]
    assert {handshake["tls_version"] for handshake in handshakes} == {"1.2"}  # type: ignore[index]
    default = _found(*config, *hosts).values()
    assert {host["handshake"]["tls_version"] for host in default if host["handshake"]} == {"1.3"}  # type: ignore[index]


def test_options_outweigh_the_module(lab: Lab) -> None:
    found = _found("--config.file", lab.config_file, "--tls-version", "1.2", "--clock-skew", "1h", "stale.test")
    (host,) = found.values()
    assert host["handshake"]["tls_version"] == "1.2"  # type: ignore[index]
    assert host["clock_skew_seconds"] == 3600.0
    assert host["chain"]["verified"] is True  # type: ignore[index]


def test_a_bad_config_file_is_told_as_the_exporter_tells_it(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("targets:\n  - {host: www.example, prot: 465}\n  - https://x/\n")
    told = _refused("--config.file", str(tmp_path / "bad.yaml"))
    assert "bad.yaml:2:" in told
    assert 'did you mean "port"?' in told
    assert "bad.yaml:3:" in told


def test_a_module_that_is_not_there_is_wrong_use(lab: Lab) -> None:
    assert "--module names a module of a config file" in _refused("www.example", "--module", "old")
    told = _refused("--config.file", lab.config_file, "--module", "olld")
    assert '"olld" is not a module of the config file (did you mean "old"?)' in told
