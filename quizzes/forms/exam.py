"""The desk of a mock exam: what it asks, what it draws from, who else may change it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from certportal.accounts.models import User
from certportal.catalog.models import ExamDomain, ExamGuide
from certportal.catalog.models.guide import ExamGuideQuerySet
from quizzes.forms.editors import possible_editors
from quizzes.forms.exam_sections import SectionTable
from quizzes.models import Exam
from quizzes.permissions import may_share_exam
from quizzes.selectors.exam_blueprint import own_sections
from quizzes.selectors.exam_sources import Source, possible_sources, sources
from quizzes.services.exam_editing import Drawing

_WHOLE = Decimal(100)
_MOST_DIGITS = 8


class GuideField(forms.ModelChoiceField[ExamGuide]):
    """Exam guides by vendor; a plain list, so that it works without a script."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=ExamGuide.objects.none(), **options)

    def offer(self, now: ExamGuide | None) -> None:
        """The current guides, and the one that the exam has already."""
        rows = _offered(now).select_related("certification__vendor").in_catalogue_order()
        self.queryset = rows
        by_vendor = groupby(rows, key=lambda guide: guide.certification.vendor.name)
        self.choices = [
            ("", "---------"),
            *((name, [(it.pk, guide_label(it)) for it in group]) for name, group in by_vendor),
        ]


def _offered(now: ExamGuide | None) -> ExamGuideQuerySet:
    guides = ExamGuide.objects.current()
    return guides if now is None else guides | ExamGuide.objects.filter(pk=now.pk)


def guide_label(guide: ExamGuide) -> str:
    certification = guide.certification
    label = f"{certification.code} {certification.text('name')}"
    return label if guide.is_current else f"{label} ({guide.version})"


@dataclass(frozen=True, slots=True)
class WeightRow:
    """A domain of the guide with the field for a weight of one's own."""

    domain: ExamDomain
    bound: forms.BoundField


@dataclass(frozen=True, slots=True)
class SourceRow:
    source: Source
    is_chosen: bool


class NewExamForm(forms.ModelForm[Exam]):
    """What a new exam needs first; the rest comes on its own page."""

    guide = GuideField(label=gettext_lazy("Exam guide"))

    class Meta:
        model = Exam
        fields: ClassVar = ["title", "guide"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True
        _guides(self).offer(None)


class ExamForm(forms.ModelForm[Exam]):
    """Everything about an exam that exists."""

    guide = GuideField(label=gettext_lazy("Exam guide"))
    pass_percent = forms.DecimalField(
        label=gettext_lazy("Pass mark in percent"),
        required=False,
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=gettext_lazy("Of the points, such as 72. Empty: that of the guide."),
    )

    class Meta:
        model = Exam
        fields: ClassVar = [
            "title",
            "guide",
            "size",
            "minutes",
            "pilots",
            "feedback",
            "instructions",
            "sources",
            "editors",
        ]
        labels: ClassVar = {
            "size": gettext_lazy("Number of questions"),
            "minutes": gettext_lazy("Time in minutes"),
            "pilots": gettext_lazy("Questions on trial"),
            "feedback": gettext_lazy("What students see afterwards"),
            "instructions": gettext_lazy("Instructions for students"),
        }
        widgets: ClassVar = {
            "feedback": forms.RadioSelect,
            "instructions": forms.Textarea(attrs={"rows": 3}),
            "sources": forms.CheckboxSelectMultiple,
            "editors": forms.CheckboxSelectMultiple,
        }
        help_texts: ClassVar = {
            "sources": "",
            "editors": gettext_lazy(
                "Other instructors who may change, publish and assign this exam."
            ),
        }

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["title"].required = True
        self.fields["pilots"].required = False
        self.fields["guide"].disabled = is_settled(self.instance)
        _guides(self).offer(self.instance.guide)
        _rows(self, "sources").queryset = possible_sources(self.instance, person)
        editors = _rows(self, "editors")
        editors.queryset = possible_editors(
            owner_id=self.instance.owner_id, now=self.instance.editors.all()
        )
        editors.disabled = not may_share_exam(person, self.instance)
        cut = self.instance.cut_fraction
        self.fields["pass_percent"].initial = None if cut is None else _plain(cut * _WHOLE)
        self.guide_now = self._guide_now()
        self._add_weights()
        self.sections = SectionTable(
            self.data if self.is_bound else None, now=own_sections(self.instance)
        )

    def _guide_now(self) -> ExamGuide:
        """The guide that was just chosen, else the stored one."""
        typed = self.data.get("guide", "") if self.is_bound else ""
        if self.fields["guide"].disabled or not typed.isascii() or not typed.isdecimal():
            return self.instance.guide
        found = _offered(self.instance.guide).filter(pk=int(typed[:_MOST_DIGITS])).first()
        return found or self.instance.guide

    def _add_weights(self) -> None:
        stored = {row.domain_id: row.weight for row in self.instance.weights.all()}
        domains = self.guide_now.domains.filter(is_current=True).order_by("position", "key")
        self.domains = {_field_of(domain): domain for domain in domains}
        for name, domain in self.domains.items():
            self.fields[name] = forms.DecimalField(
                label=_("Own weight of %(domain)s in percent") % {"domain": domain.text("name")},
                required=False,
                min_value=Decimal(0),
                max_value=_WHOLE,
                max_digits=5,
                decimal_places=2,
                initial=_plain(stored[domain.pk]) if domain.pk in stored else None,
            )

    def clean_pilots(self) -> int:
        """Left empty it is none."""
        return self.cleaned_data["pilots"] or 0

    def is_valid(self) -> bool:
        """Judge the sections too, so that all problems are told at once."""
        is_valid = super().is_valid()
        if not self.is_bound or not self.sections.is_valid():
            return False
        size = None if "size" in self.errors else self.cleaned_data["size"] or self.guide_now.total
        return self.sections.fit(size) and is_valid

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        percent = values.get("pass_percent")
        self.instance.cut_fraction = None if percent is None else percent / _WHOLE
        self._check_sum()
        return values

    def _check_sum(self) -> None:
        given = self.weights
        if given and not self.has_wrong_weight and sum(given.values()) != _WHOLE:
            self.add_error(None, self.sum_problem)

    @property
    def has_wrong_weight(self) -> bool:
        return any(name in self.errors for name in self.domains)

    @property
    def sum_problem(self) -> str:
        """What is wrong with the sum of the weights; empty when nothing is."""
        if not self.is_bound:
            return ""
        total = sum(self.weights.values())
        if not self.weights or total == _WHOLE:
            return ""
        return _("The weights add up to %(sum)s and must add up to 100.") % {
            "sum": number_format(_plain(Decimal(total)))
        }

    @property
    def weights(self) -> dict[ExamDomain, Decimal]:
        """Own weights by domain; none when all were left empty, and then the guide's count."""
        typed = {it: self.cleaned_data.get(name) for name, it in self.domains.items()}
        if all(weight is None for weight in typed.values()):
            return {}
        return {it: Decimal(0) if weight is None else weight for it, weight in typed.items()}

    @property
    def drawing(self) -> Drawing:
        return Drawing(
            weights=self.weights,
            sources=list(self.cleaned_data["sources"]),
            sections=self.sections.plans,
        )

    @property
    def weight_rows(self) -> list[WeightRow]:
        return [WeightRow(domain, self[name]) for name, domain in self.domains.items()]

    @property
    def weight_sum(self) -> Decimal | None:
        """Of what stands in the fields now, where it can be read; none when all are empty."""
        texts = [str(self[name].value() or "").strip() for name in self.domains]
        figures = [
            Decimal(it)
            for it in texts
            if it.replace(".", "", 1).isdecimal() and len(it) <= _MOST_DIGITS
        ]
        return _plain(sum(figures, Decimal(0))) if figures else None

    @property
    def changed_labels(self) -> list[str]:
        labels = [str(self.fields[name].label) for name in self.changed_data]
        if self.sections.has_changed():
            labels.append(pgettext("of an exam", "Sections"))
        return labels

    def source_rows(self) -> tuple[list[SourceRow], list[SourceRow]]:
        """Sets with questions of this guide or chosen already, and all others."""
        chosen = {str(getattr(it, "pk", it)) for it in self["sources"].value() or ()}
        rows = [
            SourceRow(it, str(it.question_set.pk) in chosen)
            for it in sources(self.instance, self.guide_now, self.person)
        ]
        useful = [row for row in rows if row.is_chosen or row.source.questions]
        return useful, [row for row in rows if row not in useful]


def is_settled(exam: Exam) -> bool:
    """Whether a class was given this exam or somebody sat it: its guide then stays."""
    return exam.assignments.exists() or exam.attempts.exists()


def _guides(form: forms.ModelForm[Exam]) -> GuideField:
    field = form.fields["guide"]
    if not isinstance(field, GuideField):
        raise TypeError(field)
    return field


def _rows(form: ExamForm, name: str) -> forms.ModelMultipleChoiceField[Any]:
    field = form.fields[name]
    if not isinstance(field, forms.ModelMultipleChoiceField):
        raise TypeError(field)
    return field


def _field_of(domain: ExamDomain) -> str:
    return f"weight_{domain.pk}"


def _plain(number: Decimal) -> Decimal:
    """Without zeros at its end: 72, not 72.0000, and not 7E+1."""
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
