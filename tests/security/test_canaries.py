"""While a mock exam is open, nothing about its answers reaches the student: by no page, header,
reply or side door. Every question carries words that stand nowhere but in its key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from certportal.accounts.models import User
from certportal.accounts.services.calendar_addresses import make_calendar_address
from certportal.accounts.services.class_invitations import token_of
from certportal.accounts.services.joining import make_join_code
from certportal.accounts.services.people import vouch_for_address
from certportal.accounts.services.stopping_reminders import stop_link
from certportal.catalog.models import ExamGuide
from certportal.lib.clock import db_now
from progress.models import ClassGoal
from progress.services.recording import rebuild_evidence
from progress.urls import urlpatterns as progress_addresses
from quizzes.engine.kinds.registry import get_kind
from quizzes.models import Attempt, AttemptItem, Exam, Question, QuestionRevision
from quizzes.services.closing import submit_attempt
from tests.factories.accounts import UserFactory
from tests.factories.assignments import AssignmentFactory
from tests.factories.attempts import TERMS, shift_clock
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassroomFactory, InvitationFactory, MembershipFactory
from tests.factories.documents import KINDS, body_and_key
from tests.factories.quizzes import (
    ExamFactory,
    PlacementFactory,
    QuestionFactory,
    QuestionSetFactory,
    stock_guide,
)
from tests.factories.sittings import answer
from tests.security.crawling import Crawl, addresses_with, steady
from tests.security.world import undone

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "zh-hans")

# Only of the key's own vocabulary: no page has a reason to speak of these.
KEY_NAMES = ("option_rationales", "tolerance_kind", "case_sensitive", '"correct"', '"accepted"')

WRONG: dict[str, dict[str, Any]] = {
    "single": {"choice": "a"},
    "multiple": {"choices": ["b", "d"]},
    "true_false": {"choice": "b"},
    "ordering": {"order": ["a", "b", "c"]},
    "matching": {"pairs": {"p1": "c", "p2": "a"}},
    "numeric": {"value": "1"},
    "short_text": {"text": "mode"},
}


def secret_document(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A question of this kind whose key says, wherever it can, a word of its own."""
    body, key = body_and_key(kind, stem=f"A question of kind {kind}.")

    def texts(place: str) -> dict[str, str]:
        return {
            language: f"Zq{kind}{place}{language}".replace("_", "").replace("-", "")
            for language in LANGUAGES
        }

    key["explanation"] = texts("why")
    key["reference"] = f"https://docs.example.org/{texts('ref')['en']}"
    if "option_rationales" in key:
        key["option_rationales"] = {
            name: texts(f"because{name}") for name in "abcd"[: len(body["options"])]
        }
    if kind == "numeric":
        key |= {"value": "90417.25", "tolerance": "0.0625"}
    if kind == "short_text":
        key["accepted"] = ["Zqaccepted", "Zqalsoaccepted"]
    return body, key


def canaries(kind: str) -> list[str]:
    """Every word of the key that a page could say."""
    _, key = secret_document(kind)
    told = [*key["explanation"].values(), key["reference"]]
    told += [text for texts in key.get("option_rationales", {}).values() for text in texts.values()]
    told += [key["value"]] if kind == "numeric" else []
    return told + key.get("accepted", [])


CANARIES = [word for kind in KINDS for word in canaries(kind)]
# The page says one accepted spelling; the tolerance is told as a range.
NEVER_TOLD = ["Zqalsoaccepted"]


@dataclass
class Scene:
    """A student with an open mock, and with the same questions in everything else."""

    student: User
    client: Client
    guide: ExamGuide
    sibling: ExamGuide
    """Another certification where the same questions count."""
    third: Exam
    questions: list[Question]
    mock: Attempt
    earlier_mock: Attempt
    earlier_practice: Attempt
    running_practice: Attempt
    """Every question answered and checked before the mock began."""
    untouched_practice: Attempt
    secret_addresses: list[str]
    """What mails, codes and calendars of the student's classes lead to."""

    @property
    def attempts(self) -> list[Attempt]:
        return [
            self.mock,
            self.earlier_mock,
            self.earlier_practice,
            self.running_practice,
            self.untouched_practice,
        ]


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), undone():
        yield build()


@pytest.fixture(autouse=True)
def _as_at_the_start(scene):
    scene.mock.refresh_from_db()
    scene.client.cookies.pop(portal_settings.LANGUAGE_COOKIE_NAME, None)


def build() -> Scene:
    student = UserFactory()
    guide, sibling = (make_guide(100, total=20, scored=20, unscored=0) for _ in range(2))
    home_set = QuestionSetFactory()
    questions = [secret_question(kind, guide, sibling, home_set) for kind in KINDS]
    stock_guide(guide, each=20, home_set=home_set)
    stock_guide(sibling, each=20, home_set=home_set)
    QuestionFactory(home_set=home_set, domain=guide.domains.get(), is_sample=True)
    exam = ExamFactory(guide=guide)
    ExamFactory(guide=sibling)
    third = ExamFactory(guide=make_guide(100, total=20, scored=20, unscored=0))
    earlier_mock = sat(student, guide, questions, exam=exam, answered=True)
    earlier_practice = sat(student, guide, questions, answered=True)
    for attempt in (earlier_mock, earlier_practice):
        submit_attempt(public_id=attempt.public_id, student=student)
    rebuild_evidence()
    client = Client()
    client.force_login(student)
    return Scene(
        secret_addresses=classes_of(student, exam),
        student=student,
        client=client,
        guide=guide,
        sibling=sibling,
        third=third,
        questions=questions,
        earlier_mock=earlier_mock,
        earlier_practice=earlier_practice,
        running_practice=sat(student, sibling, questions, answered=True),
        untouched_practice=sat(student, guide, questions),
        mock=sat(student, guide, questions, exam=exam),
    )


def classes_of(student: User, exam: Exam) -> list[str]:
    """A class that the student is in, one to join by code and one to join by invitation."""
    classroom, by_code, by_mail = (ClassroomFactory() for _ in range(3))
    for room in (classroom, by_code, by_mail):
        ClassGoal.objects.create(classroom=room, guide=exam.guide)
    MembershipFactory(classroom=classroom, person=student)
    AssignmentFactory(classroom=classroom, exam=exam)
    AssignmentFactory(classroom=classroom, practice=True, guide=exam.guide)
    vouch_for_address(student)
    invitation = InvitationFactory(classroom=by_mail, email=student.email)
    ends = db_now() + timedelta(days=7)
    _code, text = make_join_code(by_code, by=by_code.created_by, expires_at=ends, max_uses=9)
    return [
        reverse("progress:class-leave", args=[classroom.slug]),
        reverse("progress:class-join-code", args=[text]),
        reverse("progress:class-invitation", args=[token_of(invitation)]),
        reverse("progress:calendar-feed", args=[make_calendar_address(student)]),
        urlsplit(stop_link(student)).path,
    ]


def secret_question(kind: str, guide: ExamGuide, sibling: ExamGuide, home_set: Any) -> Question:
    body, key = secret_document(kind)
    question = QuestionFactory(
        kind=kind,
        home_set=home_set,
        domain=guide.domains.get(),
        revision__body=body,
        revision__key=key,
    )
    PlacementFactory(question=question, domain=sibling.domains.get())
    return question


def sat(
    student: User,
    guide: ExamGuide,
    questions: list[Question],
    *,
    exam: Any = None,
    answered: bool = False,
) -> Attempt:
    """An open mock of this exam, or without one an open practice, of exactly these questions."""
    now = db_now()
    attempt = Attempt.objects.create(
        student=student,
        mode="mock" if exam else "practice",
        exam=exam,
        guide=guide,
        started_at=now - timedelta(minutes=1),
        deadline_at=now + timedelta(minutes=60) if exam else None,
        terms=TERMS if exam else {},
        seed=1,
    )
    for position, question in enumerate(questions, start=1):
        AttemptItem.objects.create(
            attempt=attempt,
            position=position,
            question=question,
            revision=QuestionRevision.objects.get(question=question),
            domain=guide.domains.get(),
        )
    if answered:
        answer(attempt, [WRONG[question.kind] for question in questions])
    return attempt


# --- The crawl --------------------------------------------------------------------------------


def starts(scene: Scene) -> list[str]:
    slugs = [guide.certification.slug for guide in (scene.guide, scene.sibling)]
    return [
        "/",
        "/exams/?page=2",
        "/samples/",
        "/settings/notices/",
        "/accounts/email/",
        "/accounts/sessions/",
        "/classes/",
        "/classes/join/",
        "/calendar/",
        *scene.secret_addresses,
        *(f"/{place}/{slug}/" for slug in slugs for place in ("certifications", "progress")),
        *(f"/practice/?certification={slug}&domain=D1&size=5" for slug in slugs),
        *(f"/certifications/?q={word}" for word in ("stone", CANARIES[0][:-2])),
        *(
            f"/attempts/{attempt.public_id}/{place}"
            for attempt in scene.attempts
            for place in (
                *(f"q/{position}/" for position in range(1, len(KINDS) + 2)),
                "review/",
                "review/?end=1",
                "review/?show=flagged",
                "result/",
                "result/?show=wrong",
                "result/?show=flagged",
                *(f"result/{position}/" for position in range(1, len(KINDS) + 2)),
                "state/",
                "paper/",
                "receipts/",
                "answers/",
            )
        ),
        # What the student may not see, or what is not there.
        "/admin/",
        *(f"/admin/quizzes/question/{question.pk}/change/" for question in scene.questions),
        "/admin/quizzes/questionset/",
        "/admin/login/?next=/admin/quizzes/question/",
        "/no/such/page/",
        "/attempts/00000000-0000-4000-8000-000000000000/result/",
        "/samples/99/",
        "/jsi18n/",
    ]


def look_around(scene: Scene, *languages: str) -> Crawl:
    """Every page in these languages, and every reply to something that a student can send."""
    seen = Crawl(scene.client)
    for language in languages:
        scene.client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = language
        crawl = Crawl(scene.client).walk(starts(scene))
        if language == languages[-1]:
            send(crawl, scene)
        seen.responses |= {f"{language} {name}": it for name, it in crawl.responses.items()}
    return seen


def send(crawl: Crawl, scene: Scene) -> None:
    """Answers, marks and nonsense to every attempt that is open; nothing that ends the mock."""
    client = crawl.client
    for attempt in scene.attempts:
        base = f"/attempts/{attempt.public_id}"
        for position, kind in enumerate(KINDS, start=1):
            forms = [
                {"go": "next"},
                form_of(kind),
                {"choice": "zzz", "order-a": "9", "go": "check"},
            ]
            for number, form in enumerate(forms):
                page = client.post(f"{base}/q/{position}/", form, follow=True)
                crawl.keep(f"POST {base}/q/{position}/ {number}", page)
        entries = [
            {"seq": n, "item": n, "answer": WRONG[kind]} for n, kind in enumerate(KINDS, start=1)
        ]
        for number, body in enumerate(
            [
                {"epoch": 1, "entries": entries},
                {"epoch": 1, "entries": [{**entries[0], "answer": {"choice": "b"}}]},
                {"epoch": 1, "entries": [{"seq": 99, "item": 1, "answer": {"choice": "zzz"}}]},
                {"epoch": 9, "entries": [{"seq": 1, "item": 1, "mark": {"flag": True}}]},
                {"epoch": 1, "entries": [{"seq": 100, "item": 1, "answer": None, "final": True}]},
                [],
            ]
        ):
            reply = client.post(f"{base}/answers/", json.dumps(body), "application/json")
            crawl.keep(f"POST {base}/answers/ {number}", reply)
        crawl.keep(f"POST {base}/take-over/", client.post(f"{base}/take-over/"))
        crawl.keep(f"POST {base}/sections/next/", client.post(f"{base}/sections/next/"))
        crawl.keep(f"GET {base}/state/ again", client.get(f"{base}/state/"))
    slug = scene.guide.certification.slug
    crawl.keep("POST /practice/", client.post("/practice/", {"certification": slug, "size": "0"}))
    started = client.post("/practice/", {"certification": slug, "size": "50"})
    crawl.walk([started["Location"]])
    crawl.keep("403 csrf", Client(enforce_csrf_checks=True).post("/practice/"))


def form_of(kind: str) -> dict[str, str | list[str]]:
    given = WRONG[kind]
    if "order" in given:
        return {f"order-{name}": str(n) for n, name in enumerate(given["order"], start=1)}
    if "pairs" in given:
        return {f"pair-{prompt}": name for prompt, name in given["pairs"].items()}
    return given


# --- While the mock is open ----------------------------------------------------------------------


@pytest.mark.parametrize("state", ["open", "in grace"])
def test_no_page_tells_anything_of_a_key_while_the_mock_is_open(scene, state):
    languages = LANGUAGES
    if state == "in grace":
        shift_clock(scene.mock, left=timedelta(seconds=-2))
        languages = ("en",)

    crawl = look_around(scene, *languages)

    scene.mock.refresh_from_db()
    assert scene.mock.is_open
    assert addresses_with(crawl.texts(), (*CANARIES, *KEY_NAMES)) == {}
    assert own_views() - crawl.views == set()


def _is_for_teaching(pattern: Any) -> bool:
    return str(pattern.pattern).startswith("teach/")


def own_views() -> set[str]:
    """Every page of ours that the crawl must have met, so that silence proves something."""
    elsewhere = {
        # Asked for by POST in other words, or nobody's page.
        "quizzes:exam-start",
        "quizzes:attempt-submit",
        "quizzes:attempt-next-section",
        "accounts:notices-read",
        "accounts:erase",
        "quizzes:assignment-start",
    }
    # A student has no page there; the matrix says so.
    of_staff = {pattern.name for pattern in progress_addresses if _is_for_teaching(pattern)}
    elsewhere |= {f"progress:{name}" for name in of_staff}
    return {
        f"{resolver.namespace}:{pattern.name}"
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "namespace", None) in {"quizzes", "progress", "catalog", "accounts"}
        for pattern in resolver.url_patterns
    } - elsewhere


@pytest.mark.parametrize("mode", ["result", "practice"])
def test_what_is_hidden_says_until_when(scene, mode):
    until = timezone.localtime(scene.mock.deadline_at).strftime("%H:%M")
    address = (
        f"/attempts/{scene.earlier_mock.public_id}/result/"
        if mode == "result"
        else f"/attempts/{scene.running_practice.public_id}/q/1/"
    )
    scene.client.post(f"/attempts/{scene.running_practice.public_id}/q/1/", {"go": "check"})

    assert until in scene.client.get(address).content.decode()


def test_the_questions_are_not_drawn_into_a_new_practice(scene):
    for guide in (scene.guide, scene.sibling):
        slug = guide.certification.slug
        scene.client.post("/practice/", {"certification": slug, "size": "50"})

        drawn = Attempt.objects.filter(student=scene.student).latest("pk").items
        assert drawn.count() > 0
        assert not drawn.filter(question__in=scene.questions).exists()


# --- When it is over ------------------------------------------------------------------------------


def test_when_the_mock_is_over_every_word_of_the_key_is_there(scene):
    """The positive control: these words can be told, so their absence above means something."""
    scene.client.post(f"/attempts/{scene.mock.public_id}/submit/")

    for attempt in (scene.mock, scene.earlier_mock, scene.earlier_practice):
        told = ""
        for language in LANGUAGES:
            scene.client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = language
            told += "".join(
                scene.client.get(f"/attempts/{attempt.public_id}/{where}").content.decode()
                for where in ("result/", *(f"result/{n}/" for n in range(1, len(KINDS) + 1)))
            )
        assert [word for word in CANARIES if word not in told] == NEVER_TOLD


def test_when_the_time_ran_out_the_key_is_told_too(scene):
    shift_clock(scene.mock, left=timedelta(minutes=-5))

    page = scene.client.get(f"/attempts/{scene.mock.public_id}/q/1/", follow=True)

    assert page.redirect_chain[-1][0].endswith("/result/")
    first = scene.client.get(f"{page.redirect_chain[-1][0]}1/").content.decode()
    assert canaries(KINDS[0])[0] in first


# --- Which answer is right changes nothing that can be seen --------------------------------


def other_keys(kind: str) -> list[dict[str, Any]]:
    """Keys of the same question under which something else is right."""
    body, key = secret_document(kind)
    names = [row["id"] for row in body.get("options", body.get("items", ()))]
    changes: list[dict[str, Any]] = {
        "single": [{"correct": [name]} for name in names],
        "multiple": [{"correct": pair} for pair in (["b", "d"], ["a", "d"], ["b", "c"])],
        "true_false": [{"correct": ["b"]}],
        "ordering": [{"order": list(order)} for order in permutations(names)],
        "matching": [{"pairs": {"p1": a, "p2": b}} for a, b in permutations(names, 2)],
        "numeric": [{"value": "1"}, {"value": "5", "tolerance": "100"}],
        "short_text": [{"accepted": ["mode"]}, {"accepted": ["Zqother"], "case_sensitive": True}],
    }[kind]
    return [{**key, **change} for change in changes]


def rekeyed(question: Question, key: dict[str, Any]) -> None:
    """Give every paper with this question a revision that differs in its key alone."""
    newest = question.revisions.latest("number")
    revision = question.revisions.create(number=newest.number + 1, body=newest.body, key=key)
    AttemptItem.objects.filter(question=question).update(revision=revision)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_are_the_same_whatever_is_right(scene, kind):
    question = next(question for question in scene.questions if question.kind == kind)
    position = KINDS.index(kind) + 1
    pages = [
        f"/attempts/{attempt.public_id}/q/{position}/"
        for attempt in (scene.mock, scene.untouched_practice, scene.running_practice)
    ]
    seen = set()
    for key in other_keys(kind):
        with undone():
            rekeyed(question, key)
            crawl = Crawl(scene.client).walk([])
            for page in pages:
                crawl.keep(page, scene.client.get(page))
            seen.add(json.dumps({p: steady(text) for p, text in crawl.texts().items()}))

    assert len(other_keys(kind)) >= (1 if kind == "true_false" else 2)
    assert len(seen) == 1


ENDINGS = ("checked", "practice ended", "other mock ended")
"""How far the student goes with the same questions elsewhere while the mock is open."""


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_side_door_tells_whether_an_answer_is_right(scene, ending):
    """What was open before the mock is answered and ended during it: its points would tell."""
    assert what_depends_on_the_key(scene, ending) == set()


def test_the_side_doors_do_tell_when_the_mock_is_over(scene):
    """The positive control: figures on these pages depend on the key of the same questions."""
    telling = {
        ending: what_depends_on_the_key(scene, ending, after_the_mock=True) for ending in ENDINGS
    }

    certification = f"/certifications/{scene.sibling.certification.slug}/"
    assert certification in telling["checked"]
    assert {"/", "/exams/", "/attempts/OTHER/result/"} <= telling["practice ended"]
    assert {"/", "/exams/", certification, "/attempts/OTHER/result/"} <= telling["other mock ended"]


def what_depends_on_the_key(scene: Scene, ending: str, *, after_the_mock: bool = False) -> set[str]:
    """Pages that differ between two worlds: all answers are right, or all are wrong."""
    seen = []
    for right in (True, False):
        with undone():
            paper = fresh_paper(scene, right=right)
            mock = sat(scene.student, scene.third.guide, paper, exam=scene.third)
            other = other_attempt(scene, paper, ending)
            for attempt in (mock,) if after_the_mock else ():
                scene.client.post(f"/attempts/{attempt.public_id}/submit/")
            seen.append(figures(scene, {"MOCK": mock, "OTHER": other}))
    assert seen[0].keys() == seen[1].keys()
    return {address for address, text in seen[0].items() if text != seen[1][address]}


def other_attempt(scene: Scene, paper: list[Question], ending: str) -> Attempt:
    """The same paper once more, answered, and ended as the test says."""
    exam = scene.sibling.exams.get() if ending == "other mock ended" else None
    attempt = sat(scene.student, scene.sibling, paper, exam=exam)
    answer(attempt, [WRONG[kind] for kind in KINDS] + [{"choice": "b"}] * (len(paper) - len(KINDS)))
    if ending != "checked":
        scene.client.post(f"/attempts/{attempt.public_id}/submit/")
    return attempt


def figures(scene: Scene, attempts: dict[str, Attempt]) -> dict[str, str]:
    """Every page with figures by its address; attempts by name, whatever their ids are."""
    guides = (scene.guide, scene.sibling, scene.third.guide)
    slugs = [guide.certification.slug for guide in guides]
    places = ["q/1/", "review/", "result/", "result/?show=wrong", "result/1/", "state/"]
    crawl = Crawl(scene.client)
    for address in (
        *("/", "/exams/", "/practice/"),
        *(f"/certifications/{slug}/" for slug in slugs),
        *(f"/practice/?certification={slug}" for slug in slugs),
        *(f"/exams/{slug}/" for slug in slugs),
        *(f"/attempts/{it.public_id}/{place}" for it in attempts.values() for place in places),
    ):
        crawl.keep(address, scene.client.get(address))

    def named(text: str) -> str:
        for name, attempt in attempts.items():
            text = text.replace(str(attempt.public_id), name)
        return text

    return {named(address): steady(named(text)) for address, text in crawl.texts().items()}


def fresh_paper(scene: Scene, *, right: bool) -> list[Question]:
    """Questions that the student has not met, among so many others that figures are shown.

    The answers to them are the right ones, or not.
    """
    fresh = [fresh_question(scene, kind, right=right) for kind in KINDS]
    domain = scene.sibling.domains.get()
    return fresh + [QuestionFactory(home_set=fresh[0].home_set, domain=domain) for _ in "12345"]


def fresh_question(scene: Scene, kind: str, *, right: bool) -> Question:
    body, key = secret_document(kind)
    return QuestionFactory(
        kind=kind,
        home_set=scene.questions[0].home_set,
        domain=scene.sibling.domains.get(),
        revision__body=body,
        revision__key={**key, **_makes_right(kind)} if right else key,
    )


def _makes_right(kind: str) -> dict[str, Any]:
    given = WRONG[kind]
    if "choice" in given:
        return {"correct": [given["choice"]]}
    if "choices" in given:
        return {"correct": given["choices"]}
    if "text" in given:
        return {"accepted": [given["text"]]}
    return given


def test_the_answers_are_indeed_right_or_wrong():
    for kind in KINDS:
        body, key = secret_document(kind)
        kind_engine = get_kind(kind)
        rekeyed_share = kind_engine.grade(
            body, {**key, **_makes_right(kind)}, WRONG[kind], rule="exam"
        )
        assert (kind_engine.grade(body, key, WRONG[kind], rule="exam"), rekeyed_share) == (0, 1)
