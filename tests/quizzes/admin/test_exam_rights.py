"""Who may open which mock exam in the administration, and what a paper on trial shows."""

from __future__ import annotations

import pytest
from django.urls import reverse

from quizzes import permissions
from quizzes.models import Exam, Question, QuestionSet
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.quizzes import ExamFactory, QuestionFactory, QuestionSetFactory, stock_guide
from tests.quizzes.admin.conftest import signed_in
from tests.quizzes.admin.exams import address, every_address, own_exam, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(instructor, own_set, guide):
    stock_guide(guide, each=10, home_set=own_set)
    return own_exam(instructor, guide, sources=[own_set], size=10)


def codes(client, addresses):
    return {getattr(client, how)(where, data).status_code for how, where, data in addresses}


def reading(exam):
    return [it for it in every_address(exam) if it[0] == "get"]


def writing(exam):
    return [it for it in every_address(exam) if it[0] == "post"]


# ---- Who opens what --------------------------------------------------------------------------


def test_strangers_do_not_learn_that_an_exam_exists(stranger, exam):
    assert codes(stranger, every_address(exam)) == {404}
    listed = stranger.get(reverse("admin:quizzes_exam_changelist")).content.decode()
    assert "Midterm" not in listed
    assert [it.title for it in Exam.objects.all()] == ["Midterm"]


def test_numbers_that_nobody_has_are_404_for_everybody(desk, administrator):
    for client in (desk, administrator):
        for number in ("999999", "nonsense", "_5F"):
            for page in ("change", "history", "preview"):
                assert client.get(f"/admin/quizzes/exam/{number}/{page}/").status_code == 404
            for act in ("publish", "unpublish", "archive", "restore", "copy"):
                assert client.post(f"/admin/quizzes/exam/{number}/{act}/").status_code == 404


def test_students_and_assistants_stay_outside(client, student, exam):
    assert codes(student, every_address(exam)) <= {302, 403}
    assert codes(client, every_address(exam)) == {302}
    add = reverse("admin:quizzes_exam_add")
    assert student.post(add, {"title": "X", "guide": exam.guide_id}).status_code in {302, 403}
    assert [it.title for it in Exam.objects.all()] == ["Midterm"]


def test_staff_without_the_role_see_nothing(exam):
    person = UserFactory(is_staff=True)
    client = signed_in(person)
    assert client.get(reverse("admin:quizzes_exam_changelist")).status_code == 403
    assert client.get(reverse("admin:quizzes_exam_add")).status_code == 403
    assert codes(client, every_address(exam)) <= {403, 404}
    catalogue = ExamFactory(guide=exam.guide)
    assert codes(client, every_address(catalogue)) == {403}
    assert Exam.objects.count() == 2


@pytest.mark.parametrize("who", ["desk", "administrator"])
def test_owner_and_administrator_open_everything(request, who, exam):
    client = request.getfixturevalue(who)
    assert codes(client, reading(exam)) == {200}
    assert client.post(address(exam), posted(exam, title="Renamed", _save="1")).status_code == 302
    assert Exam.objects.get().title == "Renamed"


def test_editors_change_and_publish_and_do_not_share_on(exam, instructor, own_set):
    editor, third = InstructorFactory(), InstructorFactory()
    exam.editors.add(editor)
    client = signed_in(editor)
    assert codes(client, reading(exam)) == {200}
    data = posted(exam, title="Renamed", editors=[third.pk], _save="1")
    assert client.post(address(exam), data).status_code == 302
    client.post(address(exam, "publish"))
    exam.refresh_from_db()
    assert (exam.title, exam.owner, exam.is_published) == ("Renamed", instructor, True)
    assert list(exam.editors.all()) == [editor]
    # The owner's set stays chosen although the editor may not open it.
    assert list(exam.sources.all()) == [own_set]


def test_only_instructors_and_administrators_can_be_editors(desk, exam):
    person = UserFactory()
    response = desk.post(address(exam), posted(exam, editors=[person.pk], _save="1"))
    assert response.status_code == 422
    assert not exam.editors.exists()


@pytest.mark.parametrize("who", ["desk", "administrator"])
def test_exams_of_the_catalogue_are_read_only_and_can_be_copied(request, who, guide):
    exam, client = ExamFactory(guide=guide), request.getfixturevalue(who)
    assert codes(client, reading(exam)) == {200}
    acts = [it for it in writing(exam) if "copy" not in it[1]]
    assert codes(client, acts) == {403}
    exam.refresh_from_db()
    assert (exam.title, exam.archived_at) == ("", None)
    assert client.post(address(exam, "copy")).status_code == 302


def test_there_is_no_way_to_delete(desk, administrator, exam):
    for client in (desk, administrator):
        assert client.post(address(exam, "delete"), {"post": "yes"}).status_code == 403
        listed = reverse("admin:quizzes_exam_changelist")
        client.post(listed, {"action": "delete_selected", "_selected_action": [exam.pk]})
    assert Exam.objects.count() == 1


def test_autocomplete_finds_only_ones_own_and_the_catalogues(desk, stranger, exam, guide):
    ExamFactory(guide=guide)
    query = {"app_label": "quizzes", "model_name": "assignment", "field_name": "exam", "term": ""}

    def found(client):
        response = client.get(reverse("admin:autocomplete"), query)
        return {it["text"] for it in response.json()["results"]}

    assert found(desk) == {"Midterm", guide.certification.slug}
    assert found(stranger) == {guide.certification.slug}
    guides = {**query, "model_name": "exam", "field_name": "guide"}
    assert desk.get(reverse("admin:autocomplete"), guides).status_code == 403


def test_permissions_in_words(exam, instructor, guide):
    editor, other, boss = InstructorFactory(), InstructorFactory(), AdministratorFactory()
    exam.editors.add(editor)
    may = [permissions.may_edit_exam(it, exam) for it in (instructor, editor, other, boss)]
    assert may == [True, True, False, True]
    may = [permissions.may_share_exam(it, exam) for it in (instructor, editor, other, boss)]
    assert may == [True, False, False, True]
    assert not permissions.may_edit_exam(boss, ExamFactory(guide=guide))


# ---- A paper on trial ------------------------------------------------------------------------


def paper(client, exam, **query):
    return client.get(address(exam, "preview"), query).context["paper"]


def names(shown):
    return [it.question.external_id for it in shown.questions]


def orders(shown):
    return [[option.id for option in it.card.options] for it in shown.questions]


def test_the_same_number_gives_the_same_paper(desk, exam):
    first, again = paper(desk, exam, paper="7"), paper(desk, exam, paper="7")
    assert names(first) == names(again)
    assert orders(first) == orders(again)
    others = [names(paper(desk, exam, paper=str(number))) for number in range(8, 12)]
    assert any(other != names(first) for other in others)
    assert names(paper(desk, exam)) == names(paper(desk, exam, paper="1"))


@pytest.mark.parametrize("number", ["", "-1", "x", "9" * 30, "1.5", "²"])
def test_a_number_that_is_none_gives_the_first_paper(desk, exam, number):
    assert names(paper(desk, exam, paper=number)) == names(paper(desk, exam, paper="1"))


def test_a_paper_shows_its_counts_and_stores_nothing(desk, exam):
    shown = paper(desk, exam)
    assert [(row.domain.key, row.count) for row in shown.domains] == [("D1", 6), ("D2", 4)]
    assert (shown.shortfall, shown.relaxations) == (0, ())
    assert [it.card.position for it in shown.questions] == list(range(1, 11))
    assert not exam.attempts.exists()
    assert desk.post(address(exam, "preview")).status_code == 405


def test_keys_stay_away_until_they_are_asked_for(desk, exam):
    plain = desk.get(address(exam, "preview")).content.decode()
    with_keys = desk.get(address(exam, "preview"), {"keys": "1"}).content.decode()
    assert "After the answer" not in plain
    assert with_keys.count("After the answer") == 10
    assert "Show the keys" in plain


def test_keys_of_sets_that_one_may_not_open_stay_hidden(exam, desk):
    editor = InstructorFactory()
    exam.editors.add(editor)
    response = signed_in(editor).get(address(exam, "preview"), {"keys": "1"})
    shown = response.context["paper"]
    assert [it.feedback for it in shown.questions] == [None] * 10
    assert shown.hidden_keys == 10
    text = response.content.decode()
    assert "their keys stay hidden" in text
    assert "/admin/quizzes/question/1" not in text
    exam.sources.first().editors.add(editor)
    assert paper(signed_in(editor), exam, keys="1").hidden_keys == 0


def test_what_had_to_give_is_said(desk, exam):
    Question.objects.filter(placements__domain__key="D2").update(kind="ordering")
    text = desk.get(address(exam, "preview")).content.decode()
    assert "Domain 2: 4 questions are of kinds that the real exam does not use." in text


def test_what_cannot_be_drawn_is_shown_as_far_as_it_goes(desk, exam):
    Exam.objects.update(size=25)
    response = desk.get(address(exam, "preview"))
    text = response.content.decode()
    assert "Domain 1 lacks 5 questions: it needs 15, the chosen sets have 10." in text
    assert "Below stand the 20 questions that could be drawn." in text
    assert "Domain 1: 5 questions fewer than its weight asks for." in text
    exam.sources.set([QuestionSetFactory(owner=exam.owner)])
    assert "Nothing can be drawn." in desk.get(address(exam, "preview")).content.decode()


def test_a_paper_costs_the_same_whatever_its_length(desk, exam, django_assert_max_num_queries):
    desk.get(address(exam, "preview"), {"keys": "1"})
    Exam.objects.update(size=5)
    with django_assert_max_num_queries(22) as few:
        desk.get(address(exam, "preview"), {"keys": "1"})
    Exam.objects.update(size=15)
    with django_assert_max_num_queries(len(few)):
        desk.get(address(exam, "preview"), {"keys": "1"})


def test_the_desk_costs_the_same_whatever_it_offers(
    desk, exam, instructor, django_assert_max_num_queries
):
    def offer_more():
        InstructorFactory()
        QuestionFactory(
            home_set=QuestionSetFactory(owner=instructor, use=QuestionSet.Use.EXAM_ONLY),
            domain=exam.guide.domains.first(),
        )

    offer_more()
    desk.get(address(exam))
    with django_assert_max_num_queries(35) as few:
        desk.get(address(exam))
    for _ in range(5):
        offer_more()
    with django_assert_max_num_queries(len(few)):
        desk.get(address(exam))
