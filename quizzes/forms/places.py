"""Where a question counts: domains of exam guides, with objectives, the main one first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certportal.catalog.models import ExamDomain, Objective
from quizzes.engine.kinds.base import Problem
from quizzes.forms.kinds.base import Quiet, QuietFormSet
from quizzes.models import Placement, Question
from quizzes.services.question_checks import Place

MOST_PLACES = 12

Choices = list[tuple[str, Any]]


class Offers:
    """The domains of all current exam guides, and their objectives. Two statements.

    A question keeps the places it has, in guides that are no longer current, too.
    """

    def __init__(self, question: Question | None) -> None:
        own = question.placements.values("domain") if question else []
        domains = ExamDomain.objects.filter(
            Q(guide__is_current=True, is_current=True) | Q(pk__in=own)
        )
        self.domains = {
            str(domain.pk): domain
            for domain in domains.select_related("guide__certification").order_by(
                "guide__certification__vendor__position",
                "guide__certification__position",
                "guide__certification__code",
                "position",
            )
        }
        self.objectives: dict[str, dict[str, Objective]] = defaultdict(dict)
        for objective in Objective.objects.filter(domain__in=list(self.domains)):
            self.objectives[str(objective.domain_id)][str(objective.pk)] = objective

    def domain_choices(self) -> Choices:
        groups: dict[str, list[tuple[str, str]]] = {}
        for pk, domain in self.domains.items():
            # The list shows only this line once it is closed.
            label = f"{domain.guide.certification.code} {domain.key} {domain.text('name')}"
            groups.setdefault(_guide_label(domain), []).append((pk, label))
        return [("", _("Nowhere")), *groups.items()]

    def objective_choices(self, domain: str) -> list[tuple[str, str]]:
        return [
            (pk, f"{objective.number} {objective.text('title')}")
            for pk, objective in self.objectives.get(domain, {}).items()
        ]


def _guide_label(domain: ExamDomain) -> str:
    certification = domain.guide.certification
    label = f"{certification.code} {certification.text('name')}"
    if certification.is_retired:
        return _("%(certification)s (retired)") % {"certification": label}
    return label


class PlaceForm(Quiet, forms.Form):
    """One place; a form without a domain is none."""

    domain = forms.ChoiceField(
        label=gettext_lazy("Certification and domain"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a domain of the list.")},
    )
    main = forms.ChoiceField(
        label=gettext_lazy("Main objective"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose an objective of this domain.")},
    )
    further = forms.MultipleChoiceField(
        label=gettext_lazy("Further objectives"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose objectives of this domain.")},
    )
    is_stretch = forms.BooleanField(label=gettext_lazy("The place is a stretch"), required=False)

    def __init__(self, *args: Any, offers: Offers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offers = offers
        chosen = str(self["domain"].value() or "")
        objectives = offers.objective_choices(chosen)
        self.fields["domain"].choices = offers.domain_choices()  # type: ignore[attr-defined]
        self.fields["main"].choices = [("", _("Not said")), *objectives]  # type: ignore[attr-defined]
        self.fields["further"].choices = objectives  # type: ignore[attr-defined]

    def place(self) -> Place | None:
        values = getattr(self, "cleaned_data", {})
        domain = values.get("domain")
        if not domain:
            return None
        wanted = [values.get("main"), *values.get("further", ())]
        known = self._offers.objectives.get(domain, {})
        # The main objective may be ticked among the others, too.
        objectives = tuple(known[pk] for pk in dict.fromkeys(wanted) if pk)
        fit = Placement.Fit.WEAK if values.get("is_stretch") else Placement.Fit.GOOD
        return Place(self._offers.domains[domain], objectives, fit=fit)


class BasePlaceFormSet(QuietFormSet[PlaceForm]):
    def places(self) -> list[Place]:
        return [place for form in self.forms if (place := form.place()) is not None]

    def clean(self) -> None:
        guides: set[int] = set()
        for form in self.forms:
            place = form.place()
            if place is None:
                continue
            if place.domain.guide_id in guides:
                form.add_error("domain", _("This certification has a place above."))
            guides.add(place.domain.guide_id)

    def show(self, problem: Problem) -> None:
        """Put what a service found beside the first place."""
        self.forms[0].add_error("domain", place_sentence(problem))


def place_sentence(problem: Problem) -> str:
    if problem.code == "nowhere":
        return _("Choose where it counts, or keep it as a draft.")
    return _("This place cannot be used.")


def place_formset(
    data: Mapping[str, Any] | None, *, question: Question | None = None
) -> BasePlaceFormSet:
    """The places of a question, with one empty form for a new question."""
    initial = _initial(question) if question else []
    factory: Any = forms.formset_factory(
        PlaceForm,
        formset=BasePlaceFormSet,
        extra=0 if initial else 1,
        max_num=MOST_PLACES,
        absolute_max=MOST_PLACES,
        validate_max=True,
    )
    formset: BasePlaceFormSet = factory(
        data,
        initial=initial,
        prefix="places",
        form_kwargs={"offers": Offers(question)},
        error_messages={
            "too_many_forms": _("A question has at most 12 places."),
            "missing_management_form": _(
                "The list of places was lost on the way. Please try again."
            ),
        },
    )
    return formset


def _initial(question: Question) -> list[dict[str, Any]]:
    placements = question.placements.prefetch_related("aims").order_by("pk")
    rows = []
    for placement in placements:
        objectives = [str(aim.objective_id) for aim in placement.aims.all()]
        rows.append(
            {
                "domain": str(placement.domain_id),
                "main": next(iter(objectives), ""),
                "further": objectives[1:],
                "is_stretch": placement.fit == Placement.Fit.WEAK,
            }
        )
    return rows
