"""The desk of a mock exam: making, checking, publishing and copying one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from certportal.accounts.models import AuditEvent
from quizzes.models import Exam, Question, QuestionSet
from tests.factories.accounts import InstructorFactory
from tests.factories.attempts import make_attempt
from tests.factories.catalog import make_guide
from tests.factories.quizzes import (
    ExamFactory,
    QuestionFactory,
    QuestionSetFactory,
    stock_guide,
)
from tests.quizzes.admin.exams import address, own_exam, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(instructor, own_set, guide):
    """20 questions of 60 and 40 percent from a set that has 13 in each domain."""
    stock_guide(guide, each=13, home_set=own_set)
    return own_exam(instructor, guide, sources=[own_set], size=20)


def fresh(exam):
    return Exam.objects.get(pk=exam.pk)


def actions():
    return list(AuditEvent.objects.filter(target__startswith="exam:").values_list("action", flat=1))


# ---- Making one ------------------------------------------------------------------------------


def test_a_new_exam_is_a_draft_of_its_maker_and_opens_to_go_on(desk, instructor, guide):
    response = desk.post(
        reverse("admin:quizzes_exam_add"), {"title": "Midterm", "guide": guide.pk}, follow=True
    )
    exam = Exam.objects.get()
    assert (exam.owner, exam.guide, exam.is_published) == (instructor, guide, False)
    assert response.redirect_chain == [(address(exam), 302)]
    assert "as a draft" in response.content.decode()
    assert actions() == ["exam-added"]


@pytest.mark.parametrize("data", [{}, {"title": ""}, {"title": "X", "guide": "nonsense"}])
def test_a_new_exam_needs_title_and_guide(desk, guide, data):
    response = desk.post(reverse("admin:quizzes_exam_add"), data)
    assert response.status_code == 422
    assert not Exam.objects.exists()


def test_guides_are_offered_in_a_list_that_needs_no_script(desk, guide):
    old = make_guide(100, version="0.9", is_current=False)
    text = desk.get(reverse("admin:quizzes_exam_add")).content.decode()
    assert f'<option value="{guide.pk}">' in text
    assert f'<option value="{old.pk}">' not in text


# ---- Settings --------------------------------------------------------------------------------


def test_settings_are_saved_with_weights_sets_and_editors(desk, exam, own_set):
    other, more = InstructorFactory(), QuestionSetFactory(owner=exam.owner)
    data = posted(
        exam,
        title="Final",
        size="10",
        minutes="15",
        pass_percent="72.5",
        feedback="after_close",
        instructions="No notes.",
        sources=[own_set.pk, more.pk],
        editors=[other.pk],
        weights={"D1": "50", "D2": "50"},
    )
    response = desk.post(address(exam), {**data, "_save": "1"}, follow=True)
    assert "The exam is saved." in response.content.decode()
    saved = fresh(exam)
    assert (saved.title, saved.size, saved.minutes) == ("Final", 10, 15)
    assert (saved.cut_fraction, saved.feedback) == (Decimal("0.725"), "after_close")
    assert saved.instructions == "No notes."
    assert set(saved.sources.all()) == {own_set, more}
    assert list(saved.editors.all()) == [other]
    assert [row.weight for row in saved.weights.all()] == [50, 50]
    assert actions() == ["exam-changed"]
    text = response.content.decode()
    assert 'value="72.5"' in text
    assert "<output data-sum>100</output>" in text


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"D1": "59", "D2": "40"}, "The weights add up to 99 and must add up to 100."),
        ({"D1": "99.5"}, "The weights add up to 99.5 and must add up to 100."),
        ({"D1": "60", "D2": "40.01"}, "The weights add up to 100.01 and must add up to 100."),
        ({"D1": "0", "D2": "0"}, "The weights add up to 0 and must add up to 100."),
        ({"D1": "-1", "D2": "101"}, "greater than or equal to 0"),
        ({"D1": "many"}, "Enter a number."),
    ],
)
def test_weights_that_do_not_make_100_are_refused_by_their_sum(desk, exam, weights, words):
    response = desk.post(address(exam), posted(exam, weights=weights, _save="1"))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not exam.weights.exists()


def test_an_empty_weight_beside_others_is_none_at_all(desk, exam):
    desk.post(address(exam), posted(exam, weights={"D1": "100"}, size="5", _save="1"))
    assert [row.weight for row in exam.weights.all()] == [100, 0]


def test_emptied_weights_give_the_guide_its_say_again(desk, exam):
    desk.post(address(exam), posted(exam, weights={"D1": "50", "D2": "50"}, _save="1"))
    assert exam.weights.count() == 2
    desk.post(address(exam), posted(exam, _save="1"))
    assert exam.weights.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "two\nlines"},
        {"size": "0"},
        {"size": "201"},
        {"minutes": "601"},
        {"pass_percent": "0"},
        {"pass_percent": "101"},
        {"feedback": "never"},
        {"guide": ""},
    ],
)
def test_bad_settings_are_refused_and_nothing_is_lost(desk, exam, changes):
    response = desk.post(
        address(exam), posted(exam, **{"instructions": "Typed just now.", **changes, "_save": "1"})
    )
    assert response.status_code == 422
    assert "Typed just now." in response.content.decode()
    assert fresh(exam).instructions == ""


@pytest.mark.parametrize("rubbish", ["9" * 5000, "²", "٣", "1e9", "NaN", "--", "<b>"])
def test_rubbish_is_refused_field_by_field(desk, exam, rubbish):
    names = ("size", "minutes", "pass_percent", "feedback", "sources", "editors")
    data = posted(exam, weights={"D1": rubbish}, guide=rubbish, _save="1")
    response = desk.post(address(exam), {**data, **dict.fromkeys(names, rubbish)})
    assert response.status_code == 422
    assert {"feedback", "sources", "editors", "guide"} <= set(response.context["form"].errors)
    assert fresh(exam).size == 20


def test_a_guide_without_domains_says_so(desk, instructor):
    exam = own_exam(instructor, make_guide())
    text = desk.get(address(exam)).content.decode()
    assert "This guide has no domains." in text
    assert "There is no domain to draw from" in text


def test_another_guide_brings_its_own_domains(desk, exam):
    other = make_guide(70, 30)
    data = posted(exam, guide=other.pk, weights={"D1": "50", "D2": "50"})
    text = desk.post(address(exam), {**data, "_check": "1"}).content.decode()
    names = [f"weight_{domain.pk}" for domain in other.domains.all()]
    assert all(f'name="{name}"' in text for name in names)
    assert not any(f'name="weight_{domain.pk}"' in text for domain in exam.guide.domains.all())
    desk.post(address(exam), {**data, "_save": "1"})
    assert (fresh(exam).guide, exam.weights.count()) == (other, 0)


def test_the_guide_stays_once_the_exam_was_sat(desk, exam):
    attempt = make_attempt("single")
    type(attempt).objects.filter(pk=attempt.pk).update(exam=exam)
    other = make_guide(100)
    response = desk.post(
        address(exam), posted(exam, guide=other.pk, title="Renamed", _save="1"), follow=True
    )
    assert (fresh(exam).guide, fresh(exam).title) == (exam.guide, "Renamed")
    text = response.content.decode()
    assert "running and past ones keep the rules and questions they began with" in text
    assert "1 sitting." in text


# ---- What can be drawn -----------------------------------------------------------------------


def rows(response):
    return {
        row.domain.key: (row.wanted, row.available, row.missing)
        for row in response.context["check"].domains
    }


def test_the_panel_counts_by_domain(desk, exam):
    response = desk.get(address(exam))
    assert rows(response) == {"D1": (12, 13, 0), "D2": (8, 13, 0)}
    assert response.context["check"].largest == 22
    text = response.content.decode()
    assert "20 questions can be drawn." in text
    assert "22 questions in these proportions" in text


def test_enemies_count_once(desk, exam):
    first = Question.objects.filter(placements__domain__key="D1")[:3]
    Question.objects.filter(pk__in=[it.pk for it in first]).update(enemy_group="spoilers")
    response = desk.get(address(exam))
    assert rows(response) == {"D1": (12, 11, 1), "D2": (8, 13, 0)}
    assert "2 more questions give others away" in response.content.decode()


def test_enemies_in_two_domains_are_told_apart_from_a_shortage(desk, exam):
    Exam.objects.update(size=21)
    of = {key: Question.objects.filter(placements__domain__key=key) for key in ("D1", "D2")}
    for questions in of.values():
        Question.objects.filter(pk=questions[0].pk).update(enemy_group="spoilers")
    spare = [it.pk for it in of["D2"].filter(enemy_group="")[7:]]
    Question.objects.filter(pk__in=spare).update(status="draft")
    response = desk.get(address(exam))
    found = rows(response)
    assert [(wanted, available) for wanted, available, _ in found.values()] == [(13, 13), (8, 8)]
    assert sum(missing for _wanted, _available, missing in found.values()) == 1
    assert "lacks 1 question: there are enough" in response.content.decode()


def test_a_check_shows_what_is_typed_and_saves_nothing(desk, exam):
    response = desk.post(address(exam), posted(exam, size="50", title="Other", _check="1"))
    assert response.status_code == 200
    assert rows(response) == {"D1": (30, 13, 17), "D2": (20, 13, 7)}
    text = response.content.decode()
    assert "nothing is saved yet" in text
    assert 'value="Other"' in text
    assert (fresh(exam).size, fresh(exam).title) == (20, "Midterm")
    assert actions() == []


def test_a_check_of_other_sets_and_weights(desk, exam):
    empty = QuestionSetFactory(owner=exam.owner)
    data = posted(exam, sources=[empty.pk], weights={"D1": "10", "D2": "90"}, _check="1")
    assert rows(desk.post(address(exam), data)) == {"D1": (2, 0, 2), "D2": (18, 0, 18)}
    data = posted(exam, sources=[], _check="1")
    assert rows(desk.post(address(exam), data)) == {"D1": (12, 13, 0), "D2": (8, 13, 0)}


def test_sets_are_offered_with_what_they_hold_for_the_guide(desk, exam, own_set):
    practice = QuestionSetFactory(owner=exam.owner, title="Warm up", use=QuestionSet.Use.PRACTICE)
    hidden = QuestionSetFactory(title="Somebody else's")
    shipped = QuestionSetFactory(shipped=True, title="From the portal")
    QuestionFactory(home_set=shipped)
    text = desk.get(address(exam)).content.decode()
    assert "26 questions of this guide" in text
    assert "From the portal" in text
    assert "1 more set without questions of this guide" in text
    for absent in (practice, hidden):
        assert str(absent) not in text
        data = posted(exam, sources=[absent.pk], _save="1")
        assert desk.post(address(exam), data).status_code == 422
    assert list(exam.sources.all()) == [own_set]


# ---- States ----------------------------------------------------------------------------------


def test_publishing_refuses_what_cannot_be_drawn_and_names_each_lack(desk, exam):
    domain = exam.guide.domains.get(key="D1")
    domain.name = "Security"
    domain.save()
    Exam.objects.update(size=33)
    text = desk.post(address(exam, "publish"), follow=True).content.decode()
    assert "The exam is not published." in text
    assert "Security lacks 7 questions: it needs 20, the chosen sets have 13." in text
    assert "Domain 2 lacks" not in text
    assert fresh(exam).published_at is None
    assert actions() == []


def test_the_lack_is_named_in_the_readers_language(desk, exam):
    Exam.objects.update(size=33)
    text = desk.get(address(exam), headers={"accept-language": "zh-hans"}).content.decode()
    assert "领域 1" in text


def test_a_bank_that_lacks_questions_is_called_the_bank(desk, instructor, guide):
    exam = own_exam(instructor, guide, size=5)
    text = desk.get(address(exam)).content.decode()
    assert "Domain 1 lacks 3 questions: it needs 3, the shared bank has 0." in text


@pytest.mark.parametrize(
    ("guide_fields", "words"),
    [
        ({"duration_minutes": None}, "The length of the real exam is not known."),
        ({"weights_official": False}, "Give weights of your own."),
    ],
)
def test_what_the_guide_does_not_say_must_be_given(desk, instructor, guide_fields, words):
    guide = make_guide(60, 40, **guide_fields)
    stock_guide(guide, each=10)
    exam = own_exam(instructor, guide, size=10)
    assert words in desk.post(address(exam, "publish"), follow=True).content.decode()
    data = posted(exam, minutes="20", weights={"D1": "50", "D2": "50"}, _save="1")
    desk.post(address(exam), data)
    desk.post(address(exam, "publish"))
    assert fresh(exam).is_published


def test_a_draft_goes_out_comes_back_and_is_put_away(desk, exam, instructor):
    for name, published, archived in (
        ("publish", True, False),
        ("unpublish", False, False),
        ("publish", True, False),
        ("archive", False, True),
        ("restore", False, False),
    ):
        assert desk.get(address(exam, name)).status_code == 405
        desk.post(address(exam, name))
        now = fresh(exam)
        assert (now.is_published, now.archived_at is not None) == (published, archived), name
    assert now.published_at is None
    assert actions() == [
        "exam-published",
        "exam-unpublished",
        "exam-published",
        "exam-archived",
        "exam-restored",
    ]
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {instructor.pk}


@pytest.mark.parametrize("name", ["unpublish", "restore"])
def test_what_does_not_fit_the_state_changes_nothing(desk, exam, name):
    assert "Nothing changed" in desk.post(address(exam, name), follow=True).content.decode()
    assert actions() == []


def test_an_archived_exam_is_read_only_but_for_restoring(desk, exam):
    desk.post(address(exam, "archive"))
    text = desk.get(address(exam)).content.decode()
    assert 'name="title"' not in text
    assert address(exam, "restore") in text
    assert desk.post(address(exam), posted(exam, _save="1")).status_code == 403


def test_a_published_exam_must_stay_drawable(desk, exam):
    desk.post(address(exam, "publish"))
    response = desk.post(address(exam), posted(exam, size="33", _save="1"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "A published exam must stay drawable" in text
    assert "lacks 7 questions" in text
    assert fresh(exam).size == 20
    assert desk.post(address(exam), posted(exam, size="10", _save="1")).status_code == 302
    assert fresh(exam).size == 10


def test_questions_lost_later_show_and_do_not_stop_other_changes(desk, exam):
    desk.post(address(exam, "publish"))
    Question.objects.filter(placements__domain__key="D1").update(status="retired")
    listed = desk.get(reverse("admin:quizzes_exam_changelist")).content.decode()
    assert "Published: cannot be drawn" in listed
    text = desk.get(address(exam)).content.decode()
    assert "This published exam cannot be drawn any more." in text
    assert "Domain 1 lacks 12 questions: it needs 12, the chosen sets have 0." in text
    assert desk.post(address(exam), posted(exam, title="Renamed", _save="1")).status_code == 302
    assert fresh(exam).title == "Renamed"


# ---- Copies ----------------------------------------------------------------------------------


def test_a_copy_asks_for_the_same_and_is_a_draft_of_ones_own(desk, exam, instructor, own_set):
    own_weights = {"D1": "50", "D2": "50"}
    data = posted(exam, weights=own_weights, pass_percent="80", _save="1")
    desk.post(address(exam), {**data, "editors": [InstructorFactory().pk]})
    desk.post(address(exam, "publish"))
    response = desk.post(address(exam, "copy"), follow=True)
    copy = Exam.objects.exclude(pk=exam.pk).get()
    assert response.redirect_chain == [(address(copy), 302)]
    assert (copy.title, copy.owner) == ("Copy of Midterm", instructor)
    assert (copy.size, copy.cut_fraction) == (20, Decimal("0.8"))
    assert [row.weight for row in copy.weights.all()] == [50, 50]
    assert list(copy.sources.all()) == [own_set]
    assert (copy.published_at, copy.editors.count()) == (None, 0)


def test_a_copy_leaves_out_sets_that_one_may_not_open(desk, instructor, guide, own_set):
    secret = QuestionSetFactory(title="Not shared")
    exam = own_exam(InstructorFactory(), guide, sources=[own_set, secret], editors=[instructor])
    text = desk.post(address(exam, "copy"), follow=True).content.decode()
    assert "Question sets that you may not open were left out." in text
    assert list(Exam.objects.get(owner=instructor).sources.all()) == [own_set]


def test_an_exam_of_the_catalogue_is_read_and_copied(desk, instructor, guide):
    stock_guide(guide, each=60)
    exam = ExamFactory(guide=guide)
    response = desk.get(address(exam))
    text = response.content.decode()
    assert 'name="title"' not in text
    assert "Copy as my own" in text
    assert rows(response) == {"D1": (39, 60, 0), "D2": (26, 60, 0)}
    desk.post(address(exam, "copy"))
    copy = Exam.objects.get(owner=instructor)
    assert copy.title == f"Copy of {guide.certification.name}"
    assert (copy.size, copy.sources.count(), copy.guide) == (None, 0, guide)
    desk.post(address(copy, "publish"))
    assert fresh(copy).is_published


# ---- The list --------------------------------------------------------------------------------


def shown(client, query=""):
    response = client.get(reverse("admin:quizzes_exam_changelist") + query)
    return [exam.title or exam.slug for exam in response.context["cl"].result_list]


def test_the_list_filters_by_owner_and_state(desk, instructor, guide):
    own_exam(instructor, guide, title="A draft")
    own_exam(instructor, guide, title="B out", published=True)
    own_exam(instructor, guide, title="C away", archived_at="2026-01-01T00:00Z")
    own_exam(InstructorFactory(), guide, title="D shared", editors=[instructor])
    own_exam(InstructorFactory(), guide, title="E hidden")
    ExamFactory(guide=guide, slug="of-catalogue")
    mine = ["A draft", "B out", "C away"]
    assert shown(desk) == [*mine, "D shared", "of-catalogue"]
    assert shown(desk, "?whose=mine") == mine
    assert shown(desk, "?whose=shared") == ["D shared"]
    assert shown(desk, "?whose=catalogue") == ["of-catalogue"]
    assert shown(desk, "?state=draft") == ["A draft", "D shared"]
    assert shown(desk, "?state=published") == ["B out"]
    assert shown(desk, "?state=archived") == ["C away"]
    assert shown(desk, "?q=shared") == ["D shared"]
    assert shown(desk, "?q=nothing like it") == []


def test_the_list_tells_whole_exams_from_lacking_ones(desk, instructor, guide, own_set):
    stock_guide(guide, each=10, home_set=own_set)
    practice = QuestionSetFactory(owner=instructor, use=QuestionSet.Use.PRACTICE)
    own_exam(instructor, guide, title="A bank", size=10)
    own_exam(instructor, guide, title="B set", size=10, sources=[own_set, practice])
    own_exam(instructor, guide, title="C none", size=10, sources=[practice])
    own_exam(instructor, make_guide(100), title="D other guide", size=10, sources=[own_set])
    response = desk.get(reverse("admin:quizzes_exam_changelist"))
    found = {exam.title: exam.is_lacking for exam in response.context["cl"].result_list}
    assert found == {"A bank": False, "B set": False, "C none": True, "D other guide": True}


def test_the_list_costs_the_same_whatever_its_length(
    desk, instructor, guide, own_set, django_assert_max_num_queries
):
    listed = reverse("admin:quizzes_exam_changelist")
    own_exam(instructor, guide, sources=[own_set])
    own_exam(instructor, guide)
    desk.get(listed)
    with django_assert_max_num_queries(25) as few:
        desk.get(listed)
    for _ in range(10):
        own_exam(instructor, make_guide(50, 50), sources=[own_set])
        own_exam(instructor, make_guide(50, 50))
    with django_assert_max_num_queries(len(few)):
        desk.get(listed)
