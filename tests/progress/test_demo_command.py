"""`manage.py seed_demo`: what it needs, and what it refuses."""

from __future__ import annotations

from statistics import median

import pytest
from django.core.management import CommandError, call_command

from certportal.accounts.models import Classroom, Membership, User
from progress.demo.pricing import MISKEYED
from quizzes.models import Answer
from tests.progress.demo_books import (
    a_sample,
    check_grades,
    check_ledger,
    load_content,
    rest_correlations,
    share_right,
)

pytestmark = pytest.mark.django_db
PASSWORD = "demo-password-123"


def test_the_command_needs_a_demonstration_and_the_catalogue(settings, tmp_path, capsys):
    settings.VAR_DIR = tmp_path
    settings.DEMO_PASSWORD = ""
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
    assert not User.objects.exists()

    settings.DEMO = True
    with pytest.raises(CommandError, match="load_catalog"):
        call_command("seed_demo")
    kept = (tmp_path / "demo-password").read_text()
    assert len(kept) >= 12
    assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600
    assert kept in capsys.readouterr().out
    assert User.objects.get(email="admin@example.com").check_password(kept)
    assert not Classroom.objects.exists()


def test_too_small_a_class_is_refused(settings):
    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD
    with pytest.raises(CommandError, match="at least 8"):
        call_command("seed_demo", "--students", "3", verbosity=0)


def test_without_unchecked_questions_there_is_no_class(settings, capsys):
    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD
    settings.MOCKS_DRAW_UNVERIFIED = False
    call_command("seed_demo", verbosity=0)
    assert "MOCKS_DRAW_UNVERIFIED=1" in capsys.readouterr().out
    assert not Classroom.objects.exists()


@pytest.mark.slow
def test_the_whole_demonstration(settings, capsys):
    load_content()
    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD
    # Somebody had the address before.
    User.objects.create_user("sim01@example.com")
    call_command("seed_demo")
    assert 19_000 < Answer.objects.count() < 20_500
    check_ledger()
    check_grades(a_sample(200))
    assert share_right(exposure=1) + 0.1 < share_right(exposure__gt=1) < 0.95
    rest = rest_correlations("Week 6: pricing models")
    wrong = [rest.pop(name) for name in MISKEYED]
    assert max(wrong) < median(rest.values()), (wrong, rest)
    assert sum(wrong) < -0.3, (wrong, rest)
    assert Membership.objects.filter(person__email="sim01@example.com").count() == 0
    assert "join code" in capsys.readouterr().out
