"""Django's mail settings out of one URL, as the other servers have one."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

SMTP_PORT, SMTPS_PORT = 587, 465
SECONDS = 15


def mail_settings(url: str) -> dict[str, object]:
    """What Django wants to know of a mail server; an empty URL means that there is none.

    `smtp://` starts in the clear and turns to TLS before anything is said, except to this machine;
    `smtps://` is TLS from the start.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    whole = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": host,
        "EMAIL_PORT": parts.port or (SMTPS_PORT if whole else SMTP_PORT),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": whole,
        "EMAIL_USE_TLS": bool(host) and not whole and host not in {"127.0.0.1", "localhost"},
        "EMAIL_TIMEOUT": SECONDS,
    }
