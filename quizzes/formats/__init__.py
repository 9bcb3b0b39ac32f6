"""Question files: one module a format, all read into the same canonical questions."""

from __future__ import annotations

from quizzes.formats import yaml_doc
from quizzes.formats.document import (
    Evidence,
    Finding,
    Format,
    ParsedBank,
    PlacementRef,
    Question,
)

__all__ = [
    "FORMATS",
    "Evidence",
    "Finding",
    "ParsedBank",
    "PlacementRef",
    "Question",
    "parse",
]

FORMATS: dict[str, Format] = {format_.name: format_ for format_ in (yaml_doc.FORMAT,)}
"""Formats that can be read; a new one adds one line here."""


def parse(data: bytes, *, format: str = "auto", name: str = "") -> ParsedBank:  # noqa: A002
    """Read a question file to its end, whatever is wrong with it.

    Args:
        data: the file as it is.
        format: a name in `FORMATS`, or "auto" to go by file name and content.
        name: the file name, for "auto" and for the places that findings name.

    Returns:
        The questions without errors, and everything that is wrong with the others.
    """
    chosen = _detect(data, name) if format == "auto" else FORMATS.get(format)
    if chosen is not None:
        return chosen.read(data, name)
    known = ", ".join(sorted(FORMATS))
    wanted = "the file is in no known format" if format == "auto" else f"no format {format!r:.40}"
    finding = Finding(name or "file", "unknown_format", f"{wanted}; known formats: {known}")
    return ParsedBank(questions=(), errors=(finding,), warnings=(), format="")


def _detect(data: bytes, name: str) -> Format | None:
    for format_ in FORMATS.values():
        if name.lower().endswith(format_.suffixes):
            return format_
    return next((format_ for format_ in FORMATS.values() if format_.looks_like(data)), None)
