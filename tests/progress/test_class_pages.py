"""The pages about a class: who may see them, what they tell, and what they never tell."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import AuditEvent, Classroom, Membership, User
from progress.models import ClassGoal, EarlierGoal, MembershipWeek
from progress.selectors.class_assignments import assignments_page
from progress.selectors.class_work import class_work
from progress.services.recording import rebuild_evidence
from quizzes.selectors.assignment_status import statuses
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.assignments import AssignmentFactory, OverrideFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import ClassLabelFactory, ClassroomFactory, MembershipFactory
from tests.factories.evidence import goal_of, history
from tests.factories.quizzes import ExamFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def guide():
    guide = make_guide(60, 40)
    for name, domain in zip(("Networks", "Storage"), guide.domains.all(), strict=True):
        domain.name = name
        domain.save()
    return guide


@pytest.fixture
def classroom(guide):
    classroom = ClassroomFactory(name="Tuesday class")
    goal_of(classroom, guide)
    return classroom


def student_of(classroom, name="Ada", *, since=None, **fields):
    return MembershipFactory(
        classroom=classroom,
        person=UserFactory(display_name=name),
        joined_at=since or timezone.now() - 60 * DAY,
        **fields,
    )


def read(client, person, url, **headers):
    client.force_login(person)
    return client.get(url, headers=headers)


def page_of(classroom, name="class-dashboard", *more):
    return reverse(f"progress:{name}", args=[classroom.slug, *more])


def text(response):
    return response.content.decode()


def all_pages(classroom, member, assignment):
    return [
        page_of(classroom),
        page_of(classroom, "class-student", member.person.public_id),
        page_of(classroom, "class-assignment", assignment.public_id),
        page_of(classroom, "class-gradebook"),
        page_of(classroom, "class-gradebook-file"),
    ]


# --- Who may see them -------------------------------------------------------------------------


def test_staff_of_a_class_and_administrators_see_its_pages(client, classroom):
    member = student_of(classroom)
    assignment = AssignmentFactory(classroom=classroom)
    assistant = MembershipFactory(classroom=classroom, assistant=True).person
    for person in (classroom.created_by, assistant, AdministratorFactory()):
        for url in all_pages(classroom, member, assignment):
            assert read(client, person, url).status_code == 200, (person, url)


def test_no_page_about_students_is_kept_by_a_browser(client, classroom):
    member = student_of(classroom)
    assignment = AssignmentFactory(classroom=classroom)
    for url in [reverse("progress:teach"), *all_pages(classroom, member, assignment)]:
        response = read(client, classroom.created_by, url)
        assert "no-store" in response["Cache-Control"], url


def test_strangers_find_nothing(client, classroom):
    member = student_of(classroom)
    assignment = AssignmentFactory(classroom=classroom)
    former = MembershipFactory(
        classroom=classroom, instructor=True, joined_at=timezone.now() - DAY, left_at=timezone.now()
    ).person
    others = [member.person, UserFactory(), InstructorFactory(), former]
    others.append(ClassroomFactory().created_by)
    for person in others:
        for url in all_pages(classroom, member, assignment):
            assert read(client, person, url).status_code == 404, (person, url)


def test_a_person_of_another_class_is_not_found_here(client, classroom):
    elsewhere = student_of(ClassroomFactory())
    left = student_of(classroom, left_at=timezone.now())
    staff = MembershipFactory(classroom=classroom, assistant=True)
    for who in (elsewhere, left, staff):
        url = page_of(classroom, "class-student", who.person.public_id)
        assert read(client, classroom.created_by, url).status_code == 404
    assert (
        read(
            client, classroom.created_by, page_of(classroom, "class-student", uuid.uuid4())
        ).status_code
        == 404
    )


def test_an_assistant_finds_no_way_to_change_anything(client, classroom):
    assistant = MembershipFactory(classroom=classroom, assistant=True).person
    assigning = reverse("progress:class-assignment-new", args=[classroom.slug])

    assert assigning not in text(read(client, assistant, page_of(classroom)))
    assert assigning in text(read(client, classroom.created_by, page_of(classroom)))


def test_looking_at_a_student_and_taking_marks_away_is_written_down(client, classroom):
    member = student_of(classroom)
    teacher = classroom.created_by
    read(client, teacher, page_of(classroom, "class-student", member.person.public_id))
    read(client, teacher, page_of(classroom, "class-gradebook-file"))

    seen = AuditEvent.objects.get(action="student-viewed")
    taken = AuditEvent.objects.get(action="gradebook-exported")
    assert (seen.actor, seen.target) == (teacher, f"user:{member.person.pk}")
    assert taken.target == f"class:{classroom.public_id}"


# --- The door ---------------------------------------------------------------------------------


def test_the_door_shows_what_needs_me_first(client, classroom, guide, now):
    teacher = classroom.created_by
    quiet = ClassroomFactory(name="A quiet one", created_by=teacher)
    student_of(classroom)
    AssignmentFactory(
        classroom=classroom, due_at=now - DAY, exam=ExamFactory(guide=guide), title="Past"
    )
    AssignmentFactory(classroom=classroom, due_at=now + DAY, exam=guide.exams.get(), title="Next")
    ClassroomFactory(name="An old one", created_by=teacher, archived=True)

    page = text(read(client, teacher, reverse("progress:teach")))

    assert page.index("Tuesday class") < page.index("A quiet one")
    assert "1 student overdue" in page
    assert "Next due: Next" in page
    assert "0 done, 1 not yet" in page
    assert "1 archived class" in page
    assert quiet.slug in page


def test_the_door_tells_dates_in_the_zone_of_the_class(client, classroom, guide, now):
    Classroom.objects.filter(pk=classroom.pk).update(time_zone="Asia/Kolkata")
    student_of(classroom)
    due_at = (now + DAY).astimezone(ZoneInfo("Asia/Kolkata"))
    AssignmentFactory(classroom=classroom, due_at=due_at, exam=ExamFactory(guide=guide))

    page = text(read(client, classroom.created_by, reverse("progress:teach")))

    assert f"{due_at:%H:%M} (Asia/Kolkata)" in page


def test_the_door_is_there_for_staff_and_assistants_only(client, classroom):
    assistant = MembershipFactory(classroom=classroom, assistant=True).person
    door = reverse("progress:teach")

    assert "Tuesday class" in text(read(client, assistant, door))
    assert reverse("progress:class-new") not in text(read(client, assistant, door))
    assert reverse("progress:class-new") in text(read(client, InstructorFactory(), door))
    assert read(client, student_of(classroom).person, door).status_code == 404


# --- What the page of a class says ------------------------------------------------------------


def test_cells_say_right_of_answered_and_thin_ones_nothing(client, classroom, guide, now):
    networks, storage = guide.domains.all()
    member = student_of(classroom)
    history(member.person, networks, "+" * 3 + "-" * 9, at=now - DAY)
    history(member.person, storage, "+" * 9, at=now - DAY)
    rebuild_evidence()

    page = text(read(client, classroom.created_by, page_of(classroom)))

    assert '<td class="cell d4">25 <small>±19</small><small class="kn">3/12</small></td>' in page
    assert "too few answers </span><small>9/9</small>" in page


def test_reasons_cite_their_evidence(client, classroom, guide, now):
    networks = guide.domains.first()
    low, away, fine = (student_of(classroom, name) for name in ("Low", "Away", "Fine"))
    history(low.person, networks, "++" + "-" * 8, at=now - DAY)
    history(away.person, networks, "+", at=now - 20 * DAY)
    history(fine.person, networks, "+" * 9 + "-", at=now - DAY)
    rebuild_evidence()

    page = text(read(client, classroom.created_by, page_of(classroom)))
    needs = page[page.index("Needs you") : page.index("First answers by student")]

    assert "Networks: 2 of 10 first answers right in the last 6 weeks, clearly below 72%." in needs
    assert "Not seen for 20 days" in needs
    assert ">Fine<" not in needs
    assert "2 of 3, most urgent first" in needs


def test_old_failures_are_no_reason(client, classroom, guide, now):
    member = student_of(classroom)
    history(member.person, guide.domains.first(), "-" * 20, at=now - 50 * DAY)
    history(member.person, guide.domains.last(), "+", at=now)
    rebuild_evidence()

    assert "Nobody at the moment" in text(read(client, classroom.created_by, page_of(classroom)))


def test_overdue_work_is_named(client, classroom, guide, now):
    member = student_of(classroom)
    history(member.person, guide.domains.first(), "+", at=now)
    AssignmentFactory(
        classroom=classroom, exam=ExamFactory(guide=guide), due_at=now - DAY, title="Week 3"
    )
    rebuild_evidence()

    assert "Overdue: Week 3." in text(read(client, classroom.created_by, page_of(classroom)))


def test_each_class_reads_the_same_moment_on_its_own_clock(client, classroom, guide, now):
    due = (now + DAY).replace(hour=12, minute=30, second=0)
    other = ClassroomFactory(time_zone="Asia/Kolkata")
    for each in (classroom, other):
        AssignmentFactory(classroom=each, exam=ExamFactory(guide=guide, slug=each.slug), due_at=due)

        page = text(read(client, each.created_by, page_of(each)))

        assert f"{due.astimezone(each.zone):%H:%M}" in page


def test_filters_choose_and_order_students(client, classroom, guide, now):
    label = ClassLabelFactory(classroom=classroom)
    early = student_of(classroom, "Ada Early", labels=[label])
    student_of(classroom, "Ben Late")
    history(early.person, guide.domains.first(), "+", at=now)
    rebuild_evidence()

    def names(query):
        page = text(read(client, classroom.created_by, page_of(classroom) + query))
        table = page[page.index("<tbody>") :] if "<tbody>" in page else ""
        found = [(table.find(name), name) for name in ("Ada Early", "Ben Late")]
        return [name for place, name in sorted(found) if place >= 0]

    assert names("") == ["Ada Early", "Ben Late"]
    assert names("?sort=seen") == ["Ben Late", "Ada Early"]
    assert names("?q=ADA") == ["Ada Early"]
    assert names(f"?label={label.pk}") == ["Ada Early"]
    assert names("?label=x&sort=y&page=99999999999999999999") == ["Ada Early", "Ben Late"]
    assert names("?q=nobody") == []


def test_a_script_gets_the_table_alone(client, classroom):
    student_of(classroom)
    response = read(client, classroom.created_by, page_of(classroom), hx_request="true")

    assert "<html" not in text(response)
    assert 'id="students"' in text(response)
    assert "HX-Request" in response["Vary"]


def test_a_class_without_a_goal_or_students_says_what_to_do(client):
    empty = ClassroomFactory()
    assert "No students yet" in text(read(client, empty.created_by, page_of(empty)))
    student_of(empty)

    assert "Nothing is chosen to learn for" in text(read(client, empty.created_by, page_of(empty)))


def test_names_are_text(client, classroom):
    student_of(classroom, "<b>Eve</b>")
    ClassLabelFactory(classroom=classroom, name="<i>x</i>")

    for name in ("class-dashboard", "class-gradebook"):
        page = text(read(client, classroom.created_by, page_of(classroom, name)))
        assert "<b>Eve" not in page
        assert "<i>x" not in page


# --- What they never tell ---------------------------------------------------------------------


def test_nothing_leaks_from_before_after_or_other_guides(client, classroom, guide, now):
    other = make_guide(100)
    domain = guide.domains.first()
    member = student_of(classroom, since=now - 10 * DAY)
    person = member.person
    ours = history(person, domain, "+" * 5 + "-" * 2, at=now - DAY, mode="mock")
    hidden = [
        history(person, domain, "+" * 37 + "-" * 4, at=now - 11 * DAY),
        history(person, domain, "+" * 31 + "-" * 6, at=now - 11 * DAY, mode="mock"),
        history(person, other.domains.get(), "+" * 23 + "-" * 6, at=now - DAY, mode="mock"),
        history(person, other.domains.get(), "+" * 17 + "-" * 2, at=now - DAY),
    ]
    left = student_of(classroom, "Gone", since=now - 10 * DAY, left_at=now - 5 * DAY)
    history(left.person, domain, "+" * 43, at=now - DAY)
    rebuild_evidence()

    assert sum(week.answers for week in MembershipWeek.objects.all()) == 7
    student = text(
        read(client, classroom.created_by, page_of(classroom, "class-student", person.public_id))
    )
    assert "5 of 7" in student
    for attempt in hidden:
        score = attempt.scores.get()
        assert f"{score.points:.0f} of {score.max_points}" not in student
    assert ours.scores.get().max_points == 7
    dashboard = text(read(client, classroom.created_by, page_of(classroom)))
    assert "Gone" not in dashboard
    assert '<small class="kn">not passed, 1</small>' in dashboard


def test_the_title_of_another_class_stays_there(client, classroom, guide, now):
    member = student_of(classroom)
    secret = AssignmentFactory(exam=ExamFactory(guide=guide), title="Secret club")
    history(
        member.person,
        guide.domains.first(),
        "+",
        at=now,
        mode="mock",
        exam=secret.exam,
        assignment=secret,
    )
    url = page_of(classroom, "class-student", member.person.public_id)

    page = text(read(client, classroom.created_by, url))

    assert "Secret club" not in page
    assert "set by another class" in page


# --- Statements -------------------------------------------------------------------------------


def fill(classroom, guide, n, now):
    people = User.objects.bulk_create(
        User(email=f"s{i}-{uuid.uuid4().hex}@example.org", display_name=f"S {i}") for i in range(n)
    )
    members = Membership.objects.bulk_create(
        Membership(classroom=classroom, person=person, joined_at=now - 60 * DAY)
        for person in people
    )
    MembershipWeek.objects.bulk_create(
        MembershipWeek(
            membership=member,
            domain=domain,
            week=(now - week * 7 * DAY).date() - timedelta(days=(now - week * 7 * DAY).weekday()),
            answers=9,
            first_answers=7,
            first_right=i % 7,
            last_answered_at=now - week * 7 * DAY,
        )
        for i, member in enumerate(members)
        for domain in guide.domains.all()
        for week in range(4)
    )
    return members


@pytest.mark.parametrize("students", [1, 30, 300])
@pytest.mark.parametrize(
    ("page", "limit"), [("class-dashboard", 8), ("class-gradebook", 14), ("teach", 7)]
)
def test_pages_take_a_fixed_number_of_statements(
    client, classroom, guide, now, students, page, limit
):
    exam = ExamFactory(guide=guide)
    for n in range(3):
        AssignmentFactory(classroom=classroom, exam=exam, due_at=now + (n - 1) * DAY)
    fill(classroom, guide, students, now)
    client.force_login(classroom.created_by)
    url = reverse("progress:teach") if page == "teach" else page_of(classroom, page)
    client.get(url)

    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200

    assert len(asked) <= limit, "\n".join(it["sql"][:200] for it in asked)


def test_a_large_class_makes_no_large_page(client, classroom, guide, now):
    for n in range(10):
        AssignmentFactory(
            classroom=classroom, exam=ExamFactory(guide=guide, slug=f"x{n}"), due_at=now - DAY
        )
    fill(classroom, guide, 300, now)

    response = read(client, classroom.created_by, page_of(classroom))

    assert len(response.content) < 150 * 1024
    assert text(response).count('<td class="last">') == 50


# --- Work -------------------------------------------------------------------------------------


def test_sums_of_a_class_are_what_the_states_of_its_people_say(classroom, guide, now):
    exam = ExamFactory(guide=guide)
    label = ClassLabelFactory(classroom=classroom, extra_time_factor="1.5", extra_time_reason="x")
    members = [
        student_of(classroom, f"S{n}", labels=[label] if n % 3 == 0 else []) for n in range(9)
    ]
    tasks = [
        AssignmentFactory(classroom=classroom, exam=exam, due_at=now - timedelta(minutes=20)),
        AssignmentFactory(classroom=classroom, exam=exam, due_at=now - DAY, late_policy="refuse"),
        AssignmentFactory(classroom=classroom, exam=exam, closes_at=now - DAY, counting="last"),
        AssignmentFactory(classroom=classroom, exam=exam, opens_at=now + DAY),
        AssignmentFactory(classroom=classroom, exam=exam, due_at=now + DAY, targets=[label]),
        AssignmentFactory(
            classroom=classroom, exam=exam, due_at=now - DAY, targets=[members[1].person]
        ),
        AssignmentFactory(
            classroom=classroom,
            practice=True,
            guide=guide,
            goal=3,
            opens_at=now - 5 * DAY,
            due_at=now - DAY,
        ),
    ]
    OverrideFactory(assignment=tasks[1], label=label, late_policy="accept", due_at=now + DAY)
    OverrideFactory(assignment=tasks[1], person=members[0].person, due_at=now - 2 * DAY)
    OverrideFactory(assignment=tasks[2], person=members[4].person, closes_at=now + DAY)
    domain = guide.domains.first()
    for n, member in enumerate(members[:6]):
        for rights, days in (("+-", 3), ("++", 2))[: n % 3]:
            history(
                member.person,
                domain,
                rights,
                at=now - days * DAY,
                mode="mock",
                exam=exam,
                assignment=tasks[n % 3],
            )
        history(member.person, domain, "+" * n, at=now - 2 * DAY)
    rebuild_evidence()

    summed = class_work([classroom.pk], now=now)

    found = statuses(tasks, members, now=now)
    for task in tasks:
        mine = [it for (pk, _), it in found.items() if pk == task.pk]
        sums = summed.tasks[task.pk]
        states = [it.state for it in mine]
        assert sums.given == len(mine)
        assert sums.done == states.count("done"), task.pk
        assert sums.running == states.count("in_progress")
        assert sums.behind == states.count("overdue") + states.count("missed")
        assert sorted(sums.shares) == [
            pytest.approx(share)
            for share in sorted(float(it.counted.share) for it in mine if it.counted)
        ]
    for member in members:
        overdue = {
            pk
            for (pk, who), it in found.items()
            if who == member.person_id and it.state == "overdue"
        }
        assert set(summed.members[member.pk].overdue) == overdue


def test_the_page_of_an_assignment_says_how_far_everybody_is(client, classroom, guide, now):
    done, idle = student_of(classroom, "Done"), student_of(classroom, "Idle")
    task = AssignmentFactory(
        classroom=classroom, exam=ExamFactory(guide=guide), due_at=now - DAY, title="Week 3"
    )
    history(
        done.person,
        guide.domains.first(),
        "+++-",
        at=now - 2 * DAY,
        mode="mock",
        exam=task.exam,
        assignment=task,
    )

    page = text(
        read(client, classroom.created_by, page_of(classroom, "class-assignment", task.public_id))
    )

    assert page.index("Idle") < page.index(">Done</a>")
    assert "3 of 4" in page
    assert "75%" in page
    assert "1 result, median 75%; 1 passed." in page
    assert idle.person.display_name in page


# --- The file ---------------------------------------------------------------------------------


def file_of(client, classroom):
    response = read(client, classroom.created_by, page_of(classroom, "class-gradebook-file"))
    body = b"".join(response.streaming_content).decode()
    assert body.startswith("\ufeff")
    return response, list(csv.reader(io.StringIO(body[1:], newline="")))


def test_the_file_names_people_marks_and_the_zone(client, classroom, guide, now):
    member = student_of(
        classroom, "=1+1", labels=[ClassLabelFactory(classroom=classroom, name="+x")]
    )
    task = AssignmentFactory(
        classroom=classroom, exam=ExamFactory(guide=guide), due_at=now + DAY, title="@Week"
    )
    history(
        member.person,
        guide.domains.first(),
        "+++-",
        at=now - DAY,
        mode="mock",
        exam=task.exam,
        assignment=task,
    )

    response, rows = file_of(client, classroom)

    assert rows[0][:5] == ["Name", "E-mail", "Labels", "Missing", "'@Week: mark in percent"]
    assert rows[0][-1] == "'@Week: ended (Europe/Berlin)"
    ended = (now - DAY).astimezone(classroom.zone)
    assert rows[1] == [
        "'=1+1", member.person.email, "'+x", "0", "75.0", "Done", "", f"{ended:%Y-%m-%d %H:%M}"
    ]  # fmt: skip
    day = f"{timezone.localdate(timezone=classroom.zone)}"
    assert (
        response["Content-Disposition"]
        == f'attachment; filename="gradebook-{classroom.slug}-{day}.csv"'
    )


def test_the_file_is_read_a_part_at_a_time(client, classroom, guide, now, monkeypatch):
    AssignmentFactory(classroom=classroom, exam=ExamFactory(guide=guide), title="Week 3")
    fill(classroom, guide, 25, now)
    monkeypatch.setattr("progress.selectors.gradebook.STUDENTS_AT_ONCE", 10)

    _, rows = file_of(client, classroom)

    assert len(rows) == 26
    assert [row[0] for row in rows[1:]] == sorted(f"S {n}" for n in range(25))


def test_mocks_in_a_guide_chosen_later_are_seen_from_then_on(client, classroom, guide, now):
    member = student_of(classroom)
    domain = guide.domains.first()
    ClassGoal.objects.filter(classroom=classroom).update(since=now - 10 * DAY)
    minute = timedelta(minutes=10)  # a history begins so long before its end
    for at in (now - 10 * DAY, now - 10 * DAY + minute):
        history(member.person, domain, "+-+-", at=at, mode="mock")
    rebuild_evidence()

    page = read(client, classroom.created_by, page_of(classroom)).context["page"]
    assert page.rows.object_list[0].mocks == "1"
    url = page_of(classroom, "class-student", member.person.public_id)
    assert len(read(client, classroom.created_by, url).context["page"].sittings) == 1

    EarlierGoal.objects.create(classroom=classroom, guide=guide, until=now - 9 * DAY)
    page = read(client, classroom.created_by, page_of(classroom)).context["page"]
    assert page.rows.object_list[0].mocks == "2"
    assert len(read(client, classroom.created_by, url).context["page"].sittings) == 2


def test_mocks_after_the_archiving_of_a_class_are_not_seen(client, classroom, guide, now):
    member = student_of(classroom)
    Classroom.objects.filter(pk=classroom.pk).update(archived_at=now - DAY)
    for at in (now - DAY - timedelta(seconds=1), now - DAY):
        history(member.person, guide.domains.first(), "+-+-", at=at, mode="mock")
    page = read(client, classroom.created_by, page_of(classroom)).context["page"]
    assert page.rows.object_list[0].mocks == "1"
    url = page_of(classroom, "class-student", member.person.public_id)
    assert len(read(client, classroom.created_by, url).context["page"].sittings) == 1


def test_the_list_of_assignments_has_all_with_their_states(client, classroom, now):
    second = timedelta(seconds=1)
    member = student_of(classroom)
    exam = ExamFactory(guide=classroom.goal.guide)
    made = {
        "open": {"opens_at": now - second, "closes_at": now + DAY},
        "not_open": {"opens_at": now + DAY},
        "closed": {"closes_at": now - second},
        "withdrawn": {"withdrawn_at": now},
    }
    for title, dates in made.items():
        AssignmentFactory(classroom=classroom, exam=exam, title=title, **dates)
    page = read(client, classroom.created_by, page_of(classroom, "class-assignments"))
    lines = page.context["page"].object_list
    assert {it.assignment.title: it.state for it in lines} == {name: name for name in made}
    assert {(it.work.done, it.work.given) for it in lines if it.state != "withdrawn"} == {(0, 1)}
    assert page_of(classroom, "class-assignments") in text(
        read(client, classroom.created_by, page_of(classroom))
    )
    assert read(client, member.person, page_of(classroom, "class-assignments")).status_code == 404


def test_an_assignment_opens_and_closes_on_its_moment(classroom, now):
    AssignmentFactory(classroom=classroom, opens_at=now, closes_at=now + DAY)
    states = [
        assignments_page(classroom, number=1, now=at).object_list[0].state
        for at in (now - timedelta(microseconds=1), now, now + DAY - timedelta(microseconds=1),
                   now + DAY)
    ]  # fmt: skip
    assert states == ["not_open", "open", "open", "closed"]


@pytest.mark.parametrize("size", [1, 30])
def test_the_list_of_assignments_takes_a_fixed_number_of_statements(
    client, classroom, size, django_assert_num_queries
):
    for _number in range(size):
        AssignmentFactory(classroom=classroom)
    client.force_login(classroom.created_by)
    with django_assert_num_queries(6):
        client.get(page_of(classroom, "class-assignments"))


def test_everybody_who_needs_the_instructor_can_be_shown(client, classroom):
    for number in range(9):
        student_of(classroom, f"Ada {number}")
    page = read(client, classroom.created_by, page_of(classroom))
    assert len(page.context["page"].needy) == 8
    assert "Show the others, too" in text(page)
    page = read(client, classroom.created_by, page_of(classroom) + "?needs=all")
    assert len(page.context["page"].needy) == 9
    assert "Show the others, too" not in text(page)


def test_an_administrator_finds_the_classes_of_others_apart(client, classroom):
    mine = ClassroomFactory(created_by=(admin := AdministratorFactory()))
    page = read(client, admin, reverse("progress:teach")).context["page"]
    assert [it.classroom for it in page.current] == [mine]
    assert list(page.others) == [classroom]
    assert read(client, classroom.created_by, reverse("progress:teach")).context["page"].others \
        is None  # fmt: skip
