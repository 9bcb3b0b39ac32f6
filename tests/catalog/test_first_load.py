from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from certportal.catalog.engine.catalog_schema import CatalogRefusedError
from certportal.catalog.models import (
    Certification,
    LearningPath,
    Objective,
    ObjectiveSuccession,
)
from certportal.catalog.services.loading import load_catalog
from certportal.catalog.services.rows import Action
from tests.catalog.changing import replace, written

pytestmark = pytest.mark.django_db


def test_everything_is_loaded_and_a_second_load_changes_nothing():
    first = load_catalog()

    second = load_catalog()

    assert {change.action for change in first.changes} == {Action.CREATED}
    assert second.is_empty
    assert {change.action for change in second.changes} == {Action.UNCHANGED}
    assert len(second.changes) == len(first.changes)
    assert Certification.objects.count() == 23
    assert Objective.objects.count() == 396
    assert ObjectiveSuccession.objects.count() == 119
    assert LearningPath.objects.count() == 9


def test_dry_run_reports_the_same_and_writes_nothing(files):
    rehearsed = load_catalog(files, dry_run=True)

    assert Certification.objects.count() == 0
    assert written(rehearsed) == written(load_catalog(files))


def test_broken_file_is_refused_whole(files):
    replace(files, "certifications.yaml", ("weight: '57.50'", "weight: '57.49'"))
    replace(files, "paths.yaml", ("- certification:AIF-C01", "- certification:AIF-C99"))

    with pytest.raises(CatalogRefusedError) as refused:
        load_catalog(files)

    assert [(it.place.file, it.code) for it in refused.value.problems] == [
        ("certifications.yaml", "weights"),
        ("paths.yaml", "unknown-reference"),
    ]
    assert Certification.objects.count() == 0


def test_command_lists_problems_and_fails(files):
    replace(files, "paths.yaml", ("- certification:AIF-C01", "- certification:AIF-C99"))

    with pytest.raises(CommandError) as failed:
        call_command("load_catalog", folder=files)

    assert failed.value.returncode == 1
    assert str(failed.value) == (
        "paths.yaml:3: there is no certification AIF-C99 [unknown-reference]\n"
        "1 problem(s), nothing was written"
    )
    assert Certification.objects.count() == 0


def test_command_prints_the_difference_of_a_dry_run():
    out = StringIO()

    call_command("load_catalog", "--dry-run", stdout=out, no_color=True)

    lines = out.getvalue().splitlines()
    assert "created: certification CLF-C02" in lines
    assert lines[-1].startswith("catalogue: would be: ")
    assert lines[-1].endswith(" created, 0 updated, 0 unchanged, 0 left in place")
    assert Certification.objects.count() == 0


@pytest.mark.parametrize(("verbosity", "lines"), [(0, 0), (1, 1)])
def test_command_counts_what_the_first_load_creates(verbosity, lines):
    out = StringIO()

    call_command("load_catalog", stdout=out, verbosity=verbosity)

    assert len(out.getvalue().splitlines()) == lines
