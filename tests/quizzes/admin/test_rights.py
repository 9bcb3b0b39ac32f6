"""Who may open what in the administration of questions."""

from __future__ import annotations

import pytest
from django.urls import reverse

from quizzes import permissions
from quizzes.models import Question, SetEntry
from tests.factories.accounts import AdministratorFactory, InstructorFactory
from tests.factories.attempts import make_attempt
from tests.factories.quizzes import (
    ExamFactory,
    QuestionFactory,
    QuestionSetFactory,
    SetEntryFactory,
)
from tests.quizzes.admin.posting import ROWS, add_address, change_address, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(own_set, guide):
    return QuestionFactory(home_set=own_set, domain=guide.domains.first())


@pytest.fixture
def shipped(guide):
    shipped = QuestionSetFactory(shipped=True, title="From the portal")
    return QuestionFactory(home_set=shipped, domain=guide.domains.first())


def set_address(question_set, name="change"):
    return reverse(f"admin:quizzes_questionset_{name}", args=[question_set.pk])


def every_address(question):
    """(method, address, data) of everything that shows or changes a set and its question."""
    entry = SetEntry.objects.get(question=question)
    pk = [question.pk]
    return [
        ("get", set_address(question.home_set), {}),
        ("post", set_address(question.home_set), {"title": "Mine now", "use": "both"}),
        ("get", set_address(question.home_set, "history"), {}),
        ("post", set_address(question.home_set, "move"), {"up": entry.pk}),
        ("get", add_address("single", question.home_set.slug), {}),
        ("post", add_address("single", question.home_set.slug), posted(ROWS, correct=[0])),
        ("get", change_address(question), {}),
        ("post", change_address(question), posted(ROWS, correct=[0])),
        ("get", reverse("admin:quizzes_question_history", args=pk), {}),
    ]


def codes(client, addresses):
    return {
        getattr(client, method)(address, data).status_code for method, address, data in addresses
    }


def test_strangers_do_not_learn_that_a_set_exists(stranger, question):
    assert codes(stranger, every_address(question)) == {404}
    assert Question.objects.count() == 1
    assert question.revisions.count() == 1


def test_there_is_no_way_to_delete(desk, administrator, question):
    for client in (desk, administrator):
        for model, row in (("questionset", question.home_set), ("question", question)):
            address = reverse(f"admin:quizzes_{model}_delete", args=[row.pk])
            assert client.post(address, {"post": "yes"}).status_code == 403
    assert Question.objects.count() == 1


def test_ids_that_nobody_has_are_404_too(desk):
    for model in ("questionset", "question"):
        for pk in ("999999", "nonsense", "_5F"):
            assert desk.get(f"/admin/quizzes/{model}/{pk}/change/").status_code == 404
            assert desk.get(f"/admin/quizzes/{model}/{pk}/history/").status_code == 404


def test_students_and_visitors_stay_outside(client, student, question):
    assert codes(student, every_address(question)) <= {302, 403}
    assert codes(client, every_address(question)) == {302}
    for path in ("", "quizzes/", "quizzes/question/", "quizzes/attempt/"):
        assert student.get(f"/admin/{path}").status_code in {302, 403}
    assert question.revisions.count() == Question.objects.count() == 1


@pytest.mark.parametrize("who", ["desk", "administrator"])
def test_owner_and_administrator_open_everything(request, who, question):
    client = request.getfixturevalue(who)
    reading = [it for it in every_address(question) if it[0] == "get"]
    assert codes(client, reading) == {200}


def test_editors_write_and_do_not_share_on(own_set, question, instructor, stranger):
    editor = InstructorFactory()
    third = InstructorFactory()
    own_set.editors.add(editor)
    stranger.force_login(editor)
    assert codes(stranger, [it for it in every_address(question) if it[0] == "get"]) == {200}
    data = {"title": "Renamed", "use": "both", "slug": own_set.slug, "editors": [third.pk]}
    assert stranger.post(set_address(own_set), data).status_code == 302
    own_set.refresh_from_db()
    assert own_set.title == "Renamed"
    assert own_set.owner == instructor
    assert list(own_set.editors.all()) == [editor]


def test_the_owner_shares_with_instructors_only(desk, own_set, stranger, student):
    other = InstructorFactory()
    data = {"title": "Stones", "use": "both", "slug": own_set.slug}
    assert desk.post(set_address(own_set), {**data, "editors": [other.pk]}).status_code == 302
    assert list(own_set.editors.all()) == [other]
    person = make_attempt("single").student
    response = desk.post(set_address(own_set), {**data, "editors": [person.pk]})
    assert response.status_code == 200
    assert "not one of the available choices" in response.content.decode()
    assert list(own_set.editors.all()) == [other]


@pytest.mark.parametrize("who", ["desk", "administrator"])
def test_shipped_sets_open_to_read_and_nothing_else(request, who, shipped):
    client = request.getfixturevalue(who)
    page = client.get(set_address(shipped.home_set)).content.decode()
    assert "shipped with the portal and read-only" in page
    assert "Add a question" not in page
    assert 'name="title"' not in page
    page = client.get(change_address(shipped)).content.decode()
    assert "read-only" in page
    assert 'name="stem_en"' not in page
    writing = [it for it in every_address(shipped) if it[0] == "post"]
    assert codes(client, writing) <= {403, 404}
    assert codes(client, [("get", add_address("single", shipped.home_set.slug), {})]) == {404}
    assert shipped.revisions.count() == 1
    shipped.home_set.refresh_from_db()
    assert shipped.home_set.title == "From the portal"


def test_archived_sets_are_read_only(desk, own_set, question):
    own_set.archived_at = "2026-01-01T00:00Z"
    own_set.save()
    assert "archived and read-only" in desk.get(set_address(own_set)).content.decode()
    assert codes(desk, [it for it in every_address(question) if it[0] == "post"]) <= {403, 404}


def test_lists_filters_and_search_show_only_ones_own(desk, stranger, administrator, question):
    address = reverse("admin:quizzes_question_changelist")
    sets = reverse("admin:quizzes_questionset_changelist")
    for client, seen in ((desk, True), (administrator, True), (stranger, False)):
        for query in ("", "?q=stone", f"?home_set__id__exact={question.home_set_id}"):
            assert (question.external_id in client.get(address + query).content.decode()) == seen
        assert (str(question.home_set) in client.get(sets).content.decode()) == seen


def test_the_filter_of_sets_names_only_visible_ones(desk, question, shipped):
    QuestionFactory(home_set__title="Somebody else's")
    text = desk.get(reverse("admin:quizzes_question_changelist")).content.decode()
    assert "From the portal" in text
    assert "Somebody else" not in text


def test_autocomplete_answers_nothing_to_strangers(stranger, desk, question):
    query = {
        "app_label": "quizzes",
        "model_name": "setentry",
        "field_name": "question",
        "term": "question",
    }
    address = reverse("admin:autocomplete")
    assert stranger.get(address, query).json()["results"] == []
    found = [it["text"] for it in desk.get(address, query).json()["results"]]
    assert found == [question.external_id]


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("retire", "retired"),
        ("make_draft", "draft"),
        ("send_to_review", "in_review"),
        ("make_ready", "ready"),
    ],
)
def test_actions_move_ones_own_questions_only(desk, stranger, question, shipped, action, status):
    address = reverse("admin:quizzes_question_changelist")
    ids = [question.pk, shipped.pk]
    data = {"action": action, "_selected_action": ids}
    stranger.post(address, data)
    question.refresh_from_db()
    assert question.status == "ready"
    page = desk.post(address, data, follow=True).content.decode()
    question.refresh_from_db()
    shipped.refresh_from_db()
    assert (question.status, shipped.status) == (status, "ready")
    assert "1 question changed." in page
    assert "1 question is read-only for you and stayed as it was." in page


def test_what_counts_nowhere_is_not_made_ready(desk, own_set):
    question = QuestionFactory(home_set=own_set, status="draft")
    data = {"action": "make_ready", "_selected_action": [question.pk]}
    page = desk.post(reverse("admin:quizzes_question_changelist"), data, follow=True)
    assert "counts nowhere yet" in page.content.decode()
    question.refresh_from_db()
    assert question.status == "draft"


def test_the_review_queue_is_a_filter(desk, own_set, question):
    QuestionFactory(home_set=own_set, external_id="unchecked", verification="unverified")
    QuestionFactory(home_set=own_set, external_id="waiting", status="in_review")
    address = reverse("admin:quizzes_question_changelist")
    page = desk.get(f"{address}?queue=review").content.decode()
    assert "unchecked" in page
    assert "waiting" in page
    assert question.external_id not in page


def test_search_finds_words_of_both_languages(desk, own_set):
    QuestionFactory(home_set=own_set, external_id="first", revision__stem="What is marble?")
    QuestionFactory(home_set=own_set, external_id="second", revision__stem="What is slate?")
    address = reverse("admin:quizzes_question_changelist")
    for words in ("marble", "marble?（中文）", "first"):
        page = desk.get(address, {"q": words}).content.decode()
        assert ("What is marble?" in page, "What is slate?" in page) == (True, False)


def test_moving_a_card_keeps_the_page_and_its_neighbours(desk, own_set):
    entries = [SetEntryFactory(question_set=own_set, question__home_set=own_set) for _ in range(27)]
    move = set_address(own_set, "move")
    response = desk.post(move, {"up": entries[25].pk})
    assert response["Location"].endswith(f"?page=1#card-{entries[25].pk}")
    response = desk.post(move, {"down": entries[25].pk})
    assert response["Location"].endswith(f"?page=2#card-{entries[25].pk}")
    assert desk.get(move).status_code == 405
    foreign = SetEntryFactory()
    for bad in (foreign.pk, "x", "9" * 30, ""):
        assert desk.post(move, {"up": bad}).status_code == 404
    assert "Move question 26 up" in desk.get(f"{set_address(own_set)}?page=2").content.decode()


def test_a_set_page_costs_the_same_whatever_its_size(desk, own_set, django_assert_max_num_queries):
    for kind in ("single", "multiple", "true_false", "ordering", "matching", "numeric"):
        QuestionFactory(home_set=own_set, kind=kind)
    desk.get(set_address(own_set))
    with django_assert_max_num_queries(22) as first:
        text = desk.get(set_address(own_set)).content.decode()
    for key in ("A C", "C A B", "1A 2B", "90"):
        assert f"</span>{key}</span>" in text
    for _ in range(18):
        QuestionFactory(home_set=own_set)
    with django_assert_max_num_queries(len(first)):
        desk.get(set_address(own_set))


def test_a_guest_is_shown_and_not_opened(desk, own_set):
    guest = QuestionFactory(home_set=QuestionSetFactory(title="Elsewhere"))
    SetEntryFactory(question_set=own_set, question=guest)
    text = desk.get(set_address(own_set)).content.decode()
    assert "from Elsewhere" in text
    assert change_address(guest) not in text
    assert desk.get(change_address(guest)).status_code == 404


def test_the_slug_of_a_set_is_made_from_its_title(desk, own_set):
    address = reverse("admin:quizzes_questionset_add")
    for title in ("Stones", "石头", "石头"):
        assert desk.post(address, {"title": title, "use": "both"}).status_code == 302
    text = desk.post(address, {"title": "", "use": "both"}).content.decode()
    assert "This field is required." in text
    text = desk.post(address, {"title": "X", "use": "both", "slug": "stones"}).content.decode()
    assert "already exists" in text


EVIDENCE = ("attempt", "answerevent", "score")


@pytest.mark.parametrize("model", EVIDENCE)
def test_evidence_is_for_administrators_to_read(desk, administrator, model):
    attempt = make_attempt("single")
    listed = reverse(f"admin:quizzes_{model}_changelist")
    assert administrator.get(listed).status_code == 200
    assert desk.get(listed).status_code == 403
    assert administrator.get(reverse(f"admin:quizzes_{model}_add")).status_code == 403
    if model == "attempt":
        page = reverse("admin:quizzes_attempt_change", args=[attempt.pk])
        assert administrator.get(page).status_code == 200
        assert administrator.post(page, {"status": "voided"}).status_code == 403
        assert desk.get(page).status_code in {403, 404}
        attempt.refresh_from_db()
        assert attempt.status == "open"


def test_exams_are_read_only(desk, administrator):
    exam = ExamFactory()
    page = reverse("admin:quizzes_exam_change", args=[exam.pk])
    for client in (desk, administrator):
        assert client.get(reverse("admin:quizzes_exam_changelist")).status_code == 200
        assert client.get(page).status_code == 200
        assert client.post(page, {"slug": "x"}).status_code == 403


def test_permissions_in_words(question, shipped, instructor):
    other, administrator = InstructorFactory(), AdministratorFactory()
    assert permissions.may_edit_question(instructor, question)
    assert permissions.may_share_set(instructor, question.home_set)
    assert not permissions.may_edit_question(other, question)
    assert not permissions.may_share_set(other, question.home_set)
    for person in (instructor, other, administrator):
        assert not permissions.may_edit_question(person, shipped)
    assert permissions.may_edit_question(administrator, question)
