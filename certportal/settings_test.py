"""What the test runs change: speed, never behaviour that a test is about."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")

from certportal.settings import *  # noqa: F403
from certportal.settings import DATABASES, VAR_DIR

LOCAL_POSTGRES_DATA_DIR = VAR_DIR / "pg-test"
LOCAL_POSTGRES_FAST = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The database of the tests runs without fsync; the fault tests start one of their own.
EXAMS_NEED_DURABLE_DATABASE = False
# An empty dictionary would mean allauth's own limits.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False

# Transactional tests empty tables; the guard on evidence lets these connections do so.
DATABASES["default"]["OPTIONS"]["options"] = "-c certportal.may_truncate=on"
