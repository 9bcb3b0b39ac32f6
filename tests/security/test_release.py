"""What × when: in every state of an assigned sitting, no page of its student tells more than its
policy releases. Every question carries words that stand nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from progress.services.recording import rebuild_evidence
from quizzes.engine.review import POLICIES, What, When, released
from quizzes.models import Assignment, Attempt, AttemptItem, QuestionSet
from quizzes.services.starting import start_assigned
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import MembershipFactory
from tests.factories.documents import body_and_key
from tests.factories.quizzes import QuestionFactory, QuestionSetFactory
from tests.factories.sittings import RIGHT, answer, close
from tests.security.crawling import Crawl, addresses_with, steady
from tests.security.world import undone

pytestmark = pytest.mark.django_db

N = 10
STEMS = ("Zqstem",)
RATIONALES = ("Zqwhy", "Zqbecause")
KEY_NAMES = ("option_rationales", '"correct"')
CORRECTNESS = 'class="qrow"'
SCORE = "of 10 right, 60%"


@pytest.fixture
def exam():
    """10 questions of one domain in 30 minutes, of which nothing is known elsewhere."""
    guide = make_guide(100)
    secret = QuestionSetFactory(use=QuestionSet.Use.EXAM_ONLY)
    for _ in range(N):
        body, key = body_and_key("single", stem=STEMS[0])
        key["explanation"] = {"en": RATIONALES[0]}
        key["option_rationales"] = {name: {"en": RATIONALES[1]} for name in "abcd"}
        QuestionFactory(
            home_set=secret,
            domain=guide.domains.get(),
            revision__body=body,
            revision__key=key,
        )
    exam = OwnExamFactory(guide=guide)
    exam.sources.add(secret)
    return exam


def sitting_of(exam: Any, policy: str, *, right: range = range(1, 7)) -> Attempt:
    """Every question answered with B, which is right at these positions only."""
    member = MembershipFactory()
    assignment = AssignmentFactory(
        classroom=member.classroom,
        exam=exam,
        feedback=policy,
        closes_at=timezone.now() + timedelta(hours=1),
    )
    attempt = start_assigned(student=member.person, assignment=assignment)
    answer(attempt, [RIGHT] * N)
    make_right(attempt, right)
    return attempt


def make_right(attempt: Attempt, right: range) -> None:
    for item in attempt.items.select_related("revision__question"):
        correct = ["b"] if item.position in right else ["a"]
        old = item.revision
        revision = old.question.revisions.create(
            number=old.question.revisions.count() + 1,
            body=old.body,
            key={**old.key, "correct": correct},
        )
        AttemptItem.objects.filter(pk=item.pk).update(revision=revision)


def look_around(attempt: Attempt) -> Crawl:
    client = Client()
    client.force_login(attempt.student)
    base = f"/attempts/{attempt.public_id}"
    slug = attempt.guide.certification.slug
    shows = ("all", "wrong", "flagged")
    return Crawl(client).walk(
        [
            *(f"{base}/q/{n}/" for n in (1, N)),
            *(f"{base}/result/?show={show}" for show in shows),
            *(f"{base}/result/{n}/" for n in range(N + 2)),
            *(f"{base}/{place}/" for place in ("review", "state", "paper", "receipts")),
            *("/", "/exams/", "/classes/", "/settings/notices/", "/certifications/?q=stone"),
            *(f"/{place}/{slug}/" for place in ("certifications", "progress")),
            f"/practice/?certification={slug}",
            f"/assignments/{attempt.assignment.public_id}/",
        ]
    )


def moved_on(attempt: Attempt, when: When) -> Attempt:
    if when is When.DURING:
        return attempt
    closed = close(attempt)
    if when is When.AFTER_CLOSE:
        Assignment.objects.filter(pk=attempt.assignment_id).update(closes_at=timezone.now())
    rebuild_evidence()
    return closed


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_page_tells_what_is_released_and_nothing_else(exam, policy, when):
    attempt = moved_on(sitting_of(exam, policy), when)

    texts = look_around(attempt).texts()

    told = released(policy, when)
    expected = {
        STEMS: What.OWN_ANSWERS in told,
        RATIONALES: What.RATIONALE in told,
        (CORRECTNESS,): What.CORRECTNESS in told,
        (SCORE,): What.SCORE in told,
        (" right: ",): What.RIGHT_ANSWER in told,
    }
    assert {words: bool(addresses_with(texts, words)) for words in expected} == expected
    assert not addresses_with(texts, KEY_NAMES)


@pytest.mark.parametrize(
    ("policy", "when"),
    [
        ("after_end", When.DURING),
        ("after_close", When.AFTER_END),
        ("score_only", When.AFTER_CLOSE),
    ],
)
def test_while_it_is_not_released_no_page_depends_on_which_answers_are_right(exam, policy, when):
    first, second = two_worlds(exam, policy, when)

    assert first.keys() == second.keys()
    assert {address for address, text in first.items() if text != second[address]} == set()


def test_when_it_is_released_pages_do_depend_on_it(exam):
    """The positive control: the two worlds differ."""
    first, second = two_worlds(exam, "after_close", When.AFTER_CLOSE)

    assert "/attempts/IT/result/1/" in {a for a, text in first.items() if text != second.get(a)}


def two_worlds(exam: Any, policy: str, when: When) -> list[dict[str, str]]:
    """Every page where the first six answers are right, and where the last six are."""
    attempt = sitting_of(exam, policy)
    seen = []
    for right in (range(1, 7), range(5, 11)):
        with undone():
            make_right(attempt, right)
            texts = look_around(moved_on(attempt, when)).texts()
            named = {
                address.replace(str(attempt.public_id), "IT"): steady(text)
                for address, text in texts.items()
            }
            seen.append(named)
    return seen
