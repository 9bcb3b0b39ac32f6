"""Vendors, certifications, exam guides, domains and objectives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from certportal.catalog.models import Certification, ExamDomain, ExamGuide, Objective, Vendor


class VendorFactory(DjangoModelFactory):
    class Meta:
        model = Vendor

    slug = factory.Sequence(lambda n: f"vendor-{n}")
    name = factory.Sequence(lambda n: f"Vendor {n}")


class CertificationFactory(DjangoModelFactory):
    class Meta:
        model = Certification

    code = factory.Sequence(lambda n: f"TST-C{n:02}")
    slug = factory.LazyAttribute(lambda it: it.code.lower())
    vendor = factory.SubFactory(VendorFactory)
    name = factory.LazyAttribute(lambda it: f"Certified in {it.code}")
    level = Certification.Level.FOUNDATIONAL
    role = Certification.Role.BEGINNER
    checked_on = date(2026, 11, 1)

    class Params:
        retired = factory.Trait(status=Certification.Status.RETIRED, retired_on=date(2026, 6, 30))


class ExamGuideFactory(DjangoModelFactory):
    """65 questions in 90 minutes; 10 of them do not count."""

    class Meta:
        model = ExamGuide

    certification = factory.SubFactory(CertificationFactory)
    version = "1.0"
    total = 65
    scored = 55
    unscored = 10
    duration_minutes = 90
    scale_low = 100
    scale_cut = 700
    scale_high = 1000
    official_kinds = ["single", "multiple"]
    checked_on = date(2026, 11, 1)


class ExamDomainFactory(DjangoModelFactory):
    """The only domain of a guide unless `weight` says otherwise."""

    class Meta:
        model = ExamDomain

    guide = factory.SubFactory(ExamGuideFactory)
    position = factory.LazyAttribute(lambda it: it.guide.domains.count() + 1)
    key = factory.LazyAttribute(lambda it: f"D{it.position}")
    name = factory.LazyAttribute(lambda it: f"Domain {it.position}")
    translations = factory.LazyAttribute(lambda it: {"zh-hans": {"name": f"领域 {it.position}"}})
    weight = Decimal(100)


class ObjectiveFactory(DjangoModelFactory):
    class Meta:
        model = Objective

    domain = factory.SubFactory(ExamDomainFactory)
    position = factory.LazyAttribute(lambda it: it.domain.objectives.count() + 1)
    key = factory.LazyAttribute(lambda it: f"{it.domain.key.lower()}-objective-{it.position}")
    number = factory.LazyAttribute(lambda it: f"{it.domain.position}.{it.position}")
    title = factory.LazyAttribute(lambda it: f"Objective {it.number}")


def make_guide(*weights: int | str, **fields: object) -> ExamGuide:
    """A guide with one domain (D1, D2, …) a weight."""
    guide = ExamGuideFactory(**fields)
    for weight in weights:
        ExamDomainFactory(guide=guide, weight=Decimal(weight))
    return guide
