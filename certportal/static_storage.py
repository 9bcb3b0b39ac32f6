"""Hashed static files whose modules import each other by their hashed names, too.

Otherwise a browser could mix old and new modules for a while after an update.
"""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


class CompressedHashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """For images: compressed once when they are built."""

    support_js_module_import_aggregation = True
