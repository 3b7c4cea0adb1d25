"""The API of two-factor login: the second window, one's own factors, the policy, text messages."""

from __future__ import annotations

from typing import Any

from vestibule.models import Client, FactorKind, Session
from vestibule.remote.caller import Caller
from vestibule.two_factor_models import (
    AppSetup,
    ChallengeAnswer,
    FactorAdded,
    FactorConfirm,
    FactorRemoval,
    FactorRemoved,
    Method,
    Notices,
    NoticesSeen,
    Policy,
    PolicyChange,
    RecoveryCode,
    Sms,
    SmsCode,
    SmsPage,
    SmsSetup,
    SmsTest,
    TwoFactor,
)


class TwoFactorCalls(Caller):
    """The part of the API that is about second factors."""

    async def answer(self, challenge: str, method: Method, code: str) -> Session:
        """Go through the second window and speak as the session from now on."""
        body = ChallengeAnswer(method=method, code=code)
        session = await self._ask("POST", f"/v1/challenges/{challenge}", Session, body)
        self.use_token(session.token)
        return session

    async def send_login_code(self, challenge: str) -> SmsCode:
        """Have a code sent for this login."""
        return await self._ask("POST", f"/v1/challenges/{challenge}/sms", SmsCode)

    async def login_code(self, challenge: str) -> SmsCode:
        """How far the last code sent for this login has come."""
        return await self._ask("GET", f"/v1/challenges/{challenge}/sms", SmsCode)

    async def two_factor(self) -> TwoFactor:
        """My factors."""
        return await self._ask("GET", "/v1/me/factors", TwoFactor)

    async def begin_app(self) -> AppSetup:
        """A new secret for my authenticator app."""
        return await self._ask("POST", "/v1/me/factors/app", AppSetup)

    async def begin_sms(self, country: str, number: str) -> SmsCode:
        """Have a code sent to a new number of mine."""
        body = SmsSetup(country=country, number=number)
        return await self._ask("POST", "/v1/me/factors/sms", SmsCode, body)

    async def setup_code(self) -> SmsCode:
        """How far the code for my new number has come."""
        return await self._ask("GET", "/v1/me/factors/sms", SmsCode)

    async def confirm_factor(self, kind: FactorKind, code: str) -> FactorAdded:
        """Prove a factor; the session's token changes."""
        path = f"/v1/me/factors/{kind.value}/confirm"
        return await self._renew(
            path, FactorAdded, FactorConfirm(code=code), lambda added: added.session.token
        )

    async def new_recovery_code(self) -> RecoveryCode:
        """A new recovery code; the one before is dead."""
        return await self._ask("POST", "/v1/me/recovery", RecoveryCode)

    async def send_removal_code(self) -> SmsCode:
        """Have a code sent to my number, to switch a factor off."""
        return await self._ask("POST", "/v1/me/factors/sms/code", SmsCode)

    async def removal_code(self) -> SmsCode:
        """How far that code has come."""
        return await self._ask("GET", "/v1/me/factors/sms/code", SmsCode)

    async def remove_factor(self, kind: FactorKind, removal: FactorRemoval) -> FactorRemoved:
        """Switch a factor of mine off."""
        return await self._ask("DELETE", f"/v1/me/factors/{kind.value}", FactorRemoved, removal)

    async def notices(self) -> Notices:
        """What happened to my access that I was not told yet."""
        return await self._ask("GET", "/v1/me/notices", Notices)

    async def seen_notices(self, last: int) -> None:
        """I have read everything up to ``last``."""
        await self._send("POST", "/v1/me/notices/seen", NoticesSeen(last=last))

    async def policy(self) -> Policy:
        """Who must use two factors."""
        return await self._ask("GET", "/v1/policy", Policy)

    async def change_policy(self, change: PolicyChange) -> Policy:
        """Turn switches of the policy."""
        return await self._ask("PATCH", "/v1/policy", Policy, change)

    async def reset_factors(self, client_id: str) -> Client:
        """Clear a client's factors and end its sessions."""
        return await self._ask("POST", f"/v1/clients/{client_id}/reset", Client)

    async def send_test_sms(self, number: str) -> Sms:
        """Send a message for trying out."""
        return await self._ask("POST", "/v1/sms", Sms, SmsTest(number=number))

    async def sms(self, sms_id: str) -> Sms:
        """One text message."""
        return await self._ask("GET", f"/v1/sms/{sms_id}", Sms)

    async def sms_page(self, limit: int = 50, cursor: str | None = None) -> SmsPage:
        """Text messages, newest first."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._ask("GET", "/v1/sms", SmsPage, query=query)
