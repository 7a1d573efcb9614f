"""What data subjects are called in the ledger: opaque ids, so that no entry says who was erased.

A subject who has an account goes by its id. Anybody else goes by a keyed digest of what names them,
such as an address, since an entry about an erasure keeps the subject's name for ever.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.db import connection
from django.utils.encoding import force_bytes


def subject_of(name: str) -> str:
    """The subject who goes by this name; case and space around it make no difference."""
    return _digest(settings.SECRET_KEY, name)


def subjects_meant(text: str) -> list[str]:
    """The subjects with a key that somebody may mean: by id, or by what names them.

    Names are tried under the present secret of the installation and under its former ones.
    """
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    meant = [text, *(_digest(secret, text) for secret in secrets)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select subject from audit_subject_key where subject = any(%s) order by made_at",
            [meant],
        )
        return [subject for (subject,) in cursor.fetchall()]


def _digest(secret: str | bytes, name: str) -> str:
    said = f"subject:{name.strip().casefold()}".encode()
    return "s-" + hmac.new(force_bytes(secret), said, hashlib.sha256).hexdigest()[:32]
