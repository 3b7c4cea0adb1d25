"""Text messages: try the gateway out, and see what became of each."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from vestibule.access import outbox, phones, sms_texts
from vestibule.i18n import SOURCE
from vestibule.server.operation import Call, Operation, Work
from vestibule.two_factor_models import Sms, SmsPage, SmsPurpose, SmsTest

_TEST_SECONDS = 600


class SmsQuery(Struct, forbid_unknown_fields=True):
    """``cursor`` continues."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=60)] | None = None


def get_sms_page(call: Call) -> SmsPage:
    """The newest messages first."""
    return outbox.page(call.open, call.query.cursor, call.query.limit)


def get_one_sms(call: Call) -> Sms:
    """One message."""
    return outbox.view(outbox.find(call.open, call.path["sms_id"]))


def post_sms_test(call: Call) -> Sms:
    """Send a message for trying out."""
    body: SmsTest = call.body
    phone = phones.mobile("", body.number)
    language = sms_texts.language_of(call.open, None) or SOURCE
    text = sms_texts.test(call.open, language)
    sent = outbox.queue(call.open, call.gateway, phone, SmsPurpose.TEST, text, _TEST_SECONDS, who=call.who)
    return outbox.view(outbox.find(call.open, sent))


OPERATIONS = (
    Operation(
        "GET", "/v1/sms", get_sms_page, "Text messages", SmsPage, query=SmsQuery, refusals=("cursor_invalid",)
    ),
    Operation("GET", "/v1/sms/{sms_id}", get_one_sms, "One text message", Sms, refusals=("sms_unknown",)),
    Operation(
        "POST",
        "/v1/sms",
        post_sms_test,
        "Send a message for trying out",
        Sms,
        work=Work.WRITE,
        status=201,
        body=SmsTest,
        refusals=(
            "phone_invalid",
            "phone_landline",
            "phone_premium",
            "sms_not_set_up",
            "sms_limit",
            "sms_prefix",
        ),
    ),
)
