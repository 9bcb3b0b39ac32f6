"""Keeps a roster between its rehearsal and its import, for one person and one class."""

from __future__ import annotations

import zlib

from django.core.cache import cache

from certportal.accounts.models import Classroom, User

KEPT_MINUTES = 30


def keep_upload(classroom: Classroom, person: User, data: bytes) -> None:
    """Keep a file; another one of the same person for the same class takes its place."""
    cache.set(_key(classroom, person), zlib.compress(data), timeout=KEPT_MINUTES * 60)


def kept_upload(classroom: Classroom, person: User) -> bytes | None:
    """The file, or None once its time is over."""
    packed: bytes | None = cache.get(_key(classroom, person))
    return None if packed is None else zlib.decompress(packed)


def forget_upload(classroom: Classroom, person: User) -> None:
    cache.delete(_key(classroom, person))


def _key(classroom: Classroom, person: User) -> str:
    return f"roster:{classroom.pk}:{person.pk}"
