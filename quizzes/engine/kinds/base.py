"""What every kind of question can do."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeAlias

from quizzes.engine.kinds.checking import Document, Findings, Problem, is_storable, main_language

__all__ = ["Answer", "Document", "Form", "Kind", "Problem", "RefusedAnswer", "Rule"]

Answer: TypeAlias = dict[str, Any]
Form: TypeAlias = Mapping[str, Sequence[str]]
Rule: TypeAlias = Literal["exam", "practice"]

MAX_ANSWER_LENGTH = 4_000
"""Characters of a typed answer."""


class RefusedAnswer(ValueError):  # noqa: N818 - the name of the outcome in the protocol
    """An answer that cannot belong to this question; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Kind(ABC):
    """One kind of question. Bodies and keys handed to any method but `validate` are valid.

    An answer is the JSON object of the protocol, in its canonical form once it
    went through `clean_answer`.
    """

    name: ClassVar[str]
    body_fields: ClassVar[tuple[str, ...]]
    optional_body_fields: ClassVar[tuple[str, ...]] = ()
    key_fields: ClassVar[tuple[str, ...]]
    optional_key_fields: ClassVar[tuple[str, ...]] = ()

    def validate(self, body: object, key: object) -> list[Problem]:
        """Every problem that keeps the question from being used; accepts any JSON value."""
        stem = body.get("stem") if isinstance(body, Mapping) else None
        findings = Findings(language=main_language(stem))
        checked_body = findings.mapping(
            body,
            "body",
            required=("kind", "stem", *self.body_fields),
            optional=self.optional_body_fields,
        )
        checked_key = findings.mapping(
            key,
            "key",
            required=self.key_fields,
            optional=("explanation", "reference", *self.optional_key_fields),
        )
        if checked_body.get("kind", self.name) != self.name:
            findings.add("body.kind", "wrong_kind", f"must be {self.name}")
        if "stem" in checked_body:
            findings.text(checked_body["stem"], "body.stem")
        if "explanation" in checked_key:
            findings.text(checked_key["explanation"], "key.explanation", needed=False)
        if "reference" in checked_key:
            findings.link(checked_key["reference"], "key.reference")
        self._check(checked_body, checked_key, findings)
        return findings.problems

    @abstractmethod
    def _check(self, body: Document, key: Document, findings: Findings) -> None:
        """Record what is wrong with the fields of this kind."""

    @abstractmethod
    def clean_answer(self, body: Document, answer: object) -> Answer:
        """The canonical answer.

        Raises:
            RefusedAnswer: a wrong shape or an unknown option. Nothing else, whatever
                JSON value comes in.
        """

    @abstractmethod
    def is_complete(self, body: Document, answer: Answer | None) -> bool:
        """Whether every part of the question is answered."""

    @abstractmethod
    def grade(
        self, body: Document, key: Document, answer: Answer | None, *, rule: Rule
    ) -> Fraction:
        """The share of the points, 0 to 1: all or nothing in exams, partial in practice."""

    @abstractmethod
    def presentation_order(self, body: Document, rng: random.Random) -> dict[str, list[str]]:
        """The ids of each list in the order to show; {} if there is nothing to order."""

    @abstractmethod
    def answer_from_form(self, body: Document, data: Form) -> Answer | None:
        """The answer of a plain form post, `None` when nothing was answered.

        Raises:
            RefusedAnswer: as in `clean_answer`.
        """

    @abstractmethod
    def guess_floor(self, body: Document) -> Fraction:
        """The mean score of a random answer under the exam rule."""


def ids(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of options, items or prompts as they are stored."""
    return [row["id"] for row in rows]


def shuffled(names: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(list(names), len(names))


def field_of(answer: object, name: str) -> Any:
    """The only field of an answer object.

    Raises:
        RefusedAnswer: it is no object with exactly this field.
    """
    if not isinstance(answer, Mapping) or set(answer) != {name}:
        raise RefusedAnswer("wrong_shape")
    return answer[name]


def known_ids(value: object, *, among: Sequence[str]) -> list[str]:
    """A list of different known ids.

    Raises:
        RefusedAnswer: it is not.
    """
    if not isinstance(value, list | tuple):
        raise RefusedAnswer("wrong_shape")
    if any(not isinstance(name, str) for name in value):
        raise RefusedAnswer("wrong_shape")
    if not set(value) <= set(among):
        raise RefusedAnswer("unknown_option")
    if len(set(value)) != len(value):
        raise RefusedAnswer("repeated_option")
    return list(value)


def typed_text(value: object, *, limit: int = MAX_ANSWER_LENGTH) -> str:
    """A text that can be stored.

    Raises:
        RefusedAnswer: it is no text, too long, or has NUL or half a surrogate pair.
    """
    if not isinstance(value, str):
        raise RefusedAnswer("wrong_shape")
    if len(value) > limit:
        raise RefusedAnswer("too_long")
    if not is_storable(value):
        raise RefusedAnswer("bad_character")
    return value


def form_values(data: Form, name: str) -> list[str]:
    """What a form sent under one name, without blanks."""
    return [value for value in data.get(name, ()) if value.strip()]


def form_value(data: Form, name: str) -> str | None:
    """The last value that a form sent under one name, `None` if blank."""
    values = form_values(data, name)
    return values[-1] if values else None
