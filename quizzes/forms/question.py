"""The whole desk of a question: its text, where it counts, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.engine.kinds.base import Problem
from quizzes.forms.kinds.base import KindForm, Quiet
from quizzes.forms.kinds.registry import KIND_FORMS
from quizzes.forms.places import place_formset
from quizzes.models import Question, QuestionRevision, QuestionSet
from quizzes.services.question_checks import QuestionFacts

Change = QuestionRevision.Change
Status = Question.Status

MORE_OPTIONS = "_more_options"
MORE_PLACES = "_more_places"
_GROWING = {MORE_OPTIONS: "options-TOTAL_FORMS", MORE_PLACES: "places-TOTAL_FORMS"}
UNSAVED_BUTTONS = (*_GROWING, "_refresh", "_preview")
"""Buttons that show the page again as it was typed."""

MOST_TAGS = 20
LONGEST_TAG = 60


class FactsForm(Quiet, forms.Form):
    external_id = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        label=gettext_lazy("Short name"),
        max_length=120,
        help_text=gettext_lazy("Unique within its set; imports find the question by it."),
        error_messages={
            "invalid": gettext_lazy("Use letters, digits, points, hyphens and underscores.")
        },
    )
    difficulty = forms.TypedChoiceField(
        label=gettext_lazy("Difficulty"),
        coerce=int,
        initial=3,
        choices=[
            (1, gettext_lazy("1, easy")),
            (2, "2"),
            (3, gettext_lazy("3, usual")),
            (4, "4"),
            (5, gettext_lazy("5, hard")),
        ],
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=MOST_TAGS * LONGEST_TAG,
        help_text=gettext_lazy("Words, with commas between them."),
    )
    enemy_group = forms.CharField(
        label=gettext_lazy("Enemy group"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Questions of one group never stand in the same exam."),
    )
    block = forms.CharField(
        label=gettext_lazy("Block"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Questions of one block are drawn together or not at all."),
    )
    is_pilot = forms.BooleanField(
        label=gettext_lazy("On trial"),
        required=False,
        help_text=gettext_lazy(
            "Drawn only for places of an exam that do not count; a block goes on trial as a whole."
        ),
    )
    verification = forms.ChoiceField(
        label=gettext_lazy("How the key was checked"),
        choices=Question.Verification.choices,
        initial=Question.Verification.UNVERIFIED,
    )
    status = forms.ChoiceField(label=gettext_lazy("Status"), initial=Status.DRAFT)
    change = forms.ChoiceField(
        label=gettext_lazy("What did you change?"), required=False, widget=forms.RadioSelect
    )
    # The revision that the author saw when the page was opened.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None, *, question: Question | None, external_id: str
    ) -> None:
        super().__init__(data, initial=_facts_initial(question, external_id))
        statuses = [Status.DRAFT, Status.IN_REVIEW, Status.READY]
        if question is not None:
            statuses.append(Status.RETIRED)
            self.fields["external_id"].disabled = True
        self.fields["status"].choices = [(it.value, it.label) for it in statuses]  # type: ignore[attr-defined]
        self.fields["change"].choices = change_choices()  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        words = self.cleaned_data["tags"].replace("，", ",").split(",")
        tags = list(dict.fromkeys(word.strip() for word in words if word.strip()))
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            raise forms.ValidationError(_("Give at most 20 tags of at most 60 characters."))
        return tags

    def facts(self, question: Question | None) -> QuestionFacts:
        values = self.cleaned_data
        facts: QuestionFacts = {
            "difficulty": values["difficulty"],
            "tags": values["tags"],
            "enemy_group": values["enemy_group"],
            "block": values["block"],
            "is_pilot": values["is_pilot"],
            "verification": values["verification"],
        }
        before = question.verification if question else Question.Verification.UNVERIFIED
        if facts["verification"] != before:
            was_checked = facts["verification"] != Question.Verification.UNVERIFIED
            facts["checked_on"] = timezone.localdate() if was_checked else None
        return facts


def change_choices() -> list[tuple[str, str]]:
    """The classes of a change, with what each does to the figures of the question."""
    return [
        (Change.TYPO, _("A typing error: it asks the same. Its figures go on.")),
        (Change.EXPLANATION, _("The explanation or the reasons. Its figures go on.")),
        (Change.TRANSLATION, _("The translation. Its figures go on.")),
        (Change.KEY, _("The key: another answer is right. Its figures begin anew.")),
        (Change.CONTENT, _("The content: it asks something else. Its figures begin anew.")),
    ]


def _facts_initial(question: Question | None, external_id: str) -> dict[str, Any]:
    if question is None:
        return {"external_id": external_id}
    newest = question.revisions.order_by("-number").values_list("number", flat=True)[0]
    return {
        "external_id": question.external_id,
        "difficulty": question.difficulty,
        "tags": ", ".join(question.tags),
        "enemy_group": question.enemy_group,
        "block": question.block,
        "is_pilot": question.is_pilot,
        "verification": question.verification,
        "status": question.status,
        "seen": newest,
    }


class QuestionDesk:
    """All forms of one page; they are judged and saved together."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        kind: str,
        question_set: QuestionSet,
        question: Question | None = None,
        is_used: bool = False,
    ) -> None:
        self.question = question
        self.is_used = is_used
        self.newest = question.revisions.order_by("-number")[0] if question else None
        data = _grown(data) if data else data
        document = (self.newest.body, self.newest.key) if self.newest else None
        name = question.external_id if question else next_external_id(question_set)
        self.facts = FactsForm(data, question=question, external_id=name)
        self.text: KindForm = KIND_FORMS[kind](data, document=document, seed=name)
        self.places = place_formset(data, question=question)

    def is_valid(self) -> bool:
        """Judge every form, so that all problems are told at once."""
        judged = [self.text.is_valid(), self.places.is_valid(), self.facts.is_valid()]
        if not all(judged):
            return False
        is_explained = self._is_explained()
        return self._is_placed() and is_explained and self._fits_what_was_seen()

    def hush(self) -> None:
        """Read what was typed, without a word about what is missing."""
        self.is_valid()
        for form in (self.text, self.places, self.facts):
            form.hush()

    @property
    def body_and_key(self) -> tuple[dict[str, Any], dict[str, Any]]:
        assert self.text.typed is not None  # noqa: S101 - is_valid() has seen to it
        return self.text.typed

    @property
    def text_changed(self) -> bool:
        newest = self.newest
        return newest is None or (newest.body, newest.key) != self.body_and_key

    @property
    def change(self) -> str:
        """What the author calls the change; of a question nobody has seen, content."""
        chosen: str = self.facts.cleaned_data.get("change") or Change.CONTENT
        return chosen if self.is_used else Change.CONTENT

    def _is_explained(self) -> bool:
        """Students are promised a reason for every option; a reviewer looks for it."""
        waits_for_nobody = {Status.DRAFT, Status.RETIRED}
        return self.facts.cleaned_data["status"] in waits_for_nobody or self.text.says_why()

    def _is_placed(self) -> bool:
        ready = self.facts.cleaned_data["status"] == Status.READY
        if ready and not self.places.places():
            self.show(Problem("placements", "nowhere", ""))
            return False
        return True

    def _fits_what_was_seen(self) -> bool:
        """Whether nobody saved in between, and the author said what was changed."""
        if self.newest is None or not self.text_changed:
            return True
        if self.facts.cleaned_data["seen"] != self.newest.number:
            self.facts.add_error(None, _changed_meanwhile())
        elif self.is_used and not self.facts.cleaned_data["change"]:
            self.facts.add_error("change", _("Choose what you changed."))
        return self.facts.is_valid()

    def show(self, problem: Problem) -> None:
        """Put what a service found beside the field it is about."""
        part = problem.where.split(".")[0]
        if part == "placements":
            self.places.show(problem)
        elif part in {"body", "key"}:
            self.text.show(problem)
        else:
            field = part if part in self.facts.fields else None
            self.facts.add_error(field, _fact_sentence(problem))


def next_external_id(question_set: QuestionSet) -> str:
    """A free short name: that of the set and a number."""
    taken = set(question_set.home_questions.values_list("external_id", flat=True))
    number = len(taken) + 1
    while f"{question_set.slug}-{number:03}" in taken:
        number += 1
    return f"{question_set.slug}-{number:03}"


def _grown(data: QueryDict) -> QueryDict:
    """The post with one more empty row where the author asked for it."""
    grown = data.copy()
    for button, name in _GROWING.items():
        count = str(grown.get(name, ""))
        if button in grown and count.isascii() and count.isdecimal():
            grown[name] = str(int(count) + 1)
    return grown


def _changed_meanwhile() -> str:
    return _(
        "Somebody saved another version while you were writing. Your text is still here: "
        "look at the newest version below, then open the question again and bring both together."
    )


def _fact_sentence(problem: Problem) -> str:
    if problem.code == "taken":
        return _("Another question of this set has this name.")
    if problem.code == "bigger_change":
        return _("You changed more than that. Choose the key or the content.")
    return _("This value cannot be used.")
