"""Classes in the administration: one's own, to look up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import InstructorFactory, UserFactory
from tests.factories.assignments import AssignmentFactory
from tests.factories.classes import ClassroomFactory, MembershipFactory
from tests.quizzes.admin.conftest import signed_in

pytestmark = pytest.mark.django_db

MODELS = ("accounts_classroom", "accounts_membership", "quizzes_assignment")


@pytest.fixture
def classroom(instructor):
    classroom = ClassroomFactory(name="Cloud basics")
    MembershipFactory(classroom=classroom, person=instructor, role="instructor")
    return classroom


@pytest.fixture
def rows(classroom):
    student = UserFactory(display_name="Ana Lima")
    return {
        "accounts_classroom": classroom,
        "accounts_membership": MembershipFactory(classroom=classroom, person=student),
        "quizzes_assignment": AssignmentFactory(
            classroom=classroom, title="Week one", password="pbkdf2$secret"
        ),
    }


def listed(client, model):
    return client.get(reverse(f"admin:{model}_changelist"))


def opened(client, model, row, page="change"):
    return client.get(reverse(f"admin:{model}_{page}", args=[row.pk]))


def test_instructors_look_up_their_own_classes(desk, rows, classroom):
    link = reverse("progress:class-dashboard", args=[classroom.slug])
    for model, row in rows.items():
        assert row in listed(desk, model).context["cl"].result_list
        page = opened(desk, model, row)
        assert page.status_code == 200
        text = page.content.decode()
        assert f'href="{link}"' in text
        assert "/admin/accounts/user/" not in text
        assert "pbkdf2" not in text
        assert 'name="_save"' not in text
        assert opened(desk, model, row, "history").status_code == 200
    assert "Ana Lima" in listed(desk, "accounts_membership").content.decode()


def test_others_do_not_learn_that_they_exist(stranger, rows):
    student_there = InstructorFactory()
    MembershipFactory(classroom=rows["accounts_classroom"], person=student_there)
    gone = InstructorFactory()
    MembershipFactory(
        classroom=rows["accounts_classroom"],
        person=gone,
        role="instructor",
        joined_at=timezone.now() - timedelta(days=2),
        left_at=timezone.now() - timedelta(days=1),
    )
    for client in (stranger, signed_in(student_there), signed_in(gone)):
        for model, row in rows.items():
            assert list(listed(client, model).context["cl"].result_list) == []
            assert opened(client, model, row).status_code == 404
            assert opened(client, model, row, "history").status_code == 404
        text = listed(client, "accounts_membership").content.decode()
        assert "Cloud basics" not in text


def test_lists_tell_what_goes_on_from_what_has_ended(desk, rows, classroom):
    columns = ("archived_at", "left_at", "withdrawn_at")
    for (model, row), column in zip(rows.items(), columns, strict=True):
        address = reverse(f"admin:{model}_changelist")

        def found(state, address=address, row=row):
            rows_there = desk.get(address, {"state": state}).context["cl"].result_list
            return row in rows_there

        assert (found("current"), found("ended"), found("nonsense")) == (True, False, True)
        setattr(row, column, timezone.now() + timedelta(days=1))
        row.save()
        assert (found("current"), found("ended")) == (False, True)


def test_lists_are_narrowed_to_one_of_ones_own_classes(desk, instructor, rows):
    second = ClassroomFactory(name="Second")
    MembershipFactory(classroom=second, person=instructor, role="instructor")
    ClassroomFactory(name="Not mine")
    text = listed(desk, "quizzes_assignment").content.decode()
    assert "By class" in text
    assert "Second" in text
    assert "Not mine" not in text


def test_an_assistant_without_the_role_stays_outside(rows, classroom):
    assistant = UserFactory()
    MembershipFactory(classroom=classroom, person=assistant, role="assistant")
    for model, row in rows.items():
        assert opened(signed_in(assistant), model, row).status_code in {302, 403}


@pytest.mark.parametrize("who", ["desk", "administrator"])
def test_nobody_changes_them_here(request, who, rows):
    client = request.getfixturevalue(who)
    for model, row in rows.items():
        assert opened(client, model, row).status_code == 200
        assert client.get(reverse(f"admin:{model}_add")).status_code == 403
        for page in ("change", "delete"):
            address = reverse(f"admin:{model}_{page}", args=[row.pk])
            assert client.post(address, {"post": "yes", "name": "Mine"}).status_code == 403
        row.refresh_from_db()


def test_the_index_goes_by_job(desk, administrator, student):
    def headings(client):
        apps = client.get(reverse("admin:index")).context["app_list"]
        return {str(app["name"]): [row["object_name"] for row in app["models"]] for app in apps}

    assert headings(desk) == {
        "Questions": ["QuestionSet", "Question"],
        "Exams": ["Exam"],
        "Classes": ["Classroom", "Membership", "Assignment"],
    }
    of_boss = headings(administrator)
    assert list(of_boss) == ["Questions", "Exams", "Classes", "Catalogue", "People", "Evidence"]
    assert of_boss["Evidence"] == ["Attempt", "AnswerEvent", "Score", "AuditEvent"]
    assert "DBTaskResult" not in str(of_boss)
    page = administrator.get(reverse("admin:index")).content.decode()
    assert "Tasks Database" not in page
    assert student.get(reverse("admin:index")).status_code in {302, 403}


@pytest.mark.parametrize("app", ["quizzes", "accounts"])
def test_the_page_of_an_app_lists_what_it_has(administrator, app):
    page = administrator.get(reverse("admin:app_list", args=[app]))
    assert page.status_code == 200
    assert f"/admin/{app}/" in page.content.decode()
