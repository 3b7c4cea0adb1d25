"""Gateways by name: each turns a few named settings into those of the generic HTTP gateway."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from vestibule.sms.kinds import Filled, Http, Login, Secret, SmsSettings, SmsSettingsError


class Preset(SmsSettings, frozen=True, kw_only=True):
    """What a named gateway needs of the site. ``url`` is where it is, without the path."""

    url: str = ""

    def to_http(self) -> Http:
        """The same gateway as generic HTTP settings."""
        raise NotImplementedError

    def _http(self, path: str, **contract: Any) -> Http:
        common = {name: getattr(self, name) for name in SmsSettings.__struct_fields__}
        return Http(url=self.url.rstrip("/") + path, **common, **contract)


class _Named(Preset, frozen=True, kw_only=True):
    """A gateway that wants to be told who sends."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sender:
            raise SmsSettingsError("needed_here", "sender")


class Twilio(_Named, frozen=True, kw_only=True, tag_field="preset", tag="twilio"):
    """``account`` is the account SID, ``key`` an API key's SID where ``token`` is that key's secret."""

    account: Filled
    token: Secret
    key: str = ""
    url: str = "https://api.twilio.com"

    def to_http(self) -> Http:
        account = f"/2010-04-01/Accounts/{self.account}"
        # A messaging service stands in for a sender, and is named by another field.
        who = "MessagingServiceSid" if self.sender.startswith("MG") and len(self.sender) == 34 else "From"
        return self._http(
            f"{account}/Messages.json",
            user=self.key or self.account,
            password=self.token,
            basic=True,
            form={"To": "{to}", who: "{sender}", "Body": "{text}", "ValidityPeriod": "{seconds}"},
            statuses=(201,),
            id_path="sid",
            reason_path="message",
            check_url=f"{self.url.rstrip('/')}{account}.json",
        )


class Vonage(_Named, frozen=True, kw_only=True, tag_field="preset", tag="vonage"):
    """``account`` is the API key, ``token`` the API secret."""

    account: Filled
    token: Secret
    url: str = "https://rest.nexmo.com"

    def to_http(self) -> Http:
        return self._http(
            "/sms/json",
            user=self.account,
            password=self.token,
            form={
                "api_key": "{user}",
                "api_secret": "{password}",
                "from": "{sender}",
                "to": "{to_plain}",
                "text": "{text}",
                "type": "{coding}",
                "ttl": "{milliseconds}",
                "client-ref": "{ref}",
            },
            statuses=(200,),
            # Vonage says 200 also when it refuses: each part has its own status.
            json_path="messages.*.status",
            json_values=("0",),
            again_values=("1", "5"),  # throttled, trouble of its own
            id_path="messages.0.message-id",
            reason_path="messages.*.error-text",
        )


class Elks(_Named, frozen=True, kw_only=True, tag_field="preset", tag="46elks"):
    """``account`` is the API user name, ``token`` the API password."""

    account: Filled
    token: Secret
    url: str = "https://api.46elks.com"

    def to_http(self) -> Http:
        return self._http(
            "/a1/sms",
            user=self.account,
            password=self.token,
            basic=True,
            # dontlog: the provider keeps no copy of the code.
            form={"from": "{sender}", "to": "{to}", "message": "{text}", "dontlog": "message"},
            statuses=(200,),
            json_path="status",
            json_values=("created", "sent", "delivered"),
            id_path="id",
            check_url=f"{self.url.rstrip('/')}/a1/me",
        )


class Seven(Preset, frozen=True, kw_only=True, tag_field="preset", tag="seven"):
    """``token`` is the API key."""

    token: Secret
    url: str = "https://gateway.seven.io"

    def to_http(self) -> Http:
        return self._http(
            "/api/sms",
            password=self.token,
            headers={"X-Api-Key": "{password}", "Accept": "application/json"},
            json={
                "to": "{to}",
                "text": "{text}",
                "from": "{sender}",
                "ttl": "{minutes}",
                "foreign_id": "{ref}",
            },
            statuses=(200,),
            # seven says 200 also when it refuses; 600 is a carrier's failure.
            json_path="success",
            json_values=("100", 100),
            again_values=("600", 600),
            id_path="messages.0.id",
            reason_path="messages.*.error_text",
        )


class MessageBird(_Named, frozen=True, kw_only=True, tag_field="preset", tag="messagebird"):
    """``token`` is the access key."""

    token: Secret
    url: str = "https://rest.messagebird.com"

    def to_http(self) -> Http:
        return self._http(
            "/messages",
            password=self.token,
            headers={"Authorization": "AccessKey {password}"},
            json={
                "originator": "{sender}",
                "recipients": ["{to_plain}"],
                "body": "{text}",
                "datacoding": "auto",
                "validity": "{seconds}",
                "reference": "{ref}",
            },
            statuses=(201,),
            id_path="id",
            reason_path="errors.0.description",
            check_url=f"{self.url.rstrip('/')}/balance",
        )


class SmsEagle(Preset, frozen=True, kw_only=True, tag_field="preset", tag="smseagle"):
    """A gateway in the house, API v1. ``token`` is the API user's access token."""

    url: Filled
    token: Secret

    def to_http(self) -> Http:
        return self._http(
            "/http_api/send_sms",
            method="GET",
            password=self.token,
            query={
                "access_token": "{password}",
                "to": "{to}",
                "message": "{text}",
                "unicode": "{unicode}",
                "validity": "{validity}",
            },
            statuses=(200,),
            body_starts="OK",
        )


class Teltonika(Preset, frozen=True, kw_only=True, tag_field="preset", tag="teltonika"):
    """A RutOS router from 7.14 on; ``modem`` is its name for the SIM's modem."""

    url: Filled
    user: Filled
    password: Secret
    modem: str = "1-1"

    def to_http(self) -> Http:
        login = Login(
            url=f"{self.url.rstrip('/')}/api/login",
            json={"username": "{user}", "password": "{password}"},
            token_path="data.token",  # noqa: S106 - where it stands in the answer
        )
        return self._http(
            "/api/messages/actions/send",
            user=self.user,
            password=self.password,
            login=login,
            headers={"Authorization": "Bearer {token}"},
            json={"data": {"number": "{to}", "message": "{text}", "modem": self.modem}},
            statuses=(200,),
            json_path="success",
            json_values=(True,),
            reason_path="errors.*.error",
        )


class TeltonikaOld(Preset, frozen=True, kw_only=True, tag_field="preset", tag="teltonika_old"):
    """A RutOS router before 7.14 with *SMS gateway by HTTP* turned on."""

    url: Filled
    user: Filled
    password: Secret

    def to_http(self) -> Http:
        return self._http(
            "/cgi-bin/sms_send",
            method="GET",
            user=self.user,
            password=self.password,
            query={
                "username": "{user}",
                "password": "{password}",
                "number": "{to_00}",
                "text": "{text}",
            },
            statuses=(200,),
            body_starts="OK",
        )


class MikroTik(Preset, frozen=True, kw_only=True, tag_field="preset", tag="mikrotik"):
    """RouterOS 7's REST interface; ``port`` is the modem's interface."""

    url: Filled
    user: Filled
    password: Secret
    port: str = "lte1"

    def to_http(self) -> Http:
        return self._http(
            "/rest/tool/sms/send",
            user=self.user,
            password=self.password,
            basic=True,
            json={"port": self.port, "phone-number": "{to}", "message": "{text}"},
            statuses=(200,),
            reason_path="detail",
            check_url=f"{self.url.rstrip('/')}/rest/system/identity",
        )


_ALL = (Twilio, Vonage, Elks, Seven, MessageBird, SmsEagle, Teltonika, TeltonikaOld, MikroTik)


def _tag(shape: type[Struct]) -> str:
    tag = shape.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


PRESETS: dict[str, type[Preset]] = {_tag(shape): shape for shape in _ALL}
