"""Who must use two factors, and what that needs."""

from __future__ import annotations

from vestibule.access import clients, factors, policy, sessions
from vestibule.models import Client
from vestibule.server.operation import Call, Operation, Work
from vestibule.two_factor_models import Policy, PolicyChange


def get_policy(call: Call) -> Policy:
    """The policy, its requirements, its numbers."""
    needs = call.requirements()
    with call.store.read() as tx:
        return policy.show(tx, needs, call.gateway.channel.kind if call.gateway else "")


def patch_policy(call: Call) -> Policy:
    """Turn switches."""
    with call.store.write() as tx:
        sessions.still_stands(tx, call.who)
        policy.change(tx, call.who, call.body, gateway=call.gateway is not None)
    return get_policy(call)


def post_reset(call: Call) -> Client:
    """Clear a client's factors."""
    client_id = call.path["client_id"]
    factors.reset(call.open, call.gateway, call.who, client_id)
    return clients.get(call.open, client_id, call.links)


OPERATIONS = (
    Operation("GET", "/v1/policy", get_policy, "Who must use two factors", Policy, work=Work.NOTHING),
    Operation(
        "PATCH",
        "/v1/policy",
        patch_policy,
        "Turn switches of the policy",
        Policy,
        work=Work.NOTHING,
        body=PolicyChange,
        refusals=("reauthentication_needed", "sms_not_set_up"),
    ),
    Operation(
        "POST",
        "/v1/clients/{client_id}/reset",
        post_reset,
        "Clear a client's second factors",
        Client,
        work=Work.WRITE,
        refusals=("client_unknown", "service_reset", "not_yourself", "reauthentication_needed"),
    ),
)
