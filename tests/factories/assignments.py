"""Assignments: a mock exam to sit, or a number of questions to practise."""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from quizzes.models import Assignment, AssignmentOverride, AssignmentTarget
from tests.factories.catalog import ExamGuideFactory
from tests.factories.classes import ClassroomFactory
from tests.factories.quizzes import ExamFactory, OwnerFactory


class AssignmentFactory(DjangoModelFactory):
    """A mock for the whole class without dates; `practice=True` makes it a practice goal.

    `targets=[label, person]` gives it to these only.
    """

    class Meta:
        model = Assignment
        skip_postgeneration_save = True

    class Params:
        practice = factory.Trait(
            kind=Assignment.Kind.PRACTICE,
            exam=None,
            guide=factory.SubFactory(ExamGuideFactory),
            goal=10,
        )

    classroom = factory.SubFactory(ClassroomFactory)
    created_by = factory.SelfAttribute("classroom.created_by")
    kind = Assignment.Kind.MOCK
    title = factory.Sequence(lambda n: f"Assignment {n}")
    exam = factory.SubFactory(ExamFactory)

    @factory.post_generation
    def targets(assignment: Assignment, create: bool, extracted: Any, **_more: Any) -> None:  # noqa: N805 - factory_boy hands over the object
        for target in extracted or () if create else ():
            name = "label" if hasattr(target, "classroom_id") else "person"
            AssignmentTarget.objects.create(assignment=assignment, **{name: target})

    @factory.post_generation
    def domains(assignment: Assignment, create: bool, extracted: Any, **_more: Any) -> None:  # noqa: N805 - factory_boy hands over the object
        if create and extracted:
            assignment.domains.set(extracted)


class OverrideFactory(DjangoModelFactory):
    """Needs `label` or `person`."""

    class Meta:
        model = AssignmentOverride

    assignment = factory.SubFactory(AssignmentFactory)
    created_by = factory.SelfAttribute("assignment.created_by")
    reason = "Fell ill."


class OwnExamFactory(ExamFactory):
    """A published exam of an instructor, of 10 questions in 30 minutes."""

    owner = factory.SubFactory(OwnerFactory)
    slug = factory.Sequence(lambda n: f"own-exam-{n}")
    title = factory.Sequence(lambda n: f"Own exam {n}")
    size = 10
    minutes = 30
    published_at = factory.LazyFunction(timezone.now)
