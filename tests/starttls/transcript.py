"""Conversations as they stand in `transcripts/`, one file per protocol.

`S` and `C` say who speaks: `:` a line that ends with CRLF, `.` text without one, `#` bytes in hexadecimal.
`=>` says how it ends: `tls`, or a reason and a part of the detail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocsp_staple_exporter.dialogue import Conversation, DialogueError
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from ocsp_staple_exporter.starttls import Names, conversation_of

DIRECTORY = Path(__file__).parent / "transcripts"
NAMES = Names(client="[192.0.2.1]", server="im.example.com")


@dataclass(frozen=True)
class Transcript:
    protocol: StartTLS
    title: str
    turns: tuple[tuple[str, bytes], ...]
    """Who says what, in turn: never the same one twice."""

    reason: ProbeFailure | None
    """None: TLS may begin."""

    detail: str

    @property
    def from_server(self) -> bytes:
        return b"".join(words for who, words in self.turns if who == "S")

    @property
    def from_client(self) -> bytes:
        return b"".join(words for who, words in self.turns if who == "C")

    def __str__(self) -> str:
        return f"{self.protocol.value}: {self.title}"


@dataclass(frozen=True)
class Outcome:
    """How a conversation went. Open: the client waits for more."""

    said: bytes
    open: bool = False
    reason: ProbeFailure | None = None
    detail: str = ""


def outcome_of(protocol: StartTLS, pieces: list[bytes]) -> Outcome:
    """Of a conversation whose server says these pieces, one after the other, whatever it is told."""
    conversation = conversation_of(protocol, NAMES)
    said = b""
    try:
        for piece in (b"", *pieces):
            said += conversation.receive(piece)
            if conversation.done:
                return Outcome(said)
    except DialogueError as error:
        return Outcome(said + conversation.parting_words, reason=error.reason, detail=error.detail)
    return Outcome(said, open=True)


def start(protocol: StartTLS) -> Conversation:
    """One that has said its first words."""
    conversation = conversation_of(protocol, NAMES)
    conversation.receive(b"")
    return conversation


def transcripts() -> Iterator[Transcript]:
    for protocol in StartTLS:
        text = (DIRECTORY / f"{protocol.value}.txt").read_text(encoding="utf-8")
        for part in text.strip("\n").split("\n\n"):
            yield _parse(protocol, part.split("\n"))


def _parse(protocol: StartTLS, lines: list[str]) -> Transcript:
    title, *said, end = lines
    turns: list[tuple[str, bytes]] = []
    for line in said:
        who, words = line[0], _words(line[1], line[3:])
        if turns and turns[-1][0] == who:
            words = turns.pop()[1] + words
        turns.append((who, words))
    word, _, detail = end.removeprefix("=> ").partition(": ")
    reason = None if word == "tls" else ProbeFailure(word)
    return Transcript(protocol, title.removeprefix("# "), tuple(turns), reason, detail)


def _words(kind: str, text: str) -> bytes:
    if kind == "#":
        return bytes.fromhex(text)
    return text.encode() + (b"\r\n" if kind == ":" else b"")


ALL = list(transcripts())
WELL = [transcript for transcript in ALL if transcript.reason is None]
