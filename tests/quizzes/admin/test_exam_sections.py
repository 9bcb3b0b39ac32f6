"""The desk of a mock exam: its sections, its questions on trial, what its bank is good for."""

from __future__ import annotations

import pytest

from quizzes.models import Exam, ExamSection, Question
from quizzes.selectors.exam_check import exam_check
from quizzes.services.exam_editing import UndrawableExamError, copy_exam, publish_exam
from tests.factories.quizzes import QuestionFactory, stock_guide
from tests.quizzes.admin.exams import address, own_exam, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(instructor, own_set, guide):
    """20 questions of 60 and 40 percent from a set that has 13 in each domain."""
    stock_guide(guide, each=13, home_set=own_set)
    return own_exam(instructor, guide, sources=[own_set], size=20)


def cut(exam, *sizes):
    for position, size in enumerate(sizes, start=1):
        ExamSection.objects.create(
            exam=exam, position=position, title=f"Part {position}", size=size
        )


def stored(exam):
    return list(ExamSection.objects.filter(exam=exam).values_list("position", "title", "size"))


def text_of(response):
    return " ".join(response.content.decode().split())


# ---- Writing sections ------------------------------------------------------------------------


def test_sections_are_saved_in_order_and_shown_again(desk, exam):
    sections = [("Reading", 12), ("", ""), ("Case <b>study</b>", 8)]

    response = desk.post(address(exam), posted(exam, sections=sections, _save="1"), follow=True)

    assert stored(exam) == [(1, "Reading", 12), (2, "Case <b>study</b>", 8)]
    text = text_of(response)
    assert 'value="Reading"' in text
    assert "Case &lt;b&gt;study&lt;/b&gt; (8)" in text


def test_emptied_rows_make_it_one_piece_again(desk, exam):
    cut(exam, 12, 8)

    desk.post(address(exam), posted(exam, sections=[("", ""), ("", "")], _save="1"))

    assert stored(exam) == []


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ([("A", 12), ("B", 9)], "The sections hold 21 questions in all, and the exam has 20."),
        ([("A", 12), ("B", 7)], "The sections hold 19 questions in all, and the exam has 20."),
        ([("A", 20)], "One section is the whole exam. Give two or more, or none."),
        ([("A", 12), ("B", "")], "A section has a title and a number of questions."),
        ([("", 12), ("B", 8)], "A section has a title and a number of questions."),
        ([("A", 0), ("B", 20)], "greater than or equal to 1"),
        ([("A", "x"), ("B", 20)], "Enter a whole number."),
        ([("A" * 81, 12), ("B", 8)], "at most 80 characters"),
    ],
)
@pytest.mark.parametrize("button", ["_save", "_check"])
def test_what_is_wrong_with_sections_is_said_and_nothing_is_saved(
    desk, exam, sections, said, button
):
    data = posted(exam, title="Other", sections=sections, **{button: "1"})

    response = desk.post(address(exam), data)

    assert response.status_code == 422
    assert said in text_of(response)
    assert (stored(exam), Exam.objects.get(pk=exam.pk).title) == ([], "Midterm")


def test_sections_hold_the_size_of_the_guide_where_the_exam_has_none(desk, exam):
    Exam.objects.filter(pk=exam.pk).update(size=None)
    exam.refresh_from_db()
    total = exam.guide.total

    wrong = desk.post(address(exam), posted(exam, sections=[("A", 1), ("B", 2)], _save="1"))
    right = desk.post(address(exam), posted(exam, sections=[("A", 5), ("B", total - 5)], _save="1"))

    assert f"and the exam has {total}." in text_of(wrong)
    assert right.status_code == 302


def test_a_trial_shows_sections_and_saves_none(desk, exam):
    data = posted(exam, sections=[("Reading", 12), ("Cases", 8)], _check="1")

    response = desk.post(address(exam), data)

    assert "Reading (12), Cases (8)" in text_of(response)
    assert stored(exam) == []


def test_an_exam_whose_size_moved_is_not_published_until_its_sections_fit(exam, instructor):
    cut(exam, 12, 8)
    Exam.objects.filter(pk=exam.pk).update(size=15)

    with pytest.raises(UndrawableExamError) as caught:
        publish_exam(Exam.objects.get(pk=exam.pk), by=instructor)

    said = "The sections hold 20 questions in all, and the exam has 15."
    assert caught.value.problems == (said,)


def test_a_copy_has_the_same_sections_and_trials(exam, instructor):
    cut(exam, 12, 8)
    Exam.objects.filter(pk=exam.pk).update(pilots=3)

    copy = copy_exam(Exam.objects.get(pk=exam.pk), by=instructor)

    assert stored(copy) == stored(exam) == [(1, "Part 1", 12), (2, "Part 2", 8)]
    assert copy.pilots == 3


def test_a_drawn_paper_shows_where_each_section_begins(desk, exam):
    cut(exam, 12, 8)

    response = desk.get(address(exam, "preview"))

    begun = [
        (position, it.section.title)
        for position, it in enumerate(response.context["paper"].questions, start=1)
        if it.section
    ]
    assert begun == [(1, "Part 1"), (13, "Part 2")]
    assert "<h3>Part 2</h3>" in text_of(response)


# ---- Questions on trial ----------------------------------------------------------------------


@pytest.fixture
def on_trial(own_set, guide):
    domain = guide.domains.first()
    return [QuestionFactory(home_set=own_set, domain=domain, is_pilot=True) for _ in range(3)]


def test_questions_on_trial_are_asked_for_and_counted(desk, exam, on_trial):
    response = desk.post(address(exam), posted(exam, pilots="5", _save="1"), follow=True)

    assert Exam.objects.get(pk=exam.pk).pilots == 5
    assert "3 of 5 can be added; they never count" in text_of(response)
    assert response.context["check"].is_drawable


@pytest.mark.parametrize(("pilots", "status"), [("", 302), ("0", 302), ("50", 302), ("51", 422)])
def test_how_many_on_trial(desk, exam, pilots, status):
    assert desk.post(address(exam), posted(exam, pilots=pilots)).status_code == status


def test_what_is_on_trial_fills_no_place_that_counts(exam, on_trial):
    Question.objects.exclude(pk__in=[it.pk for it in on_trial]).update(status="draft")

    check = exam_check(exam)

    assert not check.is_drawable
    assert {row.available for row in check.domains} == {0}


def test_a_drawn_paper_marks_what_is_on_trial(desk, exam, on_trial):
    Exam.objects.filter(pk=exam.pk).update(pilots=5)

    response = desk.get(address(exam, "preview"))

    paper = response.context["paper"]
    assert [len(paper.questions), sum(not it.is_scored for it in paper.questions)] == [23, 3]
    text = text_of(response)
    assert text.count("on trial: does not count") == 3
    assert "2 questions on trial are lacking" in text


# ---- What the bank is good for ---------------------------------------------------------------


def test_each_domain_says_what_one_and_three_papers_need(desk, exam):
    check = exam_check(exam)

    rows = [(row.wanted, row.for_three, row.available, row.is_thin) for row in check.domains]
    assert rows == [(12, 36, 13, True), (8, 24, 13, True)]
    text = text_of(desk.get(address(exam)))
    assert "Three papers for one student without a question in common need 60 questions." in text
    assert "2 domains have fewer than that" in text


def test_exactly_three_times_the_share_is_enough(exam, own_set, guide):
    QuestionFactory.create_batch(23, home_set=own_set, domain=guide.domains.get(key="D1"))

    first, second = exam_check(exam).domains

    assert (first.available, first.for_three, first.is_thin) == (36, 36, False)
    assert second.is_thin
