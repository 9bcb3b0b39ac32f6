"""What the forms of all kinds have in common: text, options with reasons, explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from string import ascii_lowercase
from typing import Any, ClassVar, TypeVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quizzes.engine.kinds.base import Document, Problem
from quizzes.engine.kinds.checking import MAX_OPTIONS, MAX_TEXT_LENGTH, main_language
from quizzes.engine.kinds.registry import get_kind
from quizzes.forms.kinds.wording import in_our_words
from quizzes.selectors.cards import letter_of

LANGUAGES = {"en": "en", "zh": "zh-hans"}
"""The end of a field's name -> the language code in question documents."""

_PAIRS = tuple(LANGUAGES.items())
_ENDINGS = {code: ending for ending, code in LANGUAGES.items()}


class LanguageText(forms.CharField):
    """An author's text in one language."""

    def __init__(self, *, label: Any, language: str, rows: int) -> None:
        attrs: dict[str, Any] = {"rows": rows, "class": "textarea"}
        if language != "en":
            attrs["lang"] = "zh-Hans"
        widget = forms.Textarea(attrs=attrs)
        super().__init__(label=label, required=False, max_length=MAX_TEXT_LENGTH, widget=widget)

    def to_python(self, value: Any) -> str:
        # Browsers send CRLF; a text that nobody touched must stay the text it was.
        return (super().to_python(value) or "").replace("\r\n", "\n")


class ChosenRows(forms.Field):
    """The numbers of the rows that are marked right, however many a browser sends."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        found = [int(it) for it in value or () if it.isascii() and it.isdecimal()]
        return sorted({number for number in found if number < MAX_OPTIONS})


class Quiet(forms.BaseForm):
    """A form that can be shown again as it was typed, before it is judged."""

    def hush(self) -> None:
        """Show what was typed without saying what is missing: nobody asked to save yet."""
        self._errors = ErrorDict()


QuietForm = TypeVar("QuietForm", bound=Quiet)


class QuietFormSet(forms.BaseFormSet[QuietForm]):
    """The same for the rows of a table."""

    def hush(self) -> None:
        for form in self.forms:
            form.hush()
        self._errors: list[Any] = []
        self._non_form_errors = self.error_class()


class OptionForm(Quiet, forms.Form):
    """One option with the reason why it is right or wrong, in both languages."""

    id = forms.CharField(required=False, widget=forms.HiddenInput, max_length=32)
    text_en = LanguageText(label=pgettext_lazy("text in English", "Option"), language="en", rows=2)
    text_zh = LanguageText(label="选项", language="zh", rows=2)
    why_en = LanguageText(
        label=pgettext_lazy("text in English", "Why it is right or wrong"), language="en", rows=2
    )
    why_zh = LanguageText(label="为什么对或错", language="zh", rows=2)

    @property
    def letter(self) -> str:
        """A to T, as an author counts; an empty mark in the row that scripts copy."""
        number = str(self.prefix).rsplit("-", 1)[-1]
        return letter_of(int(number)) if number.isdecimal() else ""

    def texts(self, name: str) -> dict[str, str]:
        return _typed_texts(self, name)

    @property
    def is_blank(self) -> bool:
        return not self.texts("text") and not self.texts("why")


class BaseOptionFormSet(QuietFormSet[OptionForm]):
    """The options of a question."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that was filled in: where it stands in the form, and its id in the document."""

    index: int
    id: str
    form: OptionForm


@dataclass(frozen=True, slots=True)
class EditRow:
    """One row as the editor shows it."""

    number: int
    form: OptionForm
    is_marked: bool


class KindForm(Quiet, forms.Form):
    """Writes the document of one kind of question with options.

    After `is_valid` or a failed one, `typed` is body and key as they were typed.
    """

    kind: ClassVar[str]
    name: ClassVar[Any]
    fewest_rows: ClassVar[int]
    marks_many: ClassVar[bool] = False

    stem_en = LanguageText(
        label=pgettext_lazy("text in English", "Question"), language="en", rows=4
    )
    stem_zh = LanguageText(label="题目", language="zh", rows=4)
    explanation_en = LanguageText(
        label=pgettext_lazy("text in English", "Explanation"), language="en", rows=4
    )
    explanation_zh = LanguageText(label="解析", language="zh", rows=4)
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=500,
        help_text=_("The official page that settles the answer."),
        widget=forms.URLInput,
    )
    shuffle = forms.BooleanField(
        label=_("Show the options in a random order"), required=False, initial=True
    )
    correct = ChosenRows(label=_("Right options"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        document: tuple[Document, Document] | None = None,
        seed: str = "",
    ) -> None:
        body, key = document or ({}, {})
        super().__init__(data, initial=self._initial(body, key))
        self.typed: tuple[dict[str, Any], dict[str, Any]] | None = None
        self._others = _other_languages(body, key)
        self._seed = seed
        self._shown: list[Row] = []
        self.options = self._option_formset(data, _option_initial(body, key))

    def _option_formset(
        self, data: Mapping[str, Any] | None, rows: list[dict[str, str]]
    ) -> BaseOptionFormSet:
        factory: Any = forms.formset_factory(
            OptionForm,
            formset=BaseOptionFormSet,
            extra=max(0, self.fewest_rows - len(rows)),
            max_num=MAX_OPTIONS,
            absolute_max=MAX_OPTIONS,
            validate_max=True,
        )
        formset: BaseOptionFormSet = factory(
            data, initial=rows, prefix="options", error_messages=_FORMSET_MESSAGES
        )
        return formset

    def _initial(self, body: Document, key: Document) -> dict[str, Any]:
        initial: dict[str, Any] = {"reference": key.get("reference", "")}
        for name, texts in (("stem", body.get("stem")), ("explanation", key.get("explanation"))):
            initial |= {f"{name}_{end}": (texts or {}).get(code, "") for end, code in _PAIRS}
        initial["shuffle"] = body.get("shuffle", True)
        ids = [row["id"] for row in body.get("options", ())]
        initial["correct"] = [str(ids.index(name)) for name in key.get("correct", ())]
        return initial

    @property
    def edit_template(self) -> str:
        return f"quizzes/kinds/{self.kind}/edit.html"

    def hush(self) -> None:
        super().hush()
        self.options.hush()

    def is_valid(self) -> bool:
        return super().is_valid() and self.options.is_valid()

    def clean(self) -> dict[str, Any]:
        if self.options.is_valid():
            # Before any error takes a value away.
            self.typed = body, key = self._document()
            for problem in get_kind(self.kind).validate(body, key):
                self.show(problem)
        return self.cleaned_data

    def says_why(self) -> bool:
        """Whether every option has its reason; complains beside those that have none."""
        silent = [row for row in self._shown if not self._row_texts(row, "why")]
        for row in silent:
            row.form.add_error(
                f"why_{self._ending('')}", _("Say why, or keep the question as a draft.")
            )
        return not silent

    def edit_rows(self) -> list[EditRow]:
        """The rows of the table, for the template."""
        marked = {str(number) for number in self["correct"].value() or ()}
        return [
            EditRow(number, form, str(number) in marked)
            for number, form in enumerate(self.options.forms)
        ]

    # ---- Form to document ---------------------------------------------------------------

    def _document(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self._shown = rows = self._rows()
        body: dict[str, Any] = {
            "kind": self.kind,
            "stem": self._texts("stem"),
            "options": [{"id": row.id, "text": self._option_text(row)} for row in rows],
        }
        marked = self.cleaned_data.get("correct", [])
        key: dict[str, Any] = {"correct": [row.id for row in rows if row.index in marked]}
        reasons = {row.id: self._row_texts(row, "why") for row in rows}
        optional: dict[str, Any] = {
            "option_rationales": {row: texts for row, texts in reasons.items() if texts},
            "explanation": self._texts("explanation"),
            "reference": self.cleaned_data.get("reference"),
        }
        key |= {name: value for name, value in optional.items() if value}
        self._finish(body)
        return body, key

    def _finish(self, body: dict[str, Any]) -> None:
        """What this kind adds."""
        if not self.cleaned_data.get("shuffle"):
            body["shuffle"] = False

    def _texts(self, name: str) -> dict[str, str]:
        return _typed_texts(self, name) | self._others.get(name, {})

    def _row_texts(self, row: Row, name: str) -> dict[str, str]:
        return row.form.texts(name) | self._others.get(f"{name} {row.id}", {})

    def _option_text(self, row: Row) -> dict[str, str]:
        return self._row_texts(row, "text")

    def _rows(self) -> list[Row]:
        """The rows that say something. A row that is marked right counts although it is empty."""
        marked = self.cleaned_data.get("correct", [])
        filled = [
            (index, form)
            for index, form in enumerate(self.options.forms)
            if not form.is_blank or index in marked
        ]
        ids = self._ids([form for _index, form in filled])
        return [Row(index, name, form) for (index, form), name in zip(filled, ids, strict=True)]

    def _ids(self, rows: Sequence[OptionForm]) -> list[str]:
        """Rows keep their ids; new ones get letters in an order that tells nothing.

        Authors tend to write the right option first, and ids reach the student's page.
        """
        kept = [form.cleaned_data.get("id", "") for form in rows]
        free = [name for name in ascii_lowercase[:MAX_OPTIONS] if name not in kept]
        new = sorted(
            free[: kept.count("")],
            key=lambda name: sha256(f"{self._seed}:{name}".encode()).hexdigest(),
        )
        return [name or new.pop() for name in kept]

    # ---- Problems to fields ---------------------------------------------------------------

    def show(self, problem: Problem) -> None:
        """Put a problem of the document beside the field it is about."""
        form, field = self._field_of([*problem.where.split("."), "", "", "", ""])
        form.add_error(field, in_our_words(problem, main=self._main, many=self.marks_many))

    @property
    def _main(self) -> str:
        return main_language(self.typed[0]["stem"]) if self.typed else "en"

    def _field_of(self, path: list[str]) -> tuple[Quiet, str | None]:
        name, entry = path[1], path[2]
        if name in {"stem", "explanation"}:
            return self, f"{name}_{self._ending(path[2])}"
        if name == "option_rationales" and entry:
            row = next(it for it in self._shown if it.id == entry)
            return row.form, f"why_{self._ending(path[3])}"
        if name == "options" and entry:
            return self._shown[int(entry)].form, f"text_{self._ending(path[4])}"
        if name == "reference":
            return self, name
        return self, "correct" if name in {"options", "correct"} else None

    def _ending(self, code: str) -> str:
        """The end of the field's name for a language; for others, that of the main one."""
        return _ENDINGS.get(code) or _ENDINGS.get(self._main, "en")


_FORMSET_MESSAGES = {
    "too_many_forms": _("A question has at most 20 options."),
    "missing_management_form": _("The list of options was lost on the way. Please try again."),
}


def _typed_texts(form: forms.BaseForm, name: str) -> dict[str, str]:
    """What was typed under `name`, by language code."""
    typed = {code: form.cleaned_data.get(f"{name}_{end}", "") for end, code in _PAIRS}
    return {code: text for code, text in typed.items() if text}


def _other_languages(body: Document, key: Document) -> dict[str, dict[str, str]]:
    """Texts in languages that the form does not show; they must outlive an edit."""
    texts = {"stem": body.get("stem", {}), "explanation": key.get("explanation", {})}
    texts |= {f"text {row['id']}": row["text"] for row in body.get("options", ())}
    texts |= {f"why {name}": text for name, text in key.get("option_rationales", {}).items()}
    return {
        name: {code: text for code, text in words.items() if code not in _ENDINGS}
        for name, words in texts.items()
    }


def _option_initial(body: Document, key: Document) -> list[dict[str, str]]:
    reasons = key.get("option_rationales", {})
    return [
        {
            "id": row["id"],
            **{f"text_{end}": row["text"].get(code, "") for end, code in _PAIRS},
            **{f"why_{end}": reasons.get(row["id"], {}).get(code, "") for end, code in _PAIRS},
        }
        for row in body.get("options", ())
    ]
