"""The instructor's pages about a class and its people."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import AuditEvent, Classroom, Invitation, JoinCode, Membership
from certportal.accounts.services.classes import archive_class
from certportal.accounts.services.joining import join_by_code, make_join_code
from certportal.accounts.services.roles import remove_instructor
from progress.services.class_goals import set_class_goal
from tests.factories.accounts import AdministratorFactory, InstructorFactory, UserFactory
from tests.factories.catalog import make_guide
from tests.factories.classes import (
    ClassLabelFactory,
    ClassroomFactory,
    InvitationFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db

ROLE = Membership.Role


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def classroom() -> Classroom:
    return ClassroomFactory(name="Cloud", slug="cloud")


@pytest.fixture
def teacher(classroom) -> Client:
    return signed_in(classroom.created_by)


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(name: str, *args) -> str:
    return reverse(f"progress:class-{name}", args=args)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


# --- Who may -----------------------------------------------------------------------------

READING = ("people", "settings", "codes", "labels")
CHANGING = ("invite", "roster", "roster-template", "archive", "copy")


def posts(classroom: Classroom) -> dict[str, dict[str, str]]:
    """A post to everything that changes the class, each of which an instructor could make."""
    membership = classroom.memberships.students().first()
    invitation = classroom.invitations.first()
    code = classroom.join_codes.first()
    place = {"role": "assistant"}
    return {
        url("settings", "cloud"): {"name": "Other", "time_zone": "UTC"},
        url("archive", "cloud"): {},
        url("restore", "cloud"): {},
        url("copy", "cloud"): {"name": "Copy"},
        url("invite", "cloud"): {"email": "x@example.org", **place},
        url("invitation-change", "cloud", invitation.public_id): {"revoke": "1"},
        url("member", "cloud", membership.public_id): place,
        url("member-remove", "cloud", membership.public_id): {},
        url("codes", "cloud"): {"expires_at": "2027-01-01T10:00", "max_uses": "3"},
        url("code-revoke", "cloud", code.public_id): {},
        url("labels", "cloud"): {"name": "New"},
        url("roster", "cloud"): {"confirm": "all"},
    }


@pytest.fixture
def full(classroom) -> Classroom:
    MembershipFactory(classroom=classroom)
    InvitationFactory(classroom=classroom)
    make_join_code(
        classroom,
        by=classroom.created_by,
        expires_at=timezone.now() + timedelta(days=1),
        max_uses=5,
    )
    return classroom


def state_of(classroom: Classroom) -> tuple:
    return (
        Classroom.objects.count(),
        list(Classroom.objects.filter(pk=classroom.pk).values()),
        list(classroom.memberships.order_by("pk").values()),
        list(classroom.invitations.order_by("pk").values()),
        list(classroom.join_codes.order_by("pk").values()),
        list(classroom.labels.values()),
    )


def test_strangers_find_nothing(full):
    member = full.memberships.students().get()
    strangers = [
        UserFactory(),
        member.person,
        InstructorFactory(),
        ClassroomFactory().created_by,
    ]
    before = state_of(full)
    for person in strangers:
        client = signed_in(person)
        for name in (*READING, *CHANGING):
            assert client.get(url(name, "cloud")).status_code == 404, name
        assert client.get(url("member", "cloud", member.public_id)).status_code == 404
        for address, data in posts(full).items():
            assert client.post(address, data).status_code == 404, address
    assert state_of(full) == before


def test_an_assistant_reads_and_changes_nothing(full):
    client = signed_in(MembershipFactory(classroom=full, assistant=True).person)
    member = full.memberships.students().get()
    before = state_of(full)
    for name in READING:
        page = client.get(url(name, "cloud"))
        assert page.status_code == 200
        main = page.content.decode().split("<main")[1]
        assert 'method="post"' not in main, name
    page = client.get(url("member", "cloud", member.public_id))
    assert 'method="post"' not in page.content.decode().split("<main")[1]
    for name in CHANGING:
        assert client.get(url(name, "cloud")).status_code == 404, name
    for address, data in posts(full).items():
        assert client.post(address, data).status_code == 404, address
    assert state_of(full) == before


def test_an_archived_class_is_read_and_only_restored_or_copied(full, teacher):
    archive_class(full, by=full.created_by)
    before = state_of(full)
    member = full.memberships.students().get()
    for name in READING:
        page = teacher.get(url(name, "cloud"))
        assert page.status_code == 200
        if name in {"people", "settings"}:
            assert "This class is archived" in text_of(page)
    assert teacher.get(url("member", "cloud", member.public_id)).status_code == 200
    for address, data in posts(full).items():
        if address not in {url("restore", "cloud"), url("copy", "cloud")}:
            assert teacher.post(address, data).status_code == 404, address
    assert state_of(full) == before
    assert teacher.post(url("restore", "cloud")).status_code == 302
    full.refresh_from_db()
    assert full.archived_at is None


def test_who_lost_the_role_in_the_portal_looks_and_changes_nothing(full):
    remove_instructor(full.created_by, by=None)
    client = signed_in(full.created_by)
    before = state_of(full)
    member = full.memberships.students().get()
    for address in (url("people", "cloud"), url("dashboard", "cloud")):
        page = client.get(address)
        assert page.status_code == 200
        assert url("invite", "cloud") not in page.content.decode()
        assert url("assignment-new", "cloud") not in page.content.decode()
    assert client.get(url("assignment-new", "cloud")).status_code == 404
    for address, data in posts(full).items():
        assert client.post(address, data).status_code == 404, address
    assert client.post(url("member", "cloud", member.public_id), {}).status_code == 404
    assert state_of(full) == before


def test_an_administrator_may_everything(full):
    client = signed_in(AdministratorFactory())
    member = full.memberships.students().get()
    assert client.get(url("people", "cloud")).status_code == 200
    answer = client.post(url("member-remove", "cloud", member.public_id))
    assert answer.status_code == 302
    assert not full.memberships.current().students().exists()


def test_people_of_another_class_are_not_found(full, teacher):
    other = MembershipFactory()
    invitation = InvitationFactory()
    code, _text = make_join_code(
        other.classroom,
        by=other.classroom.created_by,
        expires_at=timezone.now() + timedelta(days=1),
        max_uses=5,
    )
    for address in (
        url("member", "cloud", other.public_id),
        url("member-remove", "cloud", other.public_id),
        url("invitation-change", "cloud", invitation.public_id),
        url("code-revoke", "cloud", code.public_id),
    ):
        assert teacher.post(address, {"role": "student"}).status_code == 404
    label = ClassLabelFactory()
    for wrong in (label.pk, "x", "9" * 18, "9" * 5000):
        answer = teacher.post(url("labels", "cloud"), {"label": wrong, "name": "Mine"})
        assert answer.status_code == 404
    label.refresh_from_db()
    assert label.name != "Mine"


# --- The class ---------------------------------------------------------------------------


def test_only_teachers_of_the_portal_open_classes():
    assert signed_in(UserFactory()).get(url("new")).status_code == 404
    assistant = MembershipFactory(assistant=True).person
    assert signed_in(assistant).post(url("new"), {"name": "Mine"}).status_code == 404


def test_a_class_is_opened_with_a_town_and_a_code():
    guide = make_guide(100)
    person = InstructorFactory()
    data = {
        "name": "Cloud evening",
        "time_zone": "kolkata",
        "guide": guide.certification.code.lower(),
        "exam_on": "2027-03-01",
    }
    answer = signed_in(person).post(url("new"), data)
    classroom = Classroom.objects.get()
    assert answer.url == url("people", classroom.slug)
    assert classroom.time_zone == "Asia/Kolkata"
    assert classroom.goal.guide == guide
    assert str(classroom.goal.exam_on) == "2027-03-01"
    assert classroom.memberships.get().person == person


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"guide": "no such"}, "guide"),
        ({"exam_on": "2027-03-01"}, "guide"),
        ({"exam_on": "soon"}, "exam_on"),
        ({"guide": "X-1", "exam_on": "9999-12-31"}, "exam_on"),
    ],
)
def test_what_is_wrong_with_a_class_is_said_and_nothing_is_made(change, field):
    data = {"name": "Cloud", "time_zone": "UTC", **change}
    answer = signed_in(InstructorFactory()).post(url("new"), data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Classroom.objects.exists()


def test_settings_change_name_zone_and_goal(classroom, teacher):
    old, new = make_guide(100), make_guide(100)
    set_class_goal(classroom, guide=old, by=classroom.created_by)
    page = teacher.get(url("settings", "cloud"))
    assert page.context["form"]["guide"].value().startswith(old.certification.code)
    data = {
        "name": "Renamed",
        "time_zone": "Asia/Shanghai",
        "description": "Mondays",
        "guide": new.certification.code,
    }
    assert teacher.post(url("settings", "cloud"), data).status_code == 302
    classroom.refresh_from_db()
    assert (classroom.name, classroom.time_zone) == ("Renamed", "Asia/Shanghai")
    assert classroom.slug == "cloud"
    assert Classroom.objects.get().goal.guide == new
    assert teacher.post(url("settings", "cloud"), {**data, "guide": ""}).status_code == 422


def test_archiving_asks_first(classroom, teacher):
    assert "Archive Cloud?" in text_of(teacher.get(url("archive", "cloud")))
    classroom.refresh_from_db()
    assert classroom.archived_at is None
    teacher.post(url("archive", "cloud"))
    classroom.refresh_from_db()
    assert classroom.archived_at is not None


def test_a_copy_has_goal_and_labels_and_no_people(full, teacher):
    guide = make_guide(100)
    set_class_goal(full, guide=guide, by=full.created_by)
    ClassLabelFactory(classroom=full, name="Evening")
    archive_class(full, by=full.created_by)
    answer = teacher.post(url("copy", "cloud"), {"name": "Next year", "with_assignments": "on"})
    copy = Classroom.objects.exclude(pk=full.pk).get()
    assert answer.url == url("people", copy.slug)
    assert copy.goal.guide == guide
    assert [label.name for label in copy.labels.all()] == ["Evening"]
    assert [member.person for member in copy.memberships.all()] == [full.created_by]
    assert not copy.invitations.exists()
    assert not copy.join_codes.exists()


# --- Members -----------------------------------------------------------------------------


def test_the_page_of_people_names_them_with_reason_and_labels(classroom, teacher):
    label = ClassLabelFactory(classroom=classroom, name="Evening & late")
    MembershipFactory(
        classroom=classroom,
        person=UserFactory(display_name="<b>Bo</b>"),
        labels=[label],
        extra_time_factor=Decimal("1.50"),
        extra_time_reason="letter of 3 May",
    )
    gone = MembershipFactory(classroom=classroom, person=UserFactory(display_name="Gone Girl"))
    Membership.objects.filter(pk=gone.pk).update(left_at=gone.joined_at)
    page = text_of(teacher.get(url("people", "cloud")))
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page
    assert "Evening &amp; late" in page
    assert "1.5 × the time" in page
    assert "letter of 3 May" in page
    assert "Gone Girl" not in page


def test_people_are_chosen_by_role_and_label(classroom, teacher):
    label = ClassLabelFactory(classroom=classroom)
    labelled = MembershipFactory(classroom=classroom, labels=[label])
    assistant = MembershipFactory(classroom=classroom, assistant=True, labels=[label])
    MembershipFactory(classroom=classroom)

    def shown(query: str) -> set[Membership]:
        return set(teacher.get(f"{url('people', 'cloud')}?{query}").context["people"].page)

    assert shown(f"label={label.pk}") == {labelled, assistant}
    assert shown(f"label={label.pk}&role=student") == {labelled}
    assert shown("role=assistant") == {assistant}
    assert len(shown("label=x&role=king&page=x")) == 4
    assert shown("label=" + "9" * 18) == set()


@pytest.mark.parametrize("size", [1, 30])
def test_the_page_of_people_takes_the_same_statements_for_any_number(
    classroom, teacher, size, django_assert_num_queries
):
    label = ClassLabelFactory(classroom=classroom)
    for _number in range(size):
        MembershipFactory(classroom=classroom, labels=[label])
        InvitationFactory(classroom=classroom).labels.add(label)
    teacher.get(url("people", "cloud"))
    with django_assert_num_queries(11):
        teacher.get(url("people", "cloud"))


def test_a_member_gets_labels_and_extra_time(classroom, teacher):
    label = ClassLabelFactory(classroom=classroom)
    member = MembershipFactory(classroom=classroom)
    data = {"role": "student", "labels": [label.pk], "extra_time": "1.25", "reason": "letter"}
    assert teacher.post(url("member", "cloud", member.public_id), data).status_code == 302
    member.refresh_from_db()
    assert (member.extra_time_factor, member.extra_time_reason) == (Decimal("1.25"), "letter")
    assert list(member.labels.all()) == [label]
    event = AuditEvent.objects.get(action="class-member-changed")
    assert event.actor == classroom.created_by
    assert event.ip_address == "127.0.0.1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"extra_time": "1.25", "reason": ""}, "reason"),
        ({"extra_time": "", "reason": "letter"}, "extra_time"),
        ({"extra_time": "0.99", "reason": "letter"}, "extra_time"),
        ({"extra_time": "3.01", "reason": "letter"}, "extra_time"),
        ({"extra_time": "1.255", "reason": "letter"}, "extra_time"),
        ({"extra_time": "much", "reason": "letter"}, "extra_time"),
        ({"reason": "x" * 201, "extra_time": "2"}, "reason"),
        ({"role": "king"}, "role"),
        ({"role": "instructor"}, "role"),
        ({"labels": ["999999"]}, "labels"),
    ],
)
def test_what_is_wrong_with_a_member_is_said_and_nothing_changes(classroom, teacher, change, field):
    member = MembershipFactory(classroom=classroom)
    data = {"role": "student", **change}
    answer = teacher.post(url("member", "cloud", member.public_id), data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    member.refresh_from_db()
    assert (member.role, member.extra_time_factor) == (ROLE.STUDENT, None)


def test_the_last_instructor_stays_and_is_told_what_to_do(classroom, teacher):
    me = classroom.memberships.get()
    answer = teacher.post(url("member", "cloud", me.public_id), {"role": "student"})
    assert "Make somebody else instructor first" in text_of(answer)
    answer = teacher.post(url("member-remove", "cloud", me.public_id))
    assert answer.status_code == 409
    assert "Make somebody else instructor first" in text_of(answer)
    assert classroom.memberships.current().exists()


def test_removing_says_what_happens_first(classroom, teacher):
    member = MembershipFactory(classroom=classroom)
    address = url("member-remove", "cloud", member.public_id)
    assert "goes on to its end" in text_of(teacher.get(address))
    member.refresh_from_db()
    assert member.is_current
    assert teacher.post(address).url == url("people", "cloud")
    member.refresh_from_db()
    assert not member.is_current


def test_people_are_found_by_a_part_of_name_or_address(classroom, teacher):
    for name, email in (("Ada", "x@example.org"), ("Bo", "ada.b@example.org"), ("Cy", "c@b.org")):
        MembershipFactory(classroom=classroom, person=UserFactory(display_name=name, email=email))
    found = teacher.get(url("people", "cloud"), {"q": " aDa "}).context["people"].page
    assert [it.person.display_name for it in found] == ["Ada", "Bo"]
    assert "Nobody matches." in text_of(teacher.get(url("people", "cloud"), {"q": "zz"}))


# --- Invitations ---------------------------------------------------------------------------


def test_an_invitation_is_made_shown_sent_again_and_withdrawn(classroom, teacher):
    data = {"email": "New@Example.org", "name": "New", "role": "assistant"}
    assert teacher.post(url("invite", "cloud"), data).status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("new@example.org", ROLE.ASSISTANT)
    assert "new@example.org" in text_of(teacher.get(url("people", "cloud")))
    Invitation.objects.update(mailed_at=timezone.now())
    address = url("invitation-change", "cloud", invitation.public_id)
    teacher.post(address, {"resend": "1"})
    invitation.refresh_from_db()
    assert invitation.mailed_at is None
    for _press in range(2):
        answer = teacher.post(address, {"resend": "1"}, follow=True)
    assert "sent several times within an hour" in text_of(answer)
    teacher.post(address, {"revoke": "1"})
    assert "new@example.org" not in text_of(teacher.get(url("people", "cloud")))
    assert teacher.post(address, {"resend": "1"}).status_code == 404


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 250 + "@example.org"])
def test_bad_addresses_are_not_invited(classroom, teacher, email):
    answer = teacher.post(url("invite", "cloud"), {"email": email, "role": "student"})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_inviting_says_the_same_with_and_without_an_account(classroom, teacher):
    addresses = [UserFactory().email, "nobody@example.org"]
    answers = [
        teacher.post(url("invite", "cloud"), {"email": email, "role": "student"}, follow=True)
        for email in addresses
    ]
    said = [[str(message) for message in answer.context["messages"]] for answer in answers]
    assert said[0] == said[1]


# --- Codes and labels ----------------------------------------------------------------------


def test_a_code_is_shown_once_with_its_link(classroom, teacher):
    label = ClassLabelFactory(classroom=classroom)
    data = {"expires_at": "2027-01-15T23:59", "max_uses": "30", "label": label.pk}
    page = teacher.post(url("codes", "cloud"), data)
    code = page.context["fresh"]["text"]
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    assert f"/classes/join/{code}/" in text_of(page)
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    stored = JoinCode.objects.get()
    assert (stored.max_uses, stored.label) == (30, label)
    # The end of a minute in Berlin.
    assert stored.expires_at.isoformat() == "2027-01-15T22:59:00+00:00"
    again = text_of(teacher.get(url("codes", "cloud")))
    assert code not in again
    assert code[5:] not in again
    assert join_by_code(code, person=UserFactory()).classroom == classroom


@pytest.mark.parametrize(
    "change",
    [
        {"max_uses": "0"},
        {"max_uses": "1001"},
        {"max_uses": "many"},
        {"expires_at": "2020-01-01T10:00"},
        {"expires_at": "2099-01-01T10:00"},
        {"expires_at": "soon"},
        {"expires_at": ""},
        {"label": "999999"},
    ],
)
def test_a_code_keeps_its_bounds(classroom, teacher, change):
    soon = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    answer = teacher.post(url("codes", "cloud"), {"expires_at": soon, "max_uses": "30", **change})
    assert answer.status_code == 422
    assert not JoinCode.objects.exists()


def test_a_code_is_revoked(full, teacher):
    code = full.join_codes.get()
    teacher.post(url("code-revoke", "cloud", code.public_id))
    assert "Revoked" in text_of(teacher.get(url("codes", "cloud")))
    code.refresh_from_db()
    assert code.revoked_at is not None


def test_labels_are_made_renamed_and_deleted_when_unused(classroom, teacher):
    address = url("labels", "cloud")
    data = {"name": " Evening  group ", "extra_time": "1.5", "reason": "agreed"}
    assert teacher.post(address, data).status_code == 302
    label = classroom.labels.get()
    assert (label.name, label.extra_time_factor) == ("Evening group", Decimal("1.5"))
    teacher.post(address, {"label": label.pk, "name": "Late"})
    label.refresh_from_db()
    assert (label.name, label.extra_time_factor, label.extra_time_reason) == ("Late", None, "")
    member = MembershipFactory(classroom=classroom, labels=[label])
    answer = teacher.post(address, {"label": label.pk, "delete": "1"}, follow=True)
    assert "This label is in use" in text_of(answer)
    member.labels.clear()
    teacher.post(address, {"label": label.pk, "delete": "1"})
    assert not classroom.labels.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"name": ""},
        {"name": "x" * 41},
        {"name": "a;b"},
        {"name": "EVENING"},
        {"name": "New", "extra_time": "2"},
    ],
)
def test_a_label_that_cannot_be_says_why(classroom, teacher, data):
    ClassLabelFactory(classroom=classroom, name="Evening")
    answer = teacher.post(url("labels", "cloud"), data)
    assert answer.status_code == 422
    assert classroom.labels.count() == 1


# --- The roster ----------------------------------------------------------------------------


def upload(client: Client, data: str | bytes, **how):
    content = data if isinstance(data, bytes) else data.encode()
    file = SimpleUploadedFile("roster.csv", content)
    return client.post(url("roster", "cloud"), {"roster": file}, **how)


def confirm(client: Client, page, how: str = "all", **more):
    print_of = page.context["roster"].fingerprint
    data = {"confirm": how, "fingerprint": print_of}
    return client.post(url("roster", "cloud"), data, **more)


ROSTER = "email,labels\nann@example.org,Evening\nbo@example.org,\n"


def test_a_roster_is_looked_at_and_then_brought_in(classroom, teacher):
    page = upload(teacher, ROSTER, follow=True)
    assert page.context["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "refused": 0}
    assert not Invitation.objects.exists()
    assert confirm(teacher, page).url == url("people", "cloud")
    assert Invitation.objects.count() == 2
    again = confirm(teacher, page, follow=True)
    assert "The file is no longer kept" in text_of(again)
    assert Invitation.objects.count() == 2


def test_with_refused_rows_only_the_valid_ones_are_offered(classroom, teacher):
    page = upload(teacher, ROSTER + "bad,\n=1+1@example.org,\n", follow=True)
    shown = text_of(page)
    assert "“bad” is no e-mail address" in shown
    assert "begins like a formula" in shown
    assert 'value="all"' not in shown
    assert confirm(teacher, page, "all").url.endswith("?rehearsal")
    assert not Invitation.objects.exists()
    confirm(teacher, page, "valid")
    assert Invitation.objects.count() == 2


def test_a_roster_is_not_done_when_something_else_would_happen(classroom, teacher):
    page = upload(teacher, ROSTER, follow=True)
    InvitationFactory(classroom=classroom, email="ann@example.org")
    answer = confirm(teacher, page, follow=True)
    assert "The class has changed since you looked" in text_of(answer)
    assert answer.context["counts"]["created"] == 1
    assert Invitation.objects.count() == 1


def test_the_file_of_another_tab_is_not_confirmed_unseen(classroom, teacher):
    first = upload(teacher, ROSTER, follow=True)
    upload(teacher, "email\nother@example.org\n")
    confirm(teacher, first)
    assert not Invitation.objects.exists()


def test_nobody_confirms_the_file_of_somebody_else(classroom, teacher):
    page = upload(teacher, ROSTER, follow=True)
    colleague = MembershipFactory(classroom=classroom, instructor=True).person
    answer = confirm(signed_in(colleague), page, follow=True)
    assert "The file is no longer kept" in text_of(answer)
    assert not Invitation.objects.exists()


def test_a_file_that_ran_out_is_asked_for_again(classroom, teacher):
    page = upload(teacher, ROSTER, follow=True)
    cache.clear()
    address = f"{url('roster', 'cloud')}?rehearsal"
    assert "no longer kept" in text_of(teacher.get(address, follow=True))
    assert "nothing is done" in text_of(confirm(teacher, page, follow=True))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        ("email,shoe size\na@example.org,4\n", "Line 1: There is a column “shoe size”"),
        ("name\nAnn\n", "There is no column “email”"),
        (b"\x00\x01\x02", "This is no table"),
        ("email\n" + "a@example.org\n" * 20_001, "more than 20000 rows"),
        ("email\n" + "\n".join(f"p{n}@ex.org" for n in range(50_000)), "more than 20000 rows"),
        (b"email\n" + b"x" * (2 * 1024 * 1024), "larger than 2 MB"),
    ],
)
def test_a_file_of_no_use_is_answered_with_what_to_do(classroom, teacher, data, said):
    answer = upload(teacher, data)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Invitation.objects.exists()


def test_no_file_at_all_is_said(classroom, teacher):
    answer = teacher.post(url("roster", "cloud"), {})
    assert answer.status_code == 422
    assert "Choose a file" in text_of(answer)


def test_long_rosters_show_the_true_counts(classroom, teacher):
    rows = "".join(f"p{number}@example.org\n" for number in range(60)) + "bad\n" * 210
    page = upload(teacher, "email\n" + rows, follow=True)
    parts = {part["outcome"]: part for part in page.context["parts"]}
    assert (parts["created"]["count"], len(parts["created"]["rows"])) == (60, 50)
    assert (parts["refused"]["count"], len(parts["refused"]["rows"])) == (210, 200)
    assert "and 10 more" in text_of(page)


def test_what_stands_in_a_roster_is_text(classroom, teacher):
    page = upload(teacher, 'email,name\n<script>x</script>,"<img src=x>"\n', follow=True)
    assert b"<script>x" not in page.content
    assert b"<img src=x" not in page.content


def test_the_template_names_every_column_and_is_a_roster(classroom, teacher):
    answer = teacher.get(url("roster-template", "cloud"))
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbfemail,name,role,labels,extra_time,reason")
    page = upload(teacher, answer.content + b"ann@example.org,Ann,,,,\r\n", follow=True)
    assert page.context["counts"]["created"] == 1
