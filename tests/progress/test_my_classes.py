"""A student's classes: what is due, joining by code or invitation, leaving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from certportal.accounts.models import Invitation, Membership
from certportal.accounts.services.class_invitations import token_of
from certportal.accounts.services.joining import make_join_code, revoke_join_code
from certportal.lib.clock import db_now
from progress.models import ClassGoal
from progress.views import my_classes as views
from quizzes.models import Assignment, Attempt
from quizzes.services.starting import start_assigned
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.assignments import AssignmentFactory, OwnExamFactory
from tests.factories.attempts import TERMS
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassroomFactory, InvitationFactory, MembershipFactory
from tests.factories.quizzes import stock_guide
from tests.factories.sittings import RIGHT, answer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def student(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def classroom():
    return ClassroomFactory(name="Cloud Foundations")


def code_of(classroom, **fields):
    values = {"expires_at": db_now() + timedelta(days=7), "max_uses": 30, **fields}
    return make_join_code(classroom, by=classroom.created_by, **values)


def join(client, text):
    return client.post(f"/classes/join/{text}/")


def listed(client):
    response = client.get("/classes/")
    assert response.status_code == 200
    return response.context["page"]


# --- The list --------------------------------------------------------------------------------


def test_somebody_in_no_class_is_told_how_to_get_into_one(client, student):
    page = client.get("/classes/").content.decode()

    assert "You are in no class" in page
    assert "Ask your instructor for a code" in page


def test_work_stands_with_its_class_and_what_is_over_apart(client, student, classroom, monkeypatch):
    monkeypatch.setattr(views, "db_now", lambda: NOW)
    MembershipFactory(classroom=classroom, person=student, joined_at=NOW - timedelta(days=9))
    other = ClassroomFactory()
    AssignmentFactory(classroom=other)
    exam = OwnExamFactory()
    later = AssignmentFactory(classroom=classroom, exam=exam, due_at=NOW + timedelta(days=2))
    overdue = AssignmentFactory(classroom=classroom, exam=exam, due_at=NOW - timedelta(days=1))
    missed = AssignmentFactory(classroom=classroom, exam=exam, closes_at=NOW - timedelta(days=1))
    AssignmentFactory(classroom=classroom, exam=exam, withdrawn_at=NOW)

    (mine,) = listed(client).learning

    assert [it.assignment for it in mine.to_do] == [overdue, later]
    assert [it.status.state for it in mine.to_do] == ["overdue", "not_started"]
    assert [it.assignment for it in mine.over] == [missed]


def test_dates_are_shown_in_the_zone_of_the_class(client, student):
    shanghai = ClassroomFactory(time_zone="Asia/Shanghai")
    MembershipFactory(classroom=shanghai, person=student)
    AssignmentFactory(
        classroom=shanghai, exam=OwnExamFactory(), due_at=datetime(2031, 3, 1, 20, tzinfo=UTC)
    )

    page = client.get("/classes/").content.decode()

    assert "Sun 2 Mar, 04:00" in page
    assert "Asia/Shanghai" in page


def test_a_done_exam_links_to_the_result_that_counts(client, student, classroom):
    MembershipFactory(classroom=classroom, person=student)
    work = AssignmentFactory(classroom=classroom, exam=OwnExamFactory())
    now = db_now()
    attempt = Attempt.objects.create(
        student=student,
        mode="mock",
        exam=work.exam,
        guide=work.exam.guide,
        assignment=work,
        status="submitted",
        started_at=now - timedelta(hours=1),
        deadline_at=now,
        ended_at=now,
        processed_at=now,
        terms=TERMS,
        seed=1,
    )

    page = client.get("/classes/").content.decode()

    assert f"/attempts/{attempt.public_id}/result/" in page


def test_classes_one_looks_after_link_to_their_page(client, student, classroom):
    MembershipFactory(classroom=classroom, person=student, assistant=True)
    AssignmentFactory(classroom=classroom)

    response = client.get("/classes/")

    assert [it.classroom for it in response.context["page"].teaching] == [classroom]
    assert response.context["page"].learning == ()
    assert f"/teach/classes/{classroom.slug}/" in response.content.decode()


def test_left_and_archived_classes_are_folded(client, student):
    left, archived, back = ClassroomFactory(), ClassroomFactory(archived=True), ClassroomFactory()
    now = db_now()
    MembershipFactory(classroom=left, person=student, joined_at=now, left_at=now)
    MembershipFactory(classroom=archived, person=student)
    # Somebody who came back is in it, not out of it.
    MembershipFactory(
        classroom=back, person=student, joined_at=now - timedelta(days=2), left_at=now
    )
    MembershipFactory(classroom=back, person=student)

    page = listed(client)

    assert {it.classroom for it in page.over} == {left, archived}
    assert [it.classroom for it in page.learning] == [back]


def test_continue_leads_to_the_next_question_also_of_withdrawn_work(client, student, classroom):
    guide = make_guide(100)
    stock_guide(guide, each=12)
    MembershipFactory(classroom=classroom, person=student)
    work = AssignmentFactory(
        classroom=classroom, exam=OwnExamFactory(guide=guide), title="Spring mock"
    )
    attempt = start_assigned(student=student, assignment=work)
    answer(attempt, [RIGHT, RIGHT])
    to_continue = f"/attempts/{attempt.public_id}/q/3/"

    page = client.get("/classes/")
    assert page.context["page"].loose == ()
    assert to_continue in page.content.decode()

    Assignment.objects.update(withdrawn_at=db_now())
    page = client.get("/classes/")
    assert [it.attempt for it in page.context["page"].loose] == [attempt]
    assert to_continue in page.content.decode()
    assert "Spring mock" in page.content.decode()


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_takes_few_statements(client, student, number, django_assert_max_num_queries):
    for _ in range(number):
        classroom = ClassroomFactory()
        ClassGoal.objects.create(classroom=classroom, guide=make_guide(100))
        MembershipFactory(classroom=classroom, person=student)
        for _ in range(3):
            AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), due_at=db_now())
        AssignmentFactory(classroom=classroom, practice=True)
        InvitationFactory(email=student.email)

    with django_assert_max_num_queries(17):
        client.get("/classes/")


# --- Joining by code -------------------------------------------------------------------------


def test_the_page_says_what_the_class_is_and_sees_before_anything_happens(
    client, student, classroom
):
    guide = make_guide(100)
    ClassGoal.objects.create(classroom=classroom, guide=guide)
    _code, text = code_of(classroom)

    typed = client.post("/classes/join/", {"code": f" {text.lower().replace('-', ' ')} "})
    page = client.get(typed["Location"])

    body = page.content.decode()
    assert classroom.name in body
    assert classroom.created_by.display_name in body
    assert classroom.created_by.email not in body
    assert f"Your practice and mock exams in {guide.certification.code}" in body
    assert "Never: your notes" in body
    assert not Membership.objects.filter(person=student).exists()

    done = join(client, text)
    assert done["Location"] == "/classes/"
    assert Membership.objects.current().get(person=student).classroom == classroom
    # Again: one membership, and the link leads to the class.
    assert client.get(f"/classes/join/{text}/")["Location"] == "/classes/"
    join(client, text)
    assert Membership.objects.filter(person=student).count() == 1


def test_who_looks_after_the_class_gets_to_its_page(client, student, classroom):
    MembershipFactory(classroom=classroom, person=student, assistant=True)
    _code, text = code_of(classroom)

    response = client.get(f"/classes/join/{text}/")

    assert response["Location"] == f"/teach/classes/{classroom.slug}/"
    assert Membership.objects.get(person=student).role == "assistant"


def test_the_link_goes_on_working_for_who_came_by_it(client, student, classroom):
    code, text = code_of(classroom, max_uses=1)
    join(client, text)
    revoke_join_code(code, by=classroom.created_by)

    assert client.get(f"/classes/join/{text}/")["Location"] == "/classes/"
    client.force_login(UserFactory())
    assert client.get(f"/classes/join/{text}/").status_code == 404


def wrong_codes():
    expired, revoked, archived = ClassroomFactory(), ClassroomFactory(), ClassroomFactory()
    code, revoked_text = code_of(revoked)
    revoke_join_code(code, by=revoked.created_by)
    _code, archived_text = code_of(archived)
    archived.archived_at = db_now()
    archived.save()
    return [
        "0000-0000-0000",
        "x",
        "ü<b>",
        code_of(expired, expires_at=db_now())[1],
        revoked_text,
        archived_text,
    ]


def test_every_wrong_code_gets_the_same_answer(client, student):
    answers = set()
    for text in wrong_codes():
        for response in (
            client.get(f"/classes/join/{text}/"),
            join(client, text),
            client.post("/classes/join/", {"code": text}),
        ):
            cache.clear()
            assert response.status_code == 404
            body = response.content.decode()
            assert "<b>" not in body
            answers.add(body.split("field-error")[1].split("</div>")[0])

    assert len(answers) == 1
    assert "ask for a new one" in answers.pop()
    assert not Membership.objects.filter(person=student).exists()


def test_too_many_wrong_codes_are_not_looked_at(client, student, classroom):
    _code, text = code_of(classroom)
    statuses = [client.get(f"/classes/join/WRONG-{n}/").status_code for n in range(12)]

    assert statuses[0] == 404
    assert statuses[-1] == 429
    refused = join(client, text)
    assert refused.status_code == 429
    assert "Wait ten minutes" in refused.content.decode()
    assert not Membership.objects.filter(person=student).exists()


def test_an_empty_code_is_asked_for_again(client, student):
    response = client.post("/classes/join/", {"code": " "})

    assert response.status_code == 422
    assert "Type the code" in response.content.decode()


def test_who_is_signed_out_comes_back_after_signing_in(classroom):
    person = UserFactory()
    _code, text = code_of(classroom)
    client = Client()

    door = client.get(f"/classes/join/{text}/")
    page = client.post(door["Location"], {"login": person.email, "password": PASSWORD})

    assert page["Location"] == f"/classes/join/{text}/"
    assert client.get(page["Location"]).status_code == 200


def test_who_has_no_account_comes_back_after_making_one(classroom):
    _code, text = code_of(classroom)
    client = Client()
    door = client.get(client.get(f"/classes/join/{text}/")["Location"])
    sign_up = door.context["signup_url"]

    fields = {"display_name": "New", "email": "new@example.org", "password1": PASSWORD}
    done = client.post(sign_up, fields)

    assert done["Location"] == f"/classes/join/{text}/"


# --- Invitations -----------------------------------------------------------------------------


def test_an_invitation_waits_on_the_page_and_is_accepted(client, student, classroom):
    invitation = InvitationFactory(classroom=classroom, email=student.email)
    InvitationFactory()

    ((shown, token),) = client.get("/classes/").context["invitations"]
    assert shown == invitation
    page = client.get(f"/classes/invitations/{token}/").content.decode()
    assert "invites you as a student" in page
    assert "What the class will see of you" in page

    client.post(f"/classes/invitations/{token}/", {"do": "accept"})
    assert Membership.objects.current().get(person=student).classroom == classroom
    # The link goes on working for who came by it.
    assert client.get(f"/classes/invitations/{token}/")["Location"] == "/classes/"
    client.post(f"/classes/invitations/{token}/", {"do": "accept"})
    assert Membership.objects.filter(person=student).count() == 1


def test_an_invitation_is_declined(client, student, classroom):
    invitation = InvitationFactory(classroom=classroom, email=student.email)
    token = token_of(invitation)

    client.post(f"/classes/invitations/{token}/", {"do": "decline"})

    assert not Membership.objects.filter(person=student).exists()
    assert client.get(f"/classes/invitations/{token}/").status_code == 404
    assert list(client.get("/classes/").context["invitations"]) == []


def test_it_is_for_its_addressee_only(client, student, classroom):
    others = InvitationFactory(classroom=classroom)
    mine = InvitationFactory(email=student.email, expires_at=db_now())
    tokens = [token_of(others), token_of(mine), token_of(others)[:-1] + "A", "x"]

    for token in tokens:
        assert client.get(f"/classes/invitations/{token}/").status_code == 404
        for reply in ("accept", "decline"):
            response = client.post(f"/classes/invitations/{token}/", {"do": reply})
            assert response.status_code == 404
    assert not Membership.objects.filter(person=student).exists()
    assert Invitation.objects.get(pk=others.pk).revoked_at is None


def test_an_assistant_is_not_told_about_being_seen(client, student, classroom):
    invitation = InvitationFactory(classroom=classroom, email=student.email, role="assistant")

    page = client.get(f"/classes/invitations/{token_of(invitation)}/").content.decode()

    assert "as an assistant" in page
    assert "What the class will see of you" not in page


# --- Leaving ---------------------------------------------------------------------------------


def test_leaving_asks_first_and_ends_with_a_date(client, student, classroom):
    membership = MembershipFactory(classroom=classroom, person=student)
    address = f"/classes/{classroom.slug}/leave/"

    page = client.get(address).content.decode()
    membership.refresh_from_db()
    assert membership.is_current
    assert "keeps what it has seen" in page
    assert "goes on to its end" in page

    assert client.post(address)["Location"] == "/classes/"
    membership.refresh_from_db()
    assert membership.left_at is not None
    assert client.get(address).status_code == 404


def test_the_last_instructor_stays(client, classroom, settings):
    settings.REQUIRE_STAFF_MFA = False
    client.force_login(classroom.created_by)

    response = client.post(f"/classes/{classroom.slug}/leave/")

    assert response.status_code == 409
    assert "last instructor" in response.content.decode()
    assert classroom.memberships.current().count() == 1


def test_nobody_leaves_a_class_they_are_not_in(client, student, classroom):
    other = MembershipFactory(classroom=classroom)
    address = f"/classes/{classroom.slug}/leave/"

    assert client.get(address).status_code == client.post(address).status_code == 404
    other.refresh_from_db()
    assert other.is_current


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_languages_and_escaped_names(client, language):
    student = UserFactory(language=language)
    client.force_login(student)
    classroom = ClassroomFactory(name="<b>Cloud</b>", description="<i>x</i>")
    _code, text = code_of(classroom)
    token = token_of(InvitationFactory(classroom=classroom, email=student.email))
    addresses = [f"/classes/join/{text}/", f"/classes/invitations/{token}/", "/classes/join/"]

    for address in [*addresses, "/classes/", f"/classes/{classroom.slug}/leave/", "/calendar/"]:
        if "leave" in address:
            MembershipFactory(classroom=classroom, person=student)
            AssignmentFactory(classroom=classroom, exam=OwnExamFactory(), due_at=db_now())
            assert client.get("/").status_code == 200
        response = client.get(address)
        assert response.status_code == 200, address
        assert response["Content-Language"] == language
        assert "<b>Cloud" not in response.content.decode()
        assert "<i>x" not in response.content.decode()
