"""The settings of the portal's next version, whose scripts and styles are not those of this one."""

from __future__ import annotations

import os

from certportal.settings import *  # noqa: F403

STATICFILES_DIRS = [os.environ["NEXT_STATIC"]]
