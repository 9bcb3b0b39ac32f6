from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from certportal.health import OLDEST_SWEEP, SWEEP_KEY, note_sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cache_table(db):
    call_command("createcachetable", verbosity=0)
    cache.clear()


def _note(age: timedelta) -> None:
    cache.set(SWEEP_KEY, (timezone.now() - age).isoformat(), timeout=None)


def test_the_process_answers_without_a_database(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_ready_once_somebody_swept(client: Client):
    assert client.get("/readyz").status_code == 503
    note_sweep()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["sweeper_age_s"] < 5


@pytest.mark.parametrize(
    ("age", "status"),
    [(OLDEST_SWEEP - timedelta(seconds=5), 200), (OLDEST_SWEEP + timedelta(seconds=1), 503)],
)
def test_an_old_sweep_is_not_ready(client: Client, age, status):
    _note(age)
    assert client.get("/readyz").status_code == status


def test_while_developing_the_worker_may_be_off(client: Client, settings):
    settings.DEBUG = True
    assert client.get("/readyz").status_code == 200


def test_a_database_that_forgets_is_not_ready(client: Client, settings):
    note_sweep()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["durable"] is False


def test_outside_tests_fsync_must_be_on(client: Client, settings):
    note_sweep()
    settings.EXAMS_NEED_DURABLE_DATABASE = True  # the tests' server runs without fsync
    assert client.get("/readyz").status_code == 503
