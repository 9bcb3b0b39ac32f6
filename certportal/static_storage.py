"""Hashed static files whose modules import each other by their hashed names, too.

Otherwise a browser could mix old and new modules for a while after an update.
"""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Without the last, `import("…")`: our modules say it only in comments, to name a type of
# another module, and two that name each other's would never get their final names.
_, _IMPORTS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns  # type: ignore[attr-defined]  # noqa: SLF001
_MODULES = ("*.js", _IMPORTS[:-1])
# A name changes with those of everything imported; Django gives up after five steps.
_DEEPEST_IMPORT = 20


class HashedStorage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = _MODULES
    max_post_process_passes = _DEEPEST_IMPORT


class CompressedHashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """For images: compressed once when they are built."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = _MODULES
    max_post_process_passes = _DEEPEST_IMPORT
