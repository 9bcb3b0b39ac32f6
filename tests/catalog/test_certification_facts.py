from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal

import pytest

from certportal.catalog.models import Certification
from certportal.catalog.selectors.certification_facts import certification_facts

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[\u4e00-\u9fff]")
# Labels that come from gettext or stay as vendors write them, not from the catalogue files.
NOT_TRANSLATED_HERE = {
    "code", "slug", "key", "number", "official_name", "vendor", "vendor_name", "level",
    "level_label", "role_label", "kind", "kind_label", "status", "status_label", "predecessor",
    "url", "version", "questions", "official_kinds", "official_weight", "publisher", "services",
    "unverified", "topics",
}  # fmt: skip
# Names that are the same in both languages.
PROPER_NAMES = {
    "AWS Skill Builder", "Databricks Free Edition", "Oracle FreeSQL", "AWS Academy",
    "AWS Educate", "AWS Heroes", "Learning Spark, 2nd edition", "Spark: The Definitive Guide",
    "OCA Oracle Database SQL Exam Guide (Exam 1Z0-071)", "Exam Ref DP-900",
    "Microsoft Azure DP-900 Data Fundamentals Exam Prep",
    "Data Governance: The Definitive Guide", "Data Science on the Google Cloud Platform",
    "Google BigQuery: The Definitive Guide", "Python and TensorFlow 2.x",
}  # fmt: skip


def facts(code, language="en"):
    certification = Certification.objects.select_related("vendor").get(code=code)
    return certification_facts(certification, language)


def texts(value, path=""):
    """Every text of nested dataclasses with the path of fields that leads to it."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from texts(item, path)
    elif isinstance(value, str) and value:
        yield path, value


def test_facts_of_an_active_certification(catalogue):
    clf = facts("CLF-C02")

    assert (clf.name, clf.vendor_name) == ("AWS Certified Cloud Practitioner", "AWS")
    assert (clf.status, clf.is_retired, clf.retired_on) == ("active", False, None)
    assert (clf.price_usd, clf.validity) == (Decimal(100), "3 years")
    assert clf.unverified == {"languages", "renewal"}
    assert clf.predecessor == "CLF-C01"
    assert clf.successors == clf.replaces == ()
    german = next(language for language in clf.languages if language.code == "de")
    assert (german.name, german.until) == ("German", dt.date(2026, 12, 31))
    assert len(clf.languages) == 11


def test_exam_facts(catalogue):
    exam = facts("CLF-C02").exam

    assert (exam.questions, exam.total, exam.scored, exam.unscored) == ("65", 65, 50, 15)
    assert (exam.duration_minutes, exam.scale) == (90, (100, 700, 1000))
    assert [(it.key, it.name, it.weight, it.official_weight) for it in exam.domains] == [
        ("D1", "Cloud Concepts", 24, "24%"),
        ("D2", "Security and Compliance", 30, "30%"),
        ("D3", "Cloud Technology and Services", 34, "34%"),
        ("D4", "Billing, Pricing, and Support", 12, "12%"),
    ]
    first = exam.domains[0].objectives[0]
    assert (first.number, first.topics[0]) == ("1.1", "economies of scale")
    assert [source.what for source in exam.sources] == ["Exam guide", "Certification page"]
    assert exam.sources[0].date == dt.date(2026, 11, 23)


def test_retired_certification_names_successors(catalogue):
    mls = facts("MLS-C01")

    assert mls.retired_on == dt.date(2026, 3, 31)
    assert [(it.certification.code, it.is_official) for it in mls.successors] == [
        ("MLA-C02", True), ("AIP-C01", True),
    ]  # fmt: skip
    assert [it.code for it in facts("MLA-C02").replaces] == ["MLS-C01", "MLA-C01"]


def test_advice_is_no_succession(catalogue):
    [advice] = facts("TF-DEV").successors

    assert (advice.certification.code, advice.is_official) == ("GCP-PMLE", False)
    assert facts("GCP-PMLE").replaces == ()


def test_certification_without_domains(catalogue):
    course = facts("GOOGLE-DA")

    assert course.exam.domains == ()
    assert (course.exam.questions, course.exam.duration_minutes) == ("", None)
    assert course.has_more_languages


def test_placeholder_weights_are_named_as_such(catalogue):
    exam = facts("SAP-C03").exam

    assert not exam.weights_official
    assert "not published yet" in exam.weights_note
    assert {domain.official_weight for domain in exam.domains} == {""}
    assert exam.scale is None


def test_resources_are_its_own_and_then_its_vendors(catalogue):
    resources = facts("CLF-C02").resources

    assert [(it.slug, it.is_general) for it in resources] == [
        ("aws-skill-builder", False),
        ("python-for-devops", False),
        ("aws-academy", True),
        ("aws-educate", True),
        ("aws-heroes", True),
    ]


def test_paths_show_where_one_is(catalogue):
    ours, *vendors = facts("AI-901").paths

    assert (ours.slug, ours.is_of_vendor) == ("ai-on-azure", False)
    assert [(it.certification.code, it.is_here) for it in ours.steps] == [
        ("AI-901", True), ("DP-900", False), ("AI-103", False), ("AI-300", False),
    ]  # fmt: skip
    assert [it.slug for it in vendors] == ["azure-ai-introduction", "azure-training-journeys"]
    assert all(path.is_of_vendor for path in vendors)


@pytest.mark.parametrize("code", ["CLF-C02", "GOOGLE-DA", "TF-DEV", "AI-901"])
def test_facts_need_at_most_eight_statements(catalogue, code, django_assert_max_num_queries):
    certification = Certification.objects.select_related("vendor").get(code=code)

    with django_assert_max_num_queries(8):
        certification_facts(certification)


def test_chinese_facts_are_chinese(catalogue):
    for code in Certification.objects.values_list("code", flat=True):
        untranslated = {
            (path, text)
            for path, text in texts(facts(code, "zh-hans"))
            if path.rpartition(".")[2] not in NOT_TRANSLATED_HERE
            and not HAN.search(text)
            and text not in PROPER_NAMES
        }
        assert untranslated == set(), code


def test_english_facts_are_english(catalogue):
    for code in Certification.objects.values_list("code", flat=True):
        assert [text for _path, text in texts(facts(code)) if HAN.search(text)] == [], code


def test_readers_see_only_addresses_of_vendors(catalogue):
    vendors = (
        "aws.amazon.com", "docs.aws.amazon.com", "learn.microsoft.com", "cloud.google.com",
        "services.google.com", "www.tensorflow.org", "www.coursera.org", "www.databricks.com",
        "education.oracle.com",
    )  # fmt: skip
    for code in Certification.objects.values_list("code", flat=True):
        shown = facts(code)
        assert shown.exam.sources
        for source in shown.exam.sources:
            assert source.url.split("/")[2] in vendors
