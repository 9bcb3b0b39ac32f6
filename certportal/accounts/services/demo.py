"""The four people of a demonstration: two students, an instructor and an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from certportal.accounts.models import User
from certportal.accounts.services.people import add_person, vouch_for_address
from certportal.accounts.services.roles import make_administrator, make_instructor


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as."""

    email: str
    name: str
    role: str = "student"


DEMO_PEOPLE = (
    DemoPerson("student@example.com", "Sam Student"),
    DemoPerson("student2@example.com", "Sandra Student"),
    DemoPerson("instructor@example.com", "Ines Instructor", role="instructor"),
    DemoPerson("admin@example.com", "Ada Administrator", role="administrator"),
)


@transaction.atomic
def seed_demo_people(password: str) -> int:
    """Make the people that are missing and give all of them `password`; how many were made."""
    return sum(_seed(person, password) for person in DEMO_PEOPLE)


def _seed(person: DemoPerson, password: str) -> bool:
    user = User.objects.filter(email=person.email).first()
    if user is not None:
        _bring_back(user, password)
        return False
    user = add_person(person.email, password=password, display_name=person.name)
    if person.role == "instructor":
        make_instructor(user, by=None)
    elif person.role == "administrator":
        make_administrator(user, by=None)
    return True


def _bring_back(user: User, password: str) -> None:
    """Make the printed sign-in work again, whatever a visitor did to the account."""
    if not user.check_password(password) or not user.is_active:
        user.set_password(password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
    vouch_for_address(user)
