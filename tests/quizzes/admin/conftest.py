"""People at the desk of the administration."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.catalog import ObjectiveFactory, make_guide
from tests.factories.quizzes import QuestionSetFactory


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.REQUIRE_STAFF_MFA = False


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def instructor(db):
    return InstructorFactory()


@pytest.fixture
def desk(instructor):
    """The instructor's browser."""
    return signed_in(instructor)


@pytest.fixture
def stranger(db):
    return signed_in(InstructorFactory())


@pytest.fixture
def student(db):
    return signed_in(UserFactory())


@pytest.fixture
def administrator(db):
    return signed_in(AdministratorFactory())


@pytest.fixture
def own_set(instructor):
    return QuestionSetFactory(owner=instructor, slug="stones", title="Stones")


@pytest.fixture
def guide(db):
    guide = make_guide(60, 40)
    for domain in guide.domains.all():
        ObjectiveFactory(domain=domain)
        ObjectiveFactory(domain=domain)
    return guide
