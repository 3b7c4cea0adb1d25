"""The System settings in force: looked at, changed, and their secrets shown on request."""

from __future__ import annotations

from vestibule.access import project, settings
from vestibule.models import Reveal, Revealed, System, SystemChange
from vestibule.server.operation import Call, Operation, Work

_PROPERTIES = (
    "property_unknown",
    "property_kind",
    "system_name_needed",
    "choice_invalid",
    "serial_invalid",
    "latitude_invalid",
    "longitude_invalid",
    "address_invalid",
    "host_invalid",
    "port_invalid",
    "knx_invalid",
    "vnc_password_length",
    "password_short",
    "password_common",
)
TEXT = ("text_too_long", "text_hidden_characters", "text_too_many_marks")
NEW_VERSION = ("nothing_changed", "package_unknown", "package_incomplete", *TEXT)


def get_system(call: Call) -> System:
    """Version and settings; secrets only as whether they are set."""
    return settings.system(call.open)


def put_system(call: Call) -> System:
    """Make the next version; the hooks run after the answer."""
    body: SystemChange = call.body
    made = project.upload(call.store, call.who, call.version, body, call.packages, call.hooks.plan)
    call.hooks.run(made.version)
    return made


def post_reveal(call: Call) -> Revealed:
    """A secret in clear, for a person just recognised anew."""
    body: Reveal = call.body
    return Revealed(value=settings.reveal(call.open, call.who, body.name))


OPERATIONS = (
    Operation("GET", "/v1/system", get_system, "The settings in force", System, versioned=True),
    Operation(
        "PUT",
        "/v1/system",
        put_system,
        "Change settings: make the next version",
        System,
        work=Work.NOTHING,
        body=SystemChange,
        hashes=True,
        versioned=True,
        guarded=True,
        refusals=(*_PROPERTIES, *NEW_VERSION, "reauthentication_needed", "service_needed"),
    ),
    Operation(
        "POST",
        "/v1/system/reveal",
        post_reveal,
        "Show a secret",
        Revealed,
        work=Work.WRITE,
        body=Reveal,
        refusals=("reauthentication_needed", "secret_missing"),
    ),
)
