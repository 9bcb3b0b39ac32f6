"""People, with the confirmed address that allauth signs in."""

from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from certportal.accounts.models import User
from certportal.accounts.models.user import INSTRUCTOR_GROUP
from certportal.accounts.services.people import add_person

PASSWORD = "quiet river under stones"


class UserFactory(DjangoModelFactory):
    """A student."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person-{n}@example.org")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, _model_class: type[User], *_args: Any, **fields: Any) -> User:
        return add_person(fields.pop("email"), password=fields.pop("password"), **fields)


class InstructorFactory(UserFactory):
    is_staff = True

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        person = super()._create(model_class, *args, **fields)
        person.groups.add(Group.objects.get_or_create(name=INSTRUCTOR_GROUP)[0])
        return person


class AdministratorFactory(UserFactory):
    is_staff = True
    is_superuser = True
