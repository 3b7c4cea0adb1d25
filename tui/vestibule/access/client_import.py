"""Many clients at once: all of them, or none when a single line is wrong."""

from __future__ import annotations

from sqlalchemy import select

from vestibule.access import clients, holding, sessions
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import Client, ClientImport, ClientImported, ClientLine, ClientNew, WrongLine
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client

_OF_THE_PERSON = frozenset({"reauthentication_needed"})
"""What is wrong with who asks, not with the line."""


class _Undo(Exception):
    """Nothing of it shall stay."""


def take(store: Store, who: Principal, sent: ClientImport, links: str) -> ClientImported:
    """Add and edit clients as ``sent`` says; without effect when a line is wrong, or only to be looked at.

    A line with an id edits that client, as ``clients.edit`` would; one without adds one. A dry look does
    all that the real one does, and undoes it. Raises Refused ``reauthentication_needed``, and when who
    asks was signed out meanwhile.
    """
    done = ClientImported(added=[], changed=0, unchanged=0, wrong=[])
    try:
        with store.write() as tx:
            sessions.still_stands(tx, who)
            named = [line.id for line in sent.clients if line.id is not None]
            holding.hold_clients(tx, select(client.c.id).where(client.c.id.in_(named)))
            for position, line in enumerate(sent.clients):
                _try(tx, who, position, line, sent.code_minutes, links, done)
            if done.wrong or sent.dry_run:
                raise _Undo
    except _Undo:
        done.added = [_without_code(added) for added in done.added] if not done.wrong else []
    return done


def _try(
    tx: Transaction,
    who: Principal,
    position: int,
    line: ClientLine,
    minutes: int,
    links: str,
    done: ClientImported,
) -> None:
    try:
        # A database that has refused a row goes on from here.
        with tx.connection.begin_nested():
            _do(tx, who, line, minutes, links, done)
    except Refused as refused:
        if refused.code in _OF_THE_PERSON:
            raise
        wrong = WrongLine(position=position, code=refused.code, field=refused.field, detail=refused.detail)
        done.wrong.append(wrong)


def _do(
    tx: Transaction, who: Principal, line: ClientLine, minutes: int, links: str, done: ClientImported
) -> None:
    if line.id is None:
        said = {name: getattr(line.fields, name) for name in line.fields.__struct_fields__}
        done.added.append(clients.add(tx, who, ClientNew(**said, code_minutes=minutes), links))
        return
    before = clients.get(tx, line.id, links)
    if clients.edit(tx, who, line.id, line.fields, links) == before:
        done.unchanged += 1
    else:
        done.changed += 1


def _without_code(added: Client) -> Client:
    """As it would be: the code that was made to look at it is none."""
    added.code = added.code_expires_at = None
    added.label = added.name
    return added
