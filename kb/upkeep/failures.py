"""Why something could not be sent, in words: of the codes that deliveries keep."""

from __future__ import annotations

from kb.messages.message import Message

_WHY = {
    "mail_server": Message("the mail server could not be reached"),
    "mail_sign_in": Message("the mail server does not take user and password"),
    "mail_certificate": Message("the mail server does not show a certificate that holds"),
    "mail_recipient": Message("the mail server does not take the address"),
    "mail_refused": Message("the mail server does not take the message"),
    "fetch_name": Message("its name cannot be resolved"),
    "fetch_connect": Message("it takes no connection"),
    "fetch_tls": Message("it does not show a certificate that holds"),
    "fetch_time": Message("it did not reply in time"),
    "fetch_reply": Message("it broke off, or does not reply as it should"),
    "address_host": Message("its host is not on the list of those that may be told (webhooks.hosts)"),
    "address_port": Message("its port is not among those that may be asked (webhooks.ports)"),
    "address_inside": Message("its name stands for an address that is not open to this system"),
    "webhook_key": Message("its secret cannot be read: make a new one"),
}


def said_of(code: str, status: int | None = None) -> Message:
    """What went wrong; the code itself where nobody has worded it."""
    if code == "status":
        return Message("it replied {status}", status=status)
    return _WHY.get(code) or Message("{reason}", reason=code)
