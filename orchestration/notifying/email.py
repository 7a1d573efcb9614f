"""Messages by e-mail, over the mail server that the installation names in SMTP_URL."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from orchestration.errors import ConfigurationError
from orchestration.notifying.message import Message
from orchestration.outgoing.client import CallFailed


def send(destination: str, _secret: str, message: Message) -> None:
    """Send a message to one address.

    Raises:
        ConfigurationError: the installation names no mail server.
        CallFailed: the mail server did not take it.
    """
    if not settings.EMAIL_HOST:
        raise ConfigurationError("no mail server is set; an admin of the machine sets SMTP_URL")
    mail = EmailMessage(
        message.title,
        message.text(),
        to=[destination],
        headers={"Message-ID": f"<{message.id}@signalbox>", "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as error:
        raise CallFailed(f"the mail server did not take it: {type(error).__name__}") from error
