"""Reads YAML into plain values with their lines, and refuses what could surprise or harm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_DEPTH = 16
MAX_NODES = 2_000_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_PLAIN_VALUES: Mapping[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(slots=True)
class Node:
    """A value and the lines of its parts."""

    line: int
    value: Any = None
    parts: dict[str, Node] = field(default_factory=dict)
    waiting_key: str | None = None

    def find(self, path: str) -> Node:
        """The deepest part that exists along a path with points."""
        node = self
        for step in path.split("."):
            if step not in node.parts:
                break
            node = node.parts[step]
        return node


class RefusedFile(Exception):  # noqa: N818 - never leaves this format
    """The file cannot be read any further."""

    def __init__(self, code: str, message: str, line: int) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


class Tree:
    """Builds plain values from parser events: no tags, no aliases, no deep nesting.

    Only `true`, `false`, `null` and plain whole numbers are anything but text, so
    `no`, `1.5`, `12:30` and `2026-11-23` stay what was typed.
    """

    def __init__(self, *, first_line: int) -> None:
        self.root: Node | None = None
        self.problems: list[tuple[int, str, str]] = []
        self._open: list[Node] = []
        self._first = first_line
        self._nodes = 0

    def read(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.YAMLError as error:
            raise self._syntax_error(text, error) from None

    def _syntax_error(self, text: str, error: yaml.YAMLError) -> RefusedFile:
        mark = getattr(error, "problem_mark", None)
        line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        return RefusedFile("bad_syntax", f"not valid YAML: {reason}", self._first + line)

    def _take(self, event: yaml.Event) -> None:
        line = self._first + (event.start_mark.line if event.start_mark else 0)
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise RefusedFile("many_documents", "the file holds more than one document", line)
        if isinstance(event, yaml.AliasEvent):
            self.problems.append((line, "alias", "aliases are refused; repeat the value"))
            self._place(Node(line, ""))
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()

    def _take_node(self, event: yaml.NodeEvent, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.problems.append((line, "tag", f"tags are refused: {tag!r:.60}"))
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event.value) if event.implicit[0] else event.value
            self._place(Node(line, value), spelled=event.value)
            return
        node = Node(line, {} if isinstance(event, yaml.MappingStartEvent) else [])
        self._place(node)
        self._open.append(node)
        if len(self._open) > MAX_DEPTH:
            raise RefusedFile("too_deep", f"nested more than {MAX_DEPTH} levels deep", line)

    def _place(self, node: Node, *, spelled: str | None = None) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise RefusedFile("too_large", f"has more than {MAX_NODES} values", node.line)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.value, list):
            parent.parts[str(len(parent.value))] = node
            parent.value.append(node.value)
        elif parent.waiting_key is None:
            parent.waiting_key = self._key(parent, spelled, node.line)
        else:
            parent.parts.setdefault(parent.waiting_key, node)
            parent.value.setdefault(parent.waiting_key, node.value)
            parent.waiting_key = None

    def _key(self, parent: Node, spelled: str | None, line: int) -> str:
        if spelled is None:
            raise RefusedFile("bad_field", "a field name must be a plain text", line)
        if spelled in parent.value:
            self.problems.append((line, "repeated_field", f"{spelled:.60} stands here twice"))
        return spelled


def _scalar(text: str) -> object:
    if text in _PLAIN_VALUES:
        return _PLAIN_VALUES[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
