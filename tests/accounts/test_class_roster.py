"""A roster is read as people save it, rehearsed, and then done exactly so or not at all."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from certportal.accounts import roster_sentences
from certportal.accounts.formats import roster_file
from certportal.accounts.formats.roster_file import Problem, RosterFileError, read_roster
from certportal.accounts.models import AuditEvent, Classroom, Invitation, Membership
from certportal.accounts.roster_sentences import sentence
from certportal.accounts.services.classes import ArchivedClassError, archive_class
from certportal.accounts.services.rostering import (
    CHANGED,
    CREATED,
    REFUSED,
    UNCHANGED,
    Roster,
    RosterChangedError,
    RosterRefusedError,
    import_roster,
    rehearse_roster,
)
from tests.factories.accounts import UserFactory
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)

ROLE = Membership.Role


def rows_of(text: str | bytes):
    return read_roster(text if isinstance(text, bytes) else text.encode())


def codes_of(text: str) -> list[list[str]]:
    return [[problem.code for problem in row.problems] for row in rows_of(text)]


# --- The file ---------------------------------------------------------------------------

CHINESE = "邮箱,姓名,标签\nli@example.org,李雷,晚班；周末\n"
WESTERN = "email;name;labels\nana@example.org;Anaïs Müller-Çelik;\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_files_are_read_in_every_usual_encoding(encoding):
    (row,) = rows_of(CHINESE.encode(encoding))
    assert (row.email, row.name, row.labels) == ("li@example.org", "李雷", ("晚班", "周末"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_western_files_are_read_in_every_usual_encoding(encoding):
    (row,) = rows_of(WESTERN.encode(encoding))
    assert row.name == "Anaïs Müller-Çelik"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("first", ["", "sep=%s\n"])
def test_separators_and_line_ends_do_not_matter(delimiter, end, first):
    lines = [["Name", "E-Mail"], ["Ann", "ANN@example.org"], [], ["Bo", "bo@example.org"]]
    text = (first % delimiter if first else "") + end.join(delimiter.join(cells) for cells in lines)
    rows = rows_of(text)
    assert [(row.name, row.email) for row in rows] == [
        ("Ann", "ann@example.org"),
        ("Bo", "bo@example.org"),
    ]
    skipped = 1 if first else 0
    assert [row.line for row in rows] == [2 + skipped, 4 + skipped]


def test_a_row_is_named_by_the_line_on_which_it_begins():
    rows = rows_of('email,name\na@example.org,"two\nlines"\nb@example.org,B\n')
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    "header",
    [
        "email,extra_time,reason",
        "E-Mail,Extra time,Reason",
        "邮箱,额外时间,原因",
        "MAIL,EXTRA-TIME,理由",
    ],
)
@pytest.mark.parametrize("written", ["1.5", "1.50", '"1,5"', "150%", "１．５"])
def test_extra_time_is_read_as_people_write_it(header, written):
    (row,) = rows_of(f"{header}\na@example.org,{written},letter\n")
    assert (row.extra_time, row.reason, row.problems) == (Decimal("1.5"), "letter", ())


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0.99", "bad_time"),
        ("3.01", "bad_time"),
        ("1.333", "bad_time"),
        ("much", "bad_time"),
        ("nan", "bad_time"),
        ("inf", "bad_time"),
        ("1e400", "bad_time"),
        ("=1+1", "bad_time"),
        ("-1", "bad_time"),
        ("1", None),
        ("1.01", None),
        ("3", None),
    ],
)
def test_extra_time_keeps_its_bounds(written, code):
    (found,) = codes_of(f"email,extra_time,reason\na@example.org,{written},letter\n")
    assert found == ([code] if code else [])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("a@example.org,Ann,student,,1.5,", "no_reason"),
        ("a@example.org,Ann,student,,,letter", "reason_without_time"),
        ("a@example.org,Ann,teacher,,,", "bad_role"),
        ("a@example.org,Ann,instructor,,,", "bad_role"),
        ("a@example.org,=1+1,,,,", "formula"),
        ("a@example.org,+cmd,,,,", "formula"),
        ("a@example.org,-cmd,,,,", "formula"),
        ("a@example.org,@SUM(A1),,,,", "formula"),
        ("a@example.org,Ann,,Evening;=1,,", "formula"),
        ("=HYPERLINK(1)@example.org,Ann,,,,", "formula"),
        ("a@example.org,Ann,student,,,,more", "too_many_cells"),
        (f"a@example.org,{'x' * 81},,,,", "name_too_long"),
        (f"a@example.org,Ann,,{'x' * 41},,", "label_too_long"),
        (f"a@example.org,Ann,,{';'.join(map(str, range(21)))},,", "too_many_labels"),
        (f"a@example.org,Ann,,,2,{'x' * 201}", "reason_too_long"),
        ("a@example.org,Ann\u202egnu,,,,", "unprintable"),
        ('a@example.org,"Ann\tB",,,,', "unprintable"),
        (",Ann,,,,", "no_address"),
        ("nobody,Ann,,,,", "bad_address"),
        ("a@b@example.org,Ann,,,,", "bad_address"),
        ("a b@example.org,Ann,,,,", "bad_address"),
        (f"{'x' * 250}@example.org,Ann,,,,", "bad_address"),
    ],
)
def test_what_is_wrong_with_a_row_is_named(row, code):
    (found,) = codes_of(f"email,name,role,labels,extra_time,reason\n{row}\n")
    assert found == [code]


@pytest.mark.parametrize(
    "row",
    [
        f"a@example.org,{'x' * 80},助教,{'y' * 40},3,{'z' * 200}",
        "a@example.org,O'Brien - Smith,ASSISTANT,,,",
        "a@example.org",
    ],
)
def test_what_is_just_allowed_is_allowed(row):
    (found,) = codes_of(f"email,name,role,labels,extra_time,reason\n{row}\n")
    assert found == []


def test_the_second_of_two_equal_addresses_is_refused_and_names_the_first():
    rows = rows_of("email\na@example.org\nb@example.org\nA@Example.org\n")
    assert rows[0].problems == ()
    assert rows[2].problems == (Problem("twice", {"email": "a@example.org", "first": 2}),)


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty", 0),
        (b"\n\n", "empty", 0),
        (b"email,name\n", "no_rows", 1),
        (b"name\nAnn\n", "missing_column", 1),
        (b"email,shoe size\na@example.org,42\n", "unknown_column", 1),
        (b"email,name,Full name\na@example.org,A,B\n", "column_twice", 1),
        (b'email,name\na@example.org,"never closed\n', "not_a_table", 2),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_table", 0),
        (b"PK\x03\x04\x14\x00\x08\x00", "not_a_table", 0),
        (b"\xff\xfea", "encoding", 0),
        (b"\xef\xbb\xbf\xff", "encoding", 0),
        (b"email\x81\x8d\n", "encoding", 0),
        (b"email\n" + b"x" * (2 * 1024 * 1024), "too_large", 0),
    ],
)
def test_a_file_of_no_use_says_why(data, code, line):
    with pytest.raises(RosterFileError) as caught:
        read_roster(data)
    assert (caught.value.problem.code, caught.value.line) == (code, line)
    assert "%" not in sentence(caught.value.problem)


def test_20000_rows_are_read_and_one_more_is_not():
    lines = [f"a{number}@example.org" for number in range(20_000)]
    assert len(rows_of("\n".join(["email", *lines]))) == 20_000
    for more in (1, 30_000):
        longer = [*lines, *(f"b{number}@example.org" for number in range(more))]
        with pytest.raises(RosterFileError) as caught:
            rows_of("\n".join(["email", *longer]))
        assert caught.value.problem.code == "too_many_rows"


def test_every_code_has_a_sentence():
    tree = ast.parse(inspect.getsource(roster_file))
    raised = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in {"Problem", "RosterFileError"}
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(raised) > 20
    assert raised <= set(roster_sentences._SENTENCES)


# --- The rehearsal and the import -------------------------------------------------------


@pytest.fixture
def classroom(db) -> Classroom:
    return ClassroomFactory()


def rehearse(classroom: Classroom, text: str) -> Roster:
    return rehearse_roster(classroom, text.encode())


def bring_in(classroom: Classroom, text: str, **how) -> Counter[str]:
    roster = rehearse(classroom, text)
    return import_roster(classroom, roster, by=classroom.created_by, **how)


def outcomes(roster: Roster) -> list[str]:
    return [row.outcome for row in roster.rows]


def test_a_rehearsal_writes_nothing(classroom):
    roster = rehearse(classroom, "email,labels\nnew@example.org,Evening\n")
    assert outcomes(roster) == [CREATED]
    assert roster.new_labels == ("Evening",)
    assert not Invitation.objects.exists()
    assert not classroom.labels.exists()


def test_new_addresses_are_invited_and_nobody_is_put_in(classroom):
    person = UserFactory()
    text = (
        "email,name,role,labels,extra_time,reason\n"
        f"{person.email},Ann,assistant,Evening; evening ;Weekend,1.25,letter\n"
        "unknown@example.org,,,,,\n"
    )
    assert bring_in(classroom, text) == {CREATED: 2}
    assert classroom.memberships.count() == 1
    known, unknown = Invitation.objects.order_by("pk")
    assert (known.name, known.role) == ("Ann", ROLE.ASSISTANT)
    assert (known.extra_time_factor, known.extra_time_reason) == (Decimal("1.25"), "letter")
    assert sorted(label.name for label in known.labels.all()) == ["Evening", "Weekend"]
    assert unknown.role == ROLE.STUDENT
    assert known.mailed_at is None
    assert known.expires_at > timezone.now() + timedelta(days=13)
    event = AuditEvent.objects.get(action="roster-imported")
    assert event.after == {"created": 2, "new_labels": 2}


def test_nothing_tells_whether_an_address_has_an_account(classroom):
    person = UserFactory()
    with_account = rehearse(classroom, f"email\n{person.email}\n").rows[0]
    without = rehearse(classroom, "email\nnobody@example.org\n").rows[0]
    assert (with_account.outcome, with_account.after, with_account.member) == (
        without.outcome,
        without.after,
        without.member,
    )


def test_members_get_labels_and_extra_time_written_down(classroom):
    membership = MembershipFactory(classroom=classroom)
    EmailAddress.objects.create(user=membership.person, email="Work@example.org", verified=True)
    text = "email,name,labels,extra_time,reason\nwork@example.org,Other,Evening,1.5,letter\n"
    assert bring_in(classroom, text) == {CHANGED: 1}
    membership.refresh_from_db()
    assert [label.name for label in membership.labels.all()] == ["Evening"]
    assert membership.extra_time_factor == Decimal("1.5")
    assert membership.person.display_name != "Other"
    assert not Invitation.objects.exists()
    event = AuditEvent.objects.get(action="class-member-changed")
    assert event.target == f"user:{membership.person_id}"
    assert (event.before["extra_time"], event.after["extra_time"]) == (None, 1.5)
    assert event.after["labels"] == ["Evening"]


def test_the_same_file_again_changes_nothing(classroom):
    membership = MembershipFactory(classroom=classroom)
    text = (
        "email,role,labels,extra_time,reason\n"
        f"{membership.person.email},assistant,Evening,1.5,letter\n"
        "new@example.org,,Evening,2,letter\n"
    )
    bring_in(classroom, text)
    assert bring_in(classroom, text) == {UNCHANGED: 2}
    assert AuditEvent.objects.filter(action="class-member-changed").count() == 1


def test_an_empty_cell_changes_nothing(classroom):
    label = ClassLabelFactory(classroom=classroom)
    membership = MembershipFactory(
        classroom=classroom,
        labels=[label],
        extra_time_factor=Decimal(2),
        extra_time_reason="letter",
        assistant=True,
    )
    text = f"email,role,labels,extra_time,reason\n{membership.person.email},,,,\n"
    assert outcomes(rehearse(classroom, text)) == [UNCHANGED]


def test_a_factor_of_1_takes_extra_time_away(classroom):
    membership = MembershipFactory(
        classroom=classroom, extra_time_factor=Decimal(2), extra_time_reason="letter"
    )
    bring_in(classroom, f"email,extra_time\n{membership.person.email},1\n")
    membership.refresh_from_db()
    assert (membership.extra_time_factor, membership.extra_time_reason) == (None, "")


def test_a_label_is_one_label_however_it_is_capitalised(classroom):
    label = ClassLabelFactory(classroom=classroom, name="Evening")
    bring_in(classroom, "email,labels\na@example.org,EVENING;Late\nb@example.org,late\n")
    assert [found.name for found in classroom.labels.all()] == ["Evening", "Late"]
    assert label.invitation_set.count() == 1


def test_instructors_are_not_made_students_by_a_file(classroom):
    email = classroom.created_by.email
    (row,) = rehearse(classroom, f"email,role\n{email},student\n").rows
    assert [problem.code for problem in row.problems] == ["is_instructor"]
    assert outcomes(rehearse(classroom, f"email,role\n{email},\n")) == [UNCHANGED]


def test_two_addresses_of_one_member_are_one_person(classroom):
    membership = MembershipFactory(classroom=classroom)
    EmailAddress.objects.create(user=membership.person, email="second@example.org", verified=True)
    roster = rehearse(classroom, f"email\n{membership.person.email}\nsecond@example.org\n")
    assert roster.rows[1].problems == (Problem("same_person", {"first": 2}),)


def test_an_invitation_that_ran_out_is_renewed(classroom):
    invitation = InvitationFactory(
        classroom=classroom,
        expires_at=timezone.now() - timedelta(days=1),
        mailed_at=timezone.now() - timedelta(days=15),
    )
    assert bring_in(classroom, f"email\n{invitation.email}\n") == {CHANGED: 1}
    invitation.refresh_from_db()
    assert invitation.expires_at > timezone.now()
    assert invitation.mailed_at is None


def test_a_waiting_invitation_is_changed_without_another_mail(classroom):
    mailed = timezone.now()
    invitation = InvitationFactory(classroom=classroom, mailed_at=mailed)
    text = f"email,name,labels\n{invitation.email},Ann,Evening\n"
    assert bring_in(classroom, text) == {CHANGED: 1}
    invitation.refresh_from_db()
    assert (invitation.name, invitation.mailed_at) == ("Ann", mailed)
    assert [label.name for label in invitation.labels.all()] == ["Evening"]


MIXED = "email,labels\ngood@example.org,Evening\nbad,Never\n"


def test_one_refused_row_keeps_all_out(classroom):
    with pytest.raises(RosterRefusedError):
        bring_in(classroom, MIXED)
    assert not Invitation.objects.exists()
    assert not classroom.labels.exists()


def test_only_the_valid_rows_if_asked_for(classroom):
    assert bring_in(classroom, MIXED, only_valid=True) == {CREATED: 1, REFUSED: 1}
    assert [label.name for label in classroom.labels.all()] == ["Evening"]


def test_what_was_rehearsed_is_what_is_done(classroom):
    membership = MembershipFactory(classroom=classroom)
    roster = rehearse(classroom, f"email,labels\n{membership.person.email},Evening\n")
    Membership.objects.filter(pk=membership.pk).update(role=ROLE.ASSISTANT)
    with pytest.raises(RosterChangedError):
        import_roster(classroom, roster, by=classroom.created_by)
    assert not classroom.labels.exists()


def test_a_failure_in_the_middle_leaves_nothing(classroom, monkeypatch):
    roster = rehearse(classroom, "email,labels\nnew@example.org,Evening\n")

    def fail(*_args, **_more):
        raise RuntimeError

    monkeypatch.setattr("certportal.accounts.services.rostering._label", fail)
    with pytest.raises(RuntimeError):
        import_roster(classroom, roster, by=classroom.created_by)
    assert not Invitation.objects.exists()
    assert not classroom.labels.exists()


def test_an_archived_class_takes_no_roster(classroom):
    roster = rehearse(classroom, "email\nnew@example.org\n")
    archive_class(classroom, by=classroom.created_by)
    with pytest.raises(ArchivedClassError):
        import_roster(classroom, roster, by=classroom.created_by)


def test_a_misplaced_column_does_not_make_labels_without_end(classroom):
    lines = [f"a{number}@example.org,label {number}" for number in range(201)]
    assert len(rehearse(classroom, "\n".join(["email,labels", *lines[:200]])).new_labels) == 200
    with pytest.raises(RosterFileError) as caught:
        rehearse(classroom, "\n".join(["email,labels", *lines]))
    assert caught.value.problem.code == "too_many_new_labels"
    assert "200" in sentence(caught.value.problem)


@pytest.mark.parametrize("size", [1, 300])
def test_a_rehearsal_takes_the_same_statements_at_any_size(
    classroom, size, django_assert_num_queries
):
    label = ClassLabelFactory(classroom=classroom)
    membership = MembershipFactory(classroom=classroom, labels=[label])
    InvitationFactory(classroom=classroom).labels.add(label)
    lines = [f"a{number}@example.org,Evening" for number in range(size)]
    text = "\n".join(["email,labels", f"{membership.person.email},Late", *lines])
    with django_assert_num_queries(7):
        roster = rehearse(classroom, text)
    assert roster.counts == {CREATED: size, CHANGED: 1}


def test_a_fingerprint_is_the_same_in_every_process(classroom):
    text = "email,labels\nnew@example.org,Evening;Late;Early;Weekend\n"
    first = rehearse(classroom, text)
    assert first.rows[0].after.labels == ("Early", "Evening", "Late", "Weekend")
    assert rehearse(classroom, text).fingerprint == first.fingerprint
    assert rehearse(classroom, text + "b@example.org,\n").fingerprint != first.fingerprint
