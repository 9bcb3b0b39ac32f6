"""The settings of a portal that trusts old connections: the control of the fault F10."""

from __future__ import annotations

from certportal.settings import *  # noqa: F403
from certportal.settings import DATABASES

DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
