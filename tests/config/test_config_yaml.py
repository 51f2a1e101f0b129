"""Files that are no YAML, or more of it than anybody writes."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ocsp_staple_exporter.config import ConfigError, load_config, source, yaml_source
from tests.config.conftest import NOTHING_TO_DO, Complaints, Load

LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]

SYNTAX = {
    "a tab as indentation": (
        "targets:\n\t- a",
        "2:1: a tab cannot indent YAML: use spaces",
        "targets:\n  - a",
    ),
    "a character that begins no text": (
        "targets:\n  - @a",
        '2:5: a text that begins with "@" needs quotes',
        "targets:\n  - {host: a, name: '@a'}",
    ),
    "an IPv6 address without quotes": (
        "targets:\n  - [2001:db8::1]:8443",
        (
            "2:18: this does not go on with the list that begins on line 2: check the indentation, "
            'and quote a text that begins with "[" or a quote'
        ),
        "targets:\n  - '[2001:db8::1]:8443'",
    ),
    "a wildcard without quotes": (
        "targets:\n  - *.example.com",
        '2:6: a text that begins with "*" needs quotes',
        "targets:\n  - www.example.com",
    ),
    "a quote that is not closed": (
        "targets:\n  - 'a",
        "2:7: the quote opened on line 2 is never closed",
        "targets:\n  - 'a'",
    ),
    "text after a quote": (
        "targets:\n  - host: 'a'b",
        (
            "2:14: this does not go on with the mapping that begins on line 2: check the indentation, "
            'and quote a text that begins with "[", "{" or a quote'
        ),
        "targets:\n  - host: 'ab'",
    ),
    "a colon too many": (
        "targets: a: b",
        '1:11: ":" is not expected here: check the indentation, and quote a text that holds ": "',
        "targets: [a]",
    ),
    "a list that ends early": (
        "targets:\n  - a\nb",
        None,
        "targets:\n  - a\n  - b",
    ),
    "a key out of line": (
        "targets:\n  - host: a\n   port: 443",
        (
            "3:4: this does not go on with the list that begins on line 2: check the indentation, "
            'and quote a text that begins with "[" or a quote'
        ),
        "targets:\n  - host: a\n    port: 443",
    ),
    "a bracket that is not closed": (
        "targets: [a\nlimits: {}",
        '2:7: the list opened with "[" on line 1 goes wrong here: a comma or "]" is missing',
        "targets: [a]\nlimits: {}",
    ),
    "a brace closed as a bracket": (
        "targets: [{host: a]",
        '1:19: the mapping opened with "{" on line 1 goes wrong here: a comma or "}" is missing',
        "targets: [{host: a}]",
    ),
    "an escape that is none": (
        'targets: ["\\d"]',
        None,
        "targets: [d]",
    ),
    "an alias of nothing": (
        "targets: [*a]",
        '1:11: the alias *a has no anchor &a before it: quote a text that begins with "*"',
        "targets: [&a a, {host: *a, port: 1}]",
    ),
    "an alias within its anchor": (
        "targets: &a [*a]",
        '1:14: the alias *a has no anchor &a before it: quote a text that begins with "*"',
        "targets: &a [a]",
    ),
    "a tag": (
        "targets: [!!python/name:os.system a]",
        (
            "1:11: the tag tag:yaml.org,2002:python/name:os.system has no meaning here: remove it, "
            "or quote a text that begins with !"
        ),
        "targets: [!!str a]",
    ),
    "a tag of a mapping": (
        "targets: [!host {host: a}]",
        "1:11: the tag !host has no meaning here: remove it, or quote a text that begins with !",
        "targets: [!!map {host: a}]",
    ),
    "a duplicate key": (
        "targets:\n  - host: a\n    port: 1\n    host: a",
        '4:5: duplicate key "host": it stands already on line 2',
        "targets:\n  - host: a\n    port: 1",
    ),
    "a key that is a number": (
        "modules: {1: {}}\ntargets: [a]",
        '1:11: a key must be text: write it in quotes, "1"',
        "modules: {'1': {}}\ntargets: [a]",
    ),
    "a key that is a list": (
        "{[a]: b, targets: [a]}",
        "1:2: a key must be text, not a list or a mapping",
        "{targets: [a]}",
    ),
    "a merge of no mapping": (
        "modules: {m: {<<: text}}\ntargets: [a]",
        "1:15: <<: merges a mapping or a list of mappings, nothing else",
        "modules: {m: {<<: {staple: auto}}}\ntargets: [a]",
    ),
    "a second document": (
        "targets: [a]\n---\ntargets: [b]",
        "2:1: a second YAML document begins here: keep one in the file",
        "---\ntargets: [a]\n...\n",
    ),
    "a list as the document": (
        "- a",
        '1:1: must be a mapping that begins with a key, as in "targets:"',
        "targets:\n- a",
    ),
    "a version that nobody wrote": (
        "%YAML 3.0\n---\ntargets: [a]",
        None,
        "%YAML 1.2\n---\ntargets: [a]",
    ),
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(("bad", "message", "good"), SYNTAX.values(), ids=SYNTAX.keys())
def test_what_is_no_yaml_is_told_with_its_usual_cause(
    complaints: Complaints, monkeypatch: pytest.MonkeyPatch, loader: type, bad: str, message: str | None, good: str
) -> None:
    monkeypatch.setattr(yaml_source, "_LOADER", loader)
    found = complaints(bad)
    if message is None:  # the parsers differ in place or words
        assert len(found) == 1
        assert found[0].startswith("config.yaml:")
    else:
        assert found == [f"config.yaml:{message}"]
    assert complaints(good) == []


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\ufeff"])
def test_an_empty_file_says_what_belongs_in_it(complaints: Complaints, text: str) -> None:
    assert complaints(text) == [f"config.yaml: is empty: {NOTHING_TO_DO}"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"targets:\n  - \xc3\xbc\xff", "c.yaml:2:6: is not UTF-8 text: byte 0xff"),
        (b"\x7fELF\x02\x01", "c.yaml:1:1: control character U+007F: YAML is plain text"),
        (b"\x1f\x8b\x08\x00", "c.yaml:1:2: is not UTF-8 text: byte 0x8b"),
        (b"targets: [a]\n\x00", "c.yaml:2:1: control character U+0000: YAML is plain text"),
        ("targets: [a]".encode("utf-16"), "c.yaml:1:1: is UTF-16 text: save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_told_with_the_place_of_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_config(Path("c.yaml"))
    assert str(caught.value) == message


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop.yaml").symlink_to("loop.yaml")
    expected = {
        "missing.yaml": "missing.yaml: cannot be read: No such file or directory",
        ".": ".: cannot be read: Is a directory",
        "loop.yaml": "loop.yaml: cannot be read: Too many levels of symbolic links",
        "null\0byte": "null\\x00byte: cannot be read: embedded null byte",
    }
    for name, message in expected.items():
        with pytest.raises(ConfigError) as caught:
            load_config(Path(name))
        assert str(caught.value) == message


NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root reads everything: be nobody for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_without_permission_says_so() -> None:
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:  # in a directory that everybody may enter
        Path(file.name).chmod(0)
        with without_privileges(), pytest.raises(ConfigError, match="Permission denied"):
            load_config(Path(file.name))


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST", 1024 * 1024)
    with pytest.raises(ConfigError, match=r"^/dev/zero: is larger than 1 MiB$"):
        load_config(Path("/dev/zero"))


LETTERS = "abcdefghijkl"
BOMBS = {
    "lists": "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in itertools.pairwise(LETTERS)),
    "aliases": "a: &a x\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in itertools.pairwise(LETTERS)),
    "mappings": "a: &a {x: y}\n"
    + "".join(f"{b}: &{b} {{{','.join(f'k{n}: *{a}' for n in range(10))}}}\n" for a, b in itertools.pairwise(LETTERS)),
    "merges": "a: &a {x: y}\n"
    + "".join(f"{b}: &{b} {{<<: [{','.join([f'*{a}'] * 10)}]}}\n" for a, b in itertools.pairwise(LETTERS)),
    "depth": "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}]\n" for n in range(100)),
    "brackets": "[" * 200_000,
    "braces": "{a: " * 200_000,
    "dashes": "- " * 200_000,
    "keys": "? " * 200_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_what_would_grow_or_nest_without_end_is_refused_at_once(complaints: Complaints, text: str) -> None:
    started = time.process_time()
    (message,) = complaints(text)
    assert time.process_time() - started < 2
    assert message.endswith(
        (
            "the file holds more than 3000000 values, its aliases expanded",
            "is nested deeper than 32 levels",
            "is nested deeper than 32 levels, its aliases expanded",
            "exceeded maximum nesting depth",  # libyaml's own bound, which older ones have not
        )
    )


def test_faults_before_a_syntax_error_are_told_with_it(complaints: Complaints) -> None:
    assert [line.partition(" ")[0] for line in complaints("a: 1\na: 2\nb: [\n")] == [
        "config.yaml:2:1:",
        "config.yaml:4:1:",
    ]


def test_a_hundred_thousand_targets_load_in_seconds(load: Load) -> None:
    text = "targets:\n" + "".join(f"  - host{number}.example.com:8443\n" for number in range(100_000))
    started = time.process_time()
    assert len(load(text).targets) == 100_000
    assert time.process_time() - started < 10  # 1.5 s on the slow side; the machine may be busy
