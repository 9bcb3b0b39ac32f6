"""The bank's own format: YAML that reads well, differs little between versions, and is safe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import yaml

from quizzes.engine.kinds.registry import KINDS
from quizzes.formats.document import (
    Evidence,
    Finding,
    Format,
    ParsedBank,
    PlacementRef,
    Question,
)
from quizzes.formats.reading import read_bank
from quizzes.formats.yaml_tree import Node, RefusedFile, Tree

HEADER = "certportal-questions-1"
MAX_BYTES = 20_000_000

_LINE_WIDTH = 100
_RARE_BREAK = re.compile("[\x85\u2028\u2029]")

_BODY_ORDER = ("kind", "stem", "prompts", "items", "options", "choose", "shuffle", "unit", "units")
_KEY_ORDER = (
    "correct",
    "order",
    "pairs",
    "value",
    "tolerance",
    "tolerance_kind",
    "accepted",
    "case_sensitive",
    "option_rationales",
    "explanation",
    "reference",
)


def looks_like(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"format: certportal-questions")


def read(data: bytes, name: str) -> ParsedBank:
    """Read a bank to its end. A question with broken syntax does not hide the others' errors."""
    try:
        text = _decoded(data)
    except RefusedFile as refused:
        return _bank([], name, [_finding(name, refused.line, refused.code, refused.message)])
    tree = Tree(first_line=1)
    try:
        tree.read(text)
    except RefusedFile as refused:
        nodes, errors = _read_in_pieces(text, name)
        whole = _finding(name, refused.line, refused.code, refused.message)
        lost = sum(error.code == "bad_syntax" for error in errors)
        return _bank(nodes, name, errors or [whole], lost=lost)
    errors = [_finding(name, *problem) for problem in tree.problems]
    nodes, wrong = _top_level(tree.root, name)
    return _bank(nodes, name, errors + wrong)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise RefusedFile("too_large", f"is larger than {MAX_BYTES:,} bytes", 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RefusedFile("not_utf8", f"is not UTF-8 at byte {error.start}", line) from None


def _top_level(root: Node | None, name: str) -> tuple[list[Node], list[Finding]]:
    if root is None or not isinstance(root.value, dict):
        line = root.line if root else 1
        return [], [_finding(name, line, "no_bank", f"must begin with format: {HEADER}")]
    errors = [
        _finding(name, node.line, "unknown_field", f"there is no field {field_name}")
        for field_name, node in root.parts.items()
        if field_name not in {"format", "questions"}
    ]
    if root.value.get("format") != HEADER:
        line = root.find("format").line
        errors.append(_finding(name, line, "unknown_version", f"format must be {HEADER}"))
    questions = root.parts.get("questions")
    if questions is None or not isinstance(questions.value, list):
        line = questions.line if questions else root.line
        errors.append(_finding(name, line, "no_questions", "questions must be a list"))
        return [], errors
    return list(questions.parts.values()), errors


def _read_in_pieces(text: str, name: str) -> tuple[list[Node], list[Finding]]:
    """After a syntax error: each question for itself, so that all errors are found."""
    nodes: list[Node] = []
    errors: list[Finding] = []
    for first_line, piece in _pieces(text):
        tree = Tree(first_line=first_line)
        try:
            tree.read(piece)
        except RefusedFile as refused:
            errors.append(_finding(name, refused.line, refused.code, refused.message))
        else:
            nodes += tree.root.parts.values() if tree.root else []
            errors += [_finding(name, *problem) for problem in tree.problems]
    return nodes, errors


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The entries of the list of questions, as text, with their first lines."""
    lines = text.splitlines(keepends=True)
    begin = next((n for n, line in enumerate(lines) if line.startswith("questions:")), len(lines))
    first = next((line for line in lines[begin + 1 :] if line.lstrip(" ").startswith("- ")), "")
    mark = first[: len(first) - len(first.lstrip(" "))] + "- "
    starts = [n for n, line in enumerate(lines) if n > begin and first and line.startswith(mark)]
    for start, end in pairwise([*starts, len(lines)]):
        yield start + 1, "".join(lines[start:end])


def _finding(name: str, line: int, code: str, message: str) -> Finding:
    return Finding(f"{name or 'file'}:{line}", code, message, line)


def _bank(
    nodes: Sequence[Node], name: str, errors: Iterable[Finding], *, lost: int = 0
) -> ParsedBank:
    return read_bank(
        [node.value for node in nodes],
        name=name,
        format_name="yaml",
        locate=lambda index, path: nodes[index].find(path).line,
        errors=errors,
        lost=lost,
    )


class _Dumper(yaml.SafeDumper):
    """Block style, texts of several lines as they are, nothing abbreviated."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    if _RARE_BREAK.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump(questions: Iterable[Question]) -> str:
    """Questions as a file, in their order, with fields always in the same order."""
    bank = {"format": HEADER, "questions": [_as_row(question) for question in questions]}
    text: str = yaml.dump(
        bank,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=_LINE_WIDTH,
    )
    return text


def _as_row(question: Question) -> dict[str, Any]:
    row = {
        "id": question.external_id,
        "kind": question.kind,
        "difficulty": question.difficulty,
        "is_sample": question.is_sample,
        "enemy_group": question.enemy_group,
        "tags": list(question.tags),
        "placements": [_placement_row(placement) for placement in question.placements],
        "verification": question.verification,
        "checked_on": question.checked_on.isoformat() if question.checked_on else "",
        "evidence": [_evidence_row(evidence) for evidence in question.evidence],
    }
    kept = {name: value for name, value in row.items() if value}
    body = _ordered(question.body, _BODY_ORDER)
    body.pop("kind")
    return {**kept, "body": body, "key": _ordered(question.key, _KEY_ORDER)}


def _placement_row(placement: PlacementRef) -> dict[str, Any]:
    row: dict[str, Any] = {"certification": placement.certification, "domain": placement.domain}
    if placement.objectives:
        row["objectives"] = list(placement.objectives)
    if placement.fit != "good":
        row["fit"] = placement.fit
    return row


def _evidence_row(evidence: Evidence) -> dict[str, str]:
    row = {name: getattr(evidence, name) for name in ("source", "quote", "result", "date")}
    return {name: text for name, text in row.items() if text}


def _ordered(document: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    return {name: _sorted(document[name]) for name in order if name in document}


def _sorted(value: Any) -> Any:
    """Maps by id or language in alphabetical order, entries with their id before their text."""
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(inner) for inner in value]
    return value


FORMAT = Format(
    name="yaml",
    suffixes=(".yaml", ".yml"),
    kinds=frozenset(KINDS),
    looks_like=looks_like,
    read=read,
)
