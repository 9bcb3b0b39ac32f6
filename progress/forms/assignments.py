"""The form that gives work to a class, and changes what was given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certportal.accounts.models import ClassLabel, Classroom, User
from certportal.accounts.models.user import validate_one_line
from certportal.catalog.models import ExamDomain, ExamGuide
from certportal.lib.form_fields import ChoiceCards, ZonedTimeField
from progress.forms.assignment_values import fresh_values, values_of
from progress.forms.offered import grouped_exams, guide_key, guide_name, why_unavailable
from progress.selectors.assignment_choices import AssignmentChoices, ExamChoice
from quizzes.models import Assignment
from quizzes.models.assignment import Counting, LatePolicy
from quizzes.models.exam import Feedback
from quizzes.services.assignment_checks import AssignmentDetails

_MOST_ATTEMPTS = 20
_LARGEST_GOAL = 1000
_USUAL_GOAL = 50
_LONGEST_PASSWORD = 128


class AssignmentForm(forms.Form):
    """Exam or practice goal, for whom, when, and by which rules.

    Fields of the other kind are ignored, so nobody has to empty what they do not see.
    """

    has_summary = True
    use_required_attribute = False

    # Of this one form, so that a second press gives nothing twice.
    key = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of work"),
        choices=Assignment.Kind,
        initial=Assignment.Kind.MOCK,
        widget=ChoiceCards(
            hints={
                "mock": gettext_lazy("A timed exam, marked when it ends."),
                "practice": gettext_lazy("A number of questions to answer, with feedback at once."),
            }
        ),
        error_messages={"required": gettext_lazy("Choose an exam or a practice goal.")},
    )
    # Checked by hand: whoever chose what cannot be drawn any more is told why.
    exam = forms.CharField(label=gettext_lazy("Mock exam"), required=False, widget=forms.Select)
    guide = forms.ChoiceField(
        label=gettext_lazy("Exam guide"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the guides in the list.")},
    )
    domains = forms.MultipleChoiceField(
        label=gettext_lazy("Domains"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen means all of them."),
        error_messages={
            "invalid_choice": gettext_lazy(
                "These domains belong to another guide. Choose among the ones shown now."
            )
        },
    )
    goal = forms.IntegerField(
        label=gettext_lazy("Questions to answer"),
        required=False,
        min_value=1,
        max_value=_LARGEST_GOAL,
        initial=_USUAL_GOAL,
        help_text=gettext_lazy("From 1 to 1000."),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=120,
        validators=[validate_one_line],
        help_text=gettext_lazy("Empty: the name of the exam or of the goal."),
    )
    instructions = forms.CharField(
        label=gettext_lazy("Instructions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Students read them before they start. Markdown is understood."),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who gets it"),
        choices=[
            ("all", gettext_lazy("The whole class")),
            ("some", gettext_lazy("Labels or single students")),
        ],
        initial="all",
        widget=ChoiceCards(
            hints={
                "all": gettext_lazy("Also those who join later."),
                "some": gettext_lazy("Whoever has one of the labels, and those you name."),
            }
        ),
    )
    labels = forms.MultipleChoiceField(
        label=gettext_lazy("Labels"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("One of the labels belongs to another class.")
        },
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Students"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("One of these people is not a student of this class.")
        },
    )
    opens_at = ZonedTimeField(
        label=gettext_lazy("Opens"), required=False, help_text=gettext_lazy("Empty: at once.")
    )
    due_at = ZonedTimeField(
        label=gettext_lazy("Due"),
        required=False,
        later=True,
        help_text=gettext_lazy("What ends after it is late."),
    )
    closes_at = ZonedTimeField(
        label=gettext_lazy("Closes"),
        required=False,
        later=True,
        help_text=gettext_lazy("Empty: never. Sittings end then, moved by extra time."),
    )
    attempts_allowed = forms.IntegerField(
        label=gettext_lazy("Attempts"),
        required=False,
        min_value=1,
        max_value=_MOST_ATTEMPTS,
        initial=1,
        help_text=gettext_lazy("Empty: as many as one likes."),
    )
    counting = forms.ChoiceField(
        label=gettext_lazy("Which attempt counts"), choices=Counting, initial=Counting.BEST
    )
    late_policy = forms.ChoiceField(
        label=gettext_lazy("Late work"), choices=LatePolicy, initial=LatePolicy.ACCEPT
    )
    late_deduction = forms.IntegerField(
        label=gettext_lazy("Deduction for late work"), required=False, min_value=1, max_value=100
    )
    password_plan = forms.ChoiceField(
        label=gettext_lazy("Password"),
        required=False,
        choices=[
            ("keep", gettext_lazy("Keep the password that is set")),
            ("change", gettext_lazy("Set another one")),
            ("remove", gettext_lazy("Ask for none")),
        ],
        initial="keep",
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=_LONGEST_PASSWORD,
        validators=[validate_one_line],
        # Read out in a classroom: to be seen by whoever sets it, and kept by no browser.
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Students type it before they start. Empty: none is asked for."),
    )
    feedback = forms.ChoiceField(
        label=gettext_lazy("Feedback"),
        required=False,
        choices=[("", gettext_lazy("As the exam says")), *Feedback.choices],
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        classroom: Classroom,
        offered: AssignmentChoices,
        assignment: Assignment | None = None,
        has_begun: bool = False,
        is_unfinished: bool = False,
    ) -> None:
        initial = values_of(assignment) if assignment else fresh_values(offered)
        super().__init__(None if is_unfinished else data, initial=initial)
        if is_unfinished and data:
            # Shown again as it was typed, without a word about what is still missing.
            for name, field in self.fields.items():
                self.initial[name] = field.widget.value_from_datadict(data, {}, name)
        self.offered, self.assignment = offered, assignment
        self._exams = {it.exam.slug: it for it in offered.exams}
        self._guides = {guide_key(it): it for it in offered.guides}
        self._labels = {it.name: it for it in offered.labels}
        self._people = {str(it.public_id): it for it in offered.students}
        for name in ("opens_at", "due_at", "closes_at"):
            cast(ZonedTimeField, self.fields[name]).zone = classroom.zone
        self._offer()
        self._fix(has_begun=has_begun)

    def _offer(self) -> None:
        kept = self.assignment.exam_id if self.assignment else None
        shown = [it for it in self.offered.exams if it.available or it.exam.pk == kept]
        exam = cast(forms.Select, self.fields["exam"].widget)
        exam.choices = grouped_exams(shown, self.offered.goal)
        self._choices(
            "guide", [("", _("Choose")), *((k, guide_name(g)) for k, g in self._guides.items())]
        )
        self._domains = {domain.key: domain for domain in self._shown_domains()}
        domains = [(key, domain.text("name")) for key, domain in self._domains.items()]
        self._choices("domains", domains)
        self._choices("labels", [(name, name) for name in self._labels])
        self._choices("people", [(key, str(person)) for key, person in self._people.items()])

    def _choices(self, name: str, choices: Any) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def _fix(self, *, has_begun: bool) -> None:
        """Show without a way to change what cannot be changed, and nothing that says nothing."""
        self.fields["kind"].disabled = self.assignment is not None
        if has_begun:
            self.fields["exam"].disabled = True
            self.fields["exam"].help_text = _(
                "Somebody has begun it. Make another assignment for another exam."
            )
        self.has_password = bool(self.assignment and self.assignment.password)
        if not self.has_password:
            del self.fields["password_plan"]
        for name, found in (("labels", self._labels), ("people", self._people)):
            if not found:
                del self.fields[name]

    def _shown_domains(self) -> list[ExamDomain]:
        """Those of the guide that is chosen, as far as one is."""
        key = self.data.get("guide", "") if self.is_bound else self.initial.get("guide", "")
        guide = self._guides.get(key)
        return [it for it in guide.domains.all() if it.is_current] if guide else []

    @property
    def is_mock(self) -> bool:
        return bool(self["kind"].value() != Assignment.Kind.PRACTICE)

    def clean_exam(self) -> ExamChoice | None:
        slug = self.cleaned_data["exam"]
        chosen = self._exams.get(slug)
        if slug and chosen is None:
            raise ValidationError(_("Choose one of the exams in the list."), code="invalid_choice")
        kept = self.assignment.exam_id if self.assignment else None
        if chosen and not chosen.available and chosen.exam.pk != kept:
            raise ValidationError(why_unavailable(chosen), code="cannot_be_drawn")
        return chosen

    def clean_guide(self) -> ExamGuide | None:
        return self._guides.get(self.cleaned_data["guide"])

    def clean_domains(self) -> list[ExamDomain]:
        return [self._domains[key] for key in self.cleaned_data["domains"]]

    def clean_labels(self) -> list[ClassLabel]:
        return [self._labels[name] for name in self.cleaned_data["labels"]]

    def clean_people(self) -> list[User]:
        return [self._people[key] for key in self.cleaned_data["people"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        for name in _ONLY_PRACTICE if kind == Assignment.Kind.MOCK else _ONLY_MOCK:
            # What nobody sees cannot be wrong.
            self.errors.pop(name, None)
            cleaned.pop(name, None)
        # Nobody typed it: without a usable one nothing is recognised, that is all.
        self.errors.pop("key", None)
        self._check_audience(cleaned)
        self._check_password(cleaned)
        return cleaned

    def _check_audience(self, cleaned: dict[str, Any]) -> None:
        names = [name for name in ("labels", "people") if name in self.fields]
        if cleaned.get("audience") != "some" or any(cleaned.get(name) for name in names):
            return
        if not any(name in self.errors for name in names):
            text = _("Choose a label or a student, or give it to the whole class.")
            self.add_error(names[0] if names else "audience", ValidationError(text, code="nobody"))

    def _check_password(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("password_plan") == "change" and not cleaned.get("password"):
            text = _("Type the new password.")
            self.add_error("password", ValidationError(text, code="required"))

    def details(self) -> AssignmentDetails:
        """What was said, once the form is valid."""
        cleaned = self.cleaned_data
        is_deducted = cleaned.get("late_policy") == LatePolicy.DEDUCT
        chosen: ExamChoice | None = cleaned.get("exam")
        some = cleaned["audience"] == "some"
        return AssignmentDetails(
            kind=cleaned["kind"],
            title=cleaned["title"] or self._proposed_title(),
            exam=chosen.exam if chosen else None,
            labels=cleaned.get("labels", ()) if some else (),
            people=cleaned.get("people", ()) if some else (),
            late_deduction=cleaned["late_deduction"] if is_deducted else None,
            password=self._password(),
            **{name: cleaned[name] for name in _AS_TYPED if name in cleaned},
        )

    def _proposed_title(self) -> str:
        cleaned = self.cleaned_data
        chosen: ExamChoice | None = cleaned.get("exam")
        if chosen:
            return (
                str(chosen.exam)
                if chosen.exam.title
                else _("Mock exam, %(code)s") % {"code": chosen.code}
            )
        if cleaned.get("guide") and cleaned.get("goal"):
            text = ngettext(
                "%(n)s question, %(code)s", "%(n)s questions, %(code)s", cleaned["goal"]
            )
            return text % {"n": cleaned["goal"], "code": cleaned["guide"].certification.code}
        # Something is missing that the checks name.
        return "?"

    def _password(self) -> str | None:
        cleaned = self.cleaned_data
        if "password" not in cleaned:
            return ""
        plan = cleaned.get("password_plan", "change")
        return {"remove": "", "change": cleaned["password"]}.get(plan)


_ONLY_MOCK = (
    "exam",
    "attempts_allowed",
    "counting",
    "late_policy",
    "late_deduction",
    "password_plan",
    "password",
    "feedback",
)
_ONLY_PRACTICE = ("guide", "domains", "goal")
_AS_TYPED = (
    "instructions",
    "guide",
    "domains",
    "goal",
    "opens_at",
    "due_at",
    "closes_at",
    "attempts_allowed",
    "counting",
    "late_policy",
    "feedback",
)
