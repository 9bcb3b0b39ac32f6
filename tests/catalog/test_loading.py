from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from certportal.catalog.models import (
    Certification,
    ExamDomain,
    ExamGuide,
    LearningPath,
    Objective,
    Resource,
)
from certportal.catalog.services.loading import load_catalog
from certportal.catalog.services.rows import Action
from tests.catalog.changing import replace, written

pytestmark = pytest.mark.django_db


def test_facts_of_guides(catalogue):
    def guide(code):
        return ExamGuide.objects.current().get(certification__code=code)

    assert guide("CLF-C02").scale == (100, 700, 1000)
    assert (guide("CLF-C02").cut_fraction, guide("CLF-C02").cut_is_estimate) == (
        Decimal("0.72"),
        True,
    )
    assert (guide("1Z0-071").cut_fraction, guide("1Z0-071").cut_is_estimate) == (
        Decimal("0.63"),
        False,
    )
    assert guide("DATABRICKS-SPARK").cut_fraction == Decimal("0.70")
    assert (guide("DP-900").total, guide("DP-900").question_range) == (50, "40–60")
    assert guide("GCP-PMLE").total == 55
    assert guide("MLA-C01").official_kinds == ["single", "multiple", "ordering", "matching"]
    assert guide("MLA-C02").official_kinds == ["single", "multiple"]
    assert guide("TF-DEV").official_kinds == []
    assert guide("GOOGLE-DA").domains.count() == 0
    unreliable = ExamGuide.objects.filter(weights_official=False)
    assert [it.certification.code for it in unreliable] == ["SAP-C03"]


def test_weights_of_every_guide_make_exactly_100(catalogue):
    for guide in ExamGuide.objects.prefetch_related("domains"):
        weights = [domain.weight for domain in guide.domains.all()]
        assert not weights or sum(weights) == Decimal(100), guide


def test_dry_run_of_a_change_leaves_the_old_text(catalogue, files):
    replace(files, "vendors.yaml", ("en: Oracle", "en: Oracle Corporation"))

    difference = load_catalog(files, dry_run=True)

    assert written(difference) == {"updated: vendor oracle (name)"} | {
        "updated: certification 1Z0-071 (search_text)"
    }
    assert Certification.objects.get(code="1Z0-071").vendor.name == "Oracle"


def test_changed_translation_is_the_only_update(catalogue, files):
    replace(files, "objectives.yaml", ("说明 AWS 云给企业带来的好处", "说明 AWS 云的好处"))

    difference = load_catalog(files)

    assert written(difference) == {
        "updated: objective CLF-C02 CLF-C02 benefits-of-cloud (translations)"
    }
    objective = Objective.objects.get(key="benefits-of-cloud")
    assert objective.text("title", "zh-hans") == "说明 AWS 云的好处"
    assert objective.text("title", "en").startswith("Explain what")


def test_dropped_domain_and_objectives_stay_but_are_not_current(catalogue, files):
    text = (files / "certifications.yaml").read_text(encoding="utf-8")
    start = text.index("          - key: D4\n            name:\n              en: Billing, Pricing")
    end = text.index("  - code: SAA-C03")
    text = text[:start] + text[end:]
    (files / "certifications.yaml").write_text(
        text.replace("weight: '34.00'\n            official_weight: '34%'",
                     "weight: '46.00'\n            official_weight: '46%'", 1),
        encoding="utf-8",
    )  # fmt: skip
    objectives = (files / "objectives.yaml").read_text(encoding="utf-8")
    head, *entries = objectives.split("  - certification: ")
    kept = [entry for entry in entries if not entry.startswith("CLF-C02\n    domain: D4")]
    (files / "objectives.yaml").write_text(
        head + "".join(f"  - certification: {entry}" for entry in kept), encoding="utf-8"
    )
    dropped = len(entries) - len(kept)
    assert dropped == 3

    difference = load_catalog(files)
    again = load_catalog(files)

    domain = ExamDomain.objects.get(guide__certification__code="CLF-C02", key="D4")
    assert not domain.is_current
    assert domain.objectives.filter(is_current=False).count() == dropped
    assert difference.counts()[Action.LEFT] == dropped + 1
    assert again.is_empty
    assert again.counts()[Action.LEFT] == dropped + 1


def test_dropped_domain_comes_back_as_the_same_row(catalogue, files):
    domain = ExamDomain.objects.get(guide__certification__code="CLF-C02", key="D4")
    ExamDomain.objects.filter(pk=domain.pk).update(is_current=False)

    difference = load_catalog(files)

    assert written(difference) == {"updated: domain CLF-C02 CLF-C02 D4 (is_current)"}
    assert ExamDomain.objects.get(pk=domain.pk).is_current


def test_objective_may_move_to_another_domain(catalogue, files):
    before = Objective.objects.get(key="benefits-of-cloud")
    replace(
        files,
        "objectives.yaml",
        ("domain: D1\n    key: benefits-of-cloud", "domain: D2\n    key: benefits-of-cloud"),
    )

    load_catalog(files)

    after = Objective.objects.get(key="benefits-of-cloud")
    assert (after.pk, after.domain.key) == (before.pk, "D2")


def test_new_guide_version_takes_over_and_the_old_one_keeps_its_domains(catalogue, files):
    old = ExamGuide.objects.get(certification__code="DP-900")
    replace(files, "certifications.yaml", ("version: '2026-07-21'", "version: '2027-01-15'"))

    load_catalog(files)

    new = ExamGuide.objects.current().get(certification__code="DP-900")
    old.refresh_from_db()
    assert (new.version, old.is_current) == ("2027-01-15", False)
    assert new.pk != old.pk
    assert old.domains.filter(is_current=True).count() == new.domains.count() == 4


def test_dropped_resource_and_path_are_no_longer_current(catalogue, files):
    for name, start in (
        ("resources.yaml", "  - slug: aws-heroes"),
        ("paths.yaml", "  - slug: azure-training"),
    ):
        text = (files / name).read_text(encoding="utf-8")
        (files / name).write_text(text[: text.index(start)], encoding="utf-8")

    difference = load_catalog(files)

    assert not Resource.objects.get(slug="aws-heroes").is_current
    assert not LearningPath.objects.get(slug="azure-training-journeys").is_current
    assert difference.counts()[Action.LEFT] == 2


def test_changed_links_are_reported_with_what_they_belong_to(catalogue, files):
    replace(
        files,
        "certifications.yaml",
        ("replaced_by: [MLA-C02, AIP-C01]", "replaced_by: [AIP-C01, MLA-C02]"),
    )
    replace(files, "paths.yaml", ("      - certification:AIF-C01\n", ""))

    difference = load_catalog(files)

    assert written(difference) == {
        "updated: certification MLS-C01 (replaced_by)",
        "updated: learning path mlops-on-aws (steps)",
    }
    mls = Certification.objects.get(code="MLS-C01")
    assert [link.successor.code for link in mls.successions.all()] == ["AIP-C01", "MLA-C02"]


@pytest.mark.parametrize(
    "change",
    [
        {"scale_cut": None},
        {"scale_low": 2000},
        {"scored": 60},
        {"cut_fraction": 1},
        {"total_min": 40},
        {"total_min": 70, "total_max": 80},
    ],
)
def test_database_refuses_a_guide_that_contradicts_itself(catalogue, change):
    guides = ExamGuide.objects.filter(certification__code="CLF-C02")

    with pytest.raises(IntegrityError), transaction.atomic():
        guides.update(**change)


@pytest.mark.parametrize(
    "change",
    [{"status": "retired"}, {"status": "gone"}, {"level": "easy"}, {"retired_on": "2026-01-01"}],
)
def test_database_refuses_a_certification_that_contradicts_itself(catalogue, change):
    certifications = Certification.objects.filter(code="CLF-C02")

    with pytest.raises(IntegrityError), transaction.atomic():
        certifications.update(**change)


def test_database_keeps_one_current_guide(catalogue):
    certification = Certification.objects.get(code="CLF-C02")

    with pytest.raises(IntegrityError), transaction.atomic():
        ExamGuide.objects.create(
            certification=certification, version="9", checked_on=certification.checked_on
        )
