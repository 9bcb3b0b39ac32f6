"""Models of the catalogue app."""

from __future__ import annotations

from certportal.catalog.models.certification import (
    Certification,
    CertificationLanguage,
    ExamLanguage,
    Succession,
    Vendor,
)
from certportal.catalog.models.guide import ExamDomain, ExamGuide, Objective, ObjectiveSuccession
from certportal.catalog.models.learning import LearningPath, LearningPathStep, Resource

__all__ = [
    "Certification",
    "CertificationLanguage",
    "ExamDomain",
    "ExamGuide",
    "ExamLanguage",
    "LearningPath",
    "LearningPathStep",
    "Objective",
    "ObjectiveSuccession",
    "Resource",
    "Succession",
    "Vendor",
]
