"""How static files are named in production: by their content, imports between modules included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    """Names each file by its hash, so that browsers may keep it for ever."""

    support_js_module_import_aggregation = True
