from __future__ import annotations

import pytest

from certportal.catalog.engine import catalog_entries
from certportal.catalog.models import Certification, LearningPath, Resource
from quizzes.engine.kinds.registry import KINDS


@pytest.mark.parametrize(
    ("in_files", "in_database"),
    [
        (catalog_entries.LEVELS, Certification.Level),
        (catalog_entries.ROLES, Certification.Role),
        (catalog_entries.CERTIFICATION_KINDS, Certification.Kind),
        (catalog_entries.STATUSES, Certification.Status),
        (catalog_entries.RESOURCE_KINDS, Resource.Kind),
        (catalog_entries.PATH_KINDS, LearningPath.Kind),
    ],
)
def test_files_may_say_what_the_database_knows(in_files, in_database):
    assert set(in_files) == set(in_database.values)


def test_files_may_name_every_question_kind():
    assert set(catalog_entries.QUESTION_KINDS) == set(KINDS)
