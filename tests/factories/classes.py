"""Classes with their instructor, their people and their labels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from certportal.accounts.models import ClassLabel, Classroom, Invitation, Membership
from tests.factories.accounts import InstructorFactory, UserFactory


class ClassroomFactory(DjangoModelFactory):
    """A class that `created_by` teaches; `without_staff=True` leaves it empty."""

    class Meta:
        model = Classroom
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"class-{n}")
    name = factory.Sequence(lambda n: f"Class {n}")
    time_zone = "Europe/Berlin"
    created_by = factory.SubFactory(InstructorFactory)

    class Params:
        archived = factory.Trait(archived_at=factory.LazyFunction(timezone.now))

    @factory.post_generation
    def without_staff(classroom: Classroom, create: bool, empty: Any, **_more: Any) -> None:  # noqa: N805 - factory_boy hands over the object
        if create and not empty:
            MembershipFactory(
                classroom=classroom, person=classroom.created_by, role=Membership.Role.INSTRUCTOR
            )


class ClassLabelFactory(DjangoModelFactory):
    class Meta:
        model = ClassLabel

    classroom = factory.SubFactory(ClassroomFactory)
    name = factory.Sequence(lambda n: f"Label {n}")


class MembershipFactory(DjangoModelFactory):
    """A student; `labels=[…]` puts them into these groups."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    classroom = factory.SubFactory(ClassroomFactory)
    person = factory.SubFactory(UserFactory)
    role = Membership.Role.STUDENT

    class Params:
        assistant = factory.Trait(role=Membership.Role.ASSISTANT)
        instructor = factory.Trait(
            role=Membership.Role.INSTRUCTOR, person=factory.SubFactory(InstructorFactory)
        )

    @factory.post_generation
    def labels(membership: Membership, create: bool, labels: Any, **_more: Any) -> None:  # noqa: N805 - factory_boy hands over the object
        if create and labels:
            membership.labels.set(labels)


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    classroom = factory.SubFactory(ClassroomFactory)
    email = factory.Sequence(lambda n: f"invited-{n}@example.org")
    invited_by = factory.SelfAttribute("classroom.created_by")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))
