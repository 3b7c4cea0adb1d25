"""Signing a device out for good."""

from __future__ import annotations

from vestibule.access import leaving
from vestibule.models import DeviceForget
from vestibule.server.operation import Call, Needs, Operation, Work


def post_forget(call: Call) -> None:
    """By the device's own token."""
    leaving.forget_device(call.open, call.who.source, call.body.token)


OPERATIONS = (
    Operation(
        "POST",
        "/v1/devices/forget",
        post_forget,
        "Sign a device out for good, by its own token",
        returns=None,
        needs=Needs.ANYONE,
        work=Work.WRITE,
        status=204,
        body=DeviceForget,
        refusals=("device_unknown",),
    ),
)
