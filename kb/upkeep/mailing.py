"""Mail: how a message of notices is written, and the one door to the mail server.

A message goes to one person, in their language, as plain text; headers are set through the email package, which encodes
what is no ASCII and refuses a line break, so that no title can add a header. Its id follows from the notices in it:
sent twice after a crash, it can be told for the same.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kb.errors import Invalid
from kb.messages.catalogue import say
from kb.messages.message import Message
from kb.settings import MAIL_ADDRESS, MailSettings

LONGEST_ADDRESS = 254
_LONGEST_SUBJECT = 120  # characters
_CONTROL = dict.fromkeys((*range(32), 127, 0x2028, 0x2029, 0x85))


@dataclass(frozen=True, slots=True)
class Item:
    """A notice as mail tells it."""

    notice_id: int
    message: Message
    link: str


class Refused(Exception):
    """The server does not take this message; ``is_final``: nor will it later. ``code`` is a word for the log."""

    def __init__(self, code: str, *, is_final: bool) -> None:
        super().__init__(code)
        self.code, self.is_final = code, is_final


def check_address(text: str, *, key: str = "mail", domains: str = "") -> str:
    """A mail address as it is used; raises Invalid for what is none, or is of no domain that is allowed."""
    address = text.strip()
    if len(address) > LONGEST_ADDRESS or not MAIL_ADDRESS.fullmatch(address):
        raise Invalid("mail_address", "{key}: this is no mail address", key=key, fields={key: "not an address"})
    allowed = {one.strip().lower() for one in domains.split(",") if one.strip()}
    if allowed and address.rpartition("@")[2].lower() not in allowed:
        raise Invalid("mail_domain", "{key}: addresses must be of {domains}", key=key, domains=sorted(allowed),
                      fields={key: "another domain"})
    return address


def written(items: Sequence[Item], *, to: str, language: str, sender: str, hotline: str, base_url: str,
            now: datetime) -> EmailMessage:
    """One message with these notices."""
    lines = [say(item.message, language).translate(_CONTROL) for item in items]
    message = EmailMessage(policy=SMTP)
    subject = lines[0] if len(lines) == 1 else say(Message("{count} notices", count=len(lines)), language)
    message["Subject"] = f"[{hotline}] {subject}".translate(_CONTROL)[:_LONGEST_SUBJECT]
    message["From"] = Address(display_name=hotline.translate(_CONTROL), addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(now)
    told = ",".join(str(item.notice_id) for item in items)
    message["Message-ID"] = f"<kb-{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    body = "\n\n".join(f"{line}\n{base_url.rstrip('/')}{item.link}" for line, item in zip(lines, items, strict=True))
    foot = say(Message("You choose on the page of notices what you are sent: {address}",
                       address=f"{base_url.rstrip('/')}/notices/choices"), language)
    message.set_content(f"{body}\n\n--\n{foot}\n", cte="base64")
    return message


@contextmanager
def connected(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, encrypted and signed in as the settings say; raises Refused."""
    try:
        context = ssl.create_default_context()
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.seconds,
                                                    context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.seconds)
        with server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
            yield server
    except smtplib.SMTPAuthenticationError as error:
        raise Refused("mail_sign_in", is_final=False) from error
    except ssl.SSLError as error:
        raise Refused("mail_certificate", is_final=False) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Refused("mail_server", is_final=False) from error


def send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand one message over; raises Refused."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise Refused("mail_recipient", is_final=all(code >= 500 for code in codes)) from error
    except smtplib.SMTPResponseException as error:
        raise Refused("mail_refused", is_final=error.smtp_code >= 500) from error
