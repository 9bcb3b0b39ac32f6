from __future__ import annotations

import pytest
from django.utils.translation import override

from certportal.catalog.models import ExamDomain, Objective

DOMAIN = ExamDomain(name="Cloud Concepts", translations={"zh-hans": {"name": "云概念"}})


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Cloud Concepts"), ("zh-hans", "云概念"), ("fr", "Cloud Concepts")],
)
def test_text_in_a_language_or_else_in_english(language, expected):
    assert DOMAIN.text("name", language) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "Cloud Concepts"), ("zh-hans", "云概念")]
)
def test_text_follows_the_reader(language, expected):
    with override(language):
        assert DOMAIN.text("name") == expected


@pytest.mark.parametrize("translations", [{}, {"zh-hans": {}}, {"zh-hans": {"name": ""}}])
def test_missing_translation_falls_back(translations):
    domain = ExamDomain(name="Cloud Concepts", translations=translations)

    assert domain.text("name", "zh-hans") == "Cloud Concepts"


def test_texts_of_a_list():
    objective = Objective(topics=["cost"], translations={"zh-hans": {"topics": ["成本"]}})

    assert objective.texts("topics", "zh-hans") == ["成本"]
    assert objective.texts("topics", "en") == ["cost"]
    assert Objective(topics=["cost"]).texts("topics", "zh-hans") == ["cost"]
