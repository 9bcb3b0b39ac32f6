from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from certportal.accounts.models import Notice
from certportal.accounts.selectors import NOTICES_PER_PAGE
from certportal.accounts.services.erasing import erase_person
from certportal.accounts.services.notifying import mark_all_read, notify
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_the_same_event_tells_a_person_once():
    person, other = UserFactory(), UserFactory()
    first = notify(person, kind="regrade", event_key="exam:1", data={"score": 700})
    again = notify(person, kind="regrade", event_key="exam:1", data={"score": 900})
    assert first == again
    notify(other, kind="regrade", event_key="exam:1")
    notify(person, kind="regrade", event_key="exam:2")
    assert Notice.objects.filter(person=person).count() == 2
    assert Notice.objects.filter(person=other).count() == 1
    assert Notice.objects.get(person=person, event_key="exam:1").data == {"score": 700}


@pytest.mark.parametrize("kind", ["../secret", "two words", "", "a.html"])
def test_a_kind_is_the_name_of_a_template_in_its_folder(kind):
    with pytest.raises(ValidationError):
        notify(UserFactory(), kind=kind, event_key="x")


@pytest.mark.parametrize(
    "link", ["https://evil.example", "//evil.example", "/\\evil", "javascript:1"]
)
def test_links_stay_on_this_site(link):
    with pytest.raises(ValueError, match="page of this site"):
        notify(UserFactory(), kind="regrade", event_key="x", link=link)


def test_nobody_is_told_after_an_erasure():
    person = UserFactory()
    erase_person(person, by=person)
    assert notify(person, kind="regrade", event_key="x") is None
    assert Notice.objects.count() == 0


def test_marking_as_read_leaves_others_alone():
    person, other = UserFactory(), UserFactory()
    for n in range(3):
        notify(person, kind="regrade", event_key=f"{n}")
    notify(other, kind="regrade", event_key="x")
    assert mark_all_read(person) == 3
    assert mark_all_read(person) == 0
    assert Notice.objects.unread().get().person == other


def test_the_inbox_shows_new_lines_first_and_only_ones_own(client):
    person = UserFactory()
    client.force_login(person)
    notify(person, kind="regrade", event_key="old", link="/exams/old/")
    mark_all_read(person)
    notify(person, kind="regrade", event_key="new", link="/exams/new/")
    notify(UserFactory(), kind="regrade", event_key="other", link="/exams/other/")
    page = client.get(reverse("accounts:notices"))
    text = page.content.decode()
    assert 0 < text.index("/exams/new/") < text.index("/exams/old/")
    assert "/exams/other/" not in text
    assert "Something about your account changed" in text
    assert "no-store" in page["Cache-Control"]


def test_reading_does_not_mark_and_the_button_does(client):
    person = UserFactory()
    client.force_login(person)
    notify(person, kind="regrade", event_key="new")
    client.get(reverse("accounts:notices"))
    assert Notice.objects.unread().count() == 1
    assert client.get(reverse("accounts:notices-read")).status_code == 405
    response = client.post(reverse("accounts:notices-read"), follow=True)
    assert Notice.objects.unread().count() == 0
    assert "Mark all as read" not in response.content.decode()


def test_an_empty_inbox_says_so(client):
    client.force_login(UserFactory())
    assert "Nothing here" in client.get(reverse("accounts:notices")).content.decode()


@pytest.mark.parametrize("page", ["2", "99", "0", "x"])
def test_a_long_inbox_has_pages(client, page, django_assert_max_num_queries):
    person = UserFactory()
    client.force_login(person)
    Notice.objects.bulk_create(
        Notice(person=person, kind="regrade", event_key=str(n)) for n in range(NOTICES_PER_PAGE + 1)
    )
    with django_assert_max_num_queries(8):
        response = client.get(reverse("accounts:notices"), {"page": page})
    assert response.status_code == 200
    assert len(response.context["inbox"].lines) in {1, NOTICES_PER_PAGE}
