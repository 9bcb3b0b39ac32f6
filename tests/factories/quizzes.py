"""Question sets, questions with a real revision, placements and exams."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from certportal.accounts.models import User
from quizzes.models import (
    Exam,
    Placement,
    PlacementObjective,
    Question,
    QuestionRevision,
    QuestionSet,
    SetEntry,
)
from tests.factories.catalog import ExamDomainFactory, ExamGuideFactory
from tests.factories.documents import body_and_key


class OwnerFactory(DjangoModelFactory):
    """Somebody who may own a set; neither staff nor in any group."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"owner{n}@example.com")
    display_name = factory.Sequence(lambda n: f"Owner {n}")


class QuestionSetFactory(DjangoModelFactory):
    class Meta:
        model = QuestionSet

    slug = factory.Sequence(lambda n: f"set-{n}")
    title = factory.Sequence(lambda n: f"Set {n}")
    owner = factory.SubFactory(OwnerFactory)

    class Params:
        shipped = factory.Trait(is_shipped=True, owner=None)


class QuestionFactory(DjangoModelFactory):
    """A ready question with one revision and its place in the home set.

    `QuestionFactory(kind="multiple", domain=domain)` places it; `revision__body`,
    `revision__key` and `revision__stem` change the document.
    """

    class Meta:
        model = Question
        skip_postgeneration_save = True

    home_set = factory.SubFactory(QuestionSetFactory)
    external_id = factory.Sequence(lambda n: f"question-{n:04}")
    kind = "single"
    status = Question.Status.READY
    verification = Question.Verification.SOURCED

    @factory.post_generation
    def entry(self, create: bool, extracted: Any, **_fields: Any) -> None:
        if create and extracted is not False:
            SetEntryFactory(question_set=self.home_set, question=self)

    @factory.post_generation
    def revision(self, create: bool, extracted: Any, **fields: Any) -> None:
        if create and extracted is not False:
            QuestionRevisionFactory(question=self, **fields)

    @factory.post_generation
    def domain(self, create: bool, extracted: Any, **fields: Any) -> None:
        if create and extracted is not None:
            PlacementFactory(question=self, domain=extracted, **fields)


class QuestionRevisionFactory(DjangoModelFactory):
    class Meta:
        model = QuestionRevision

    class Params:
        stem = "Which stone is black?"
        document = factory.LazyAttribute(lambda it: body_and_key(it.question.kind, stem=it.stem))

    question = factory.SubFactory(QuestionFactory, revision=False)
    number = factory.LazyAttribute(lambda it: it.question.revisions.count() + 1)
    body = factory.LazyAttribute(lambda it: it.document[0])
    key = factory.LazyAttribute(lambda it: it.document[1])


class SetEntryFactory(DjangoModelFactory):
    class Meta:
        model = SetEntry

    question_set = factory.SubFactory(QuestionSetFactory)
    question = factory.SubFactory(QuestionFactory, entry=False)
    position = factory.LazyAttribute(lambda it: it.question_set.entries.count() + 1)


class PlacementFactory(DjangoModelFactory):
    class Meta:
        model = Placement
        skip_postgeneration_save = True

    question = factory.SubFactory(QuestionFactory)
    domain = factory.SubFactory(ExamDomainFactory)
    guide = factory.SelfAttribute("domain.guide")

    @factory.post_generation
    def objectives(self, _create: bool, extracted: Any, **_fields: Any) -> None:
        for position, objective in enumerate(extracted or (), start=1):
            PlacementObjective.objects.create(
                placement=self, objective=objective, position=position
            )


class ExamFactory(DjangoModelFactory):
    class Meta:
        model = Exam

    guide = factory.SubFactory(ExamGuideFactory)
    slug = factory.SelfAttribute("guide.certification.slug")


def stock_guide(guide: Any, *, each: int, **fields: Any) -> list[Question]:
    """`each` ready questions in every domain of the guide, all in one set."""
    home_set = fields.pop("home_set", None) or QuestionSetFactory()
    return [
        QuestionFactory(home_set=home_set, domain=domain, **fields)
        for domain in guide.domains.all()
        for _ in range(each)
    ]
