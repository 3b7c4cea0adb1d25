"""What is wrong in the server's config.toml, as a sentence; the server says it by a code."""

from __future__ import annotations

from vestibule.config_fault import ConfigFault
from vestibule.i18n import _
from vestibule.render.rule_words import rule
from vestibule.text import NAME_LIMIT, visible


def fault(found: ConfigFault) -> str:
    """``[sms] text must contain {code}.``; a code that is not known here stays as it is."""
    if found.code == "rule":
        words = rule(found.detail, found.key)
    else:
        known = {**_file(), **_values(), **_secrets(), **_messages(), **_gateways()}
        about = {"key": visible(found.key, NAME_LIMIT), "detail": visible(found.detail)}
        words = known[found.code] % about if found.code in known else visible(found.code)
    return f"[{visible(found.table, NAME_LIMIT)}] {words}" if found.table else words


def _file() -> dict[str, str]:
    return {
        "not_utf8": _("config.toml is not UTF-8."),
        "not_toml": _("config.toml is not TOML (line %(detail)s)."),
        "not_a_table": _("must be a table."),
    }


def _values() -> dict[str, str]:
    return {
        "not_one_of": _("%(key)s must be one of: %(detail)s."),
        "empty": _("%(key)s must be text, and not empty."),
        "needed_here": _("%(key)s is needed by this gateway."),
        "not_visible": _("%(key)s must have visible characters only."),
        "too_long": _("%(key)s may have %(detail)s characters at most."),
        "not_ascii": _("%(key)s must be plain ASCII, without accents."),
        "placeholder_wrong": _("%(key)s has a placeholder that cannot be used there."),
    }


def _secrets() -> dict[str, str]:
    return {
        "given_twice": _("%(key)s and %(key)s_file cannot both be given."),
        "secret_in_open_file": _(
            "%(key)s may stand in config.toml only if its owner alone can read it. Use %(key)s_file."
        ),
        "secret_in_headers": _(
            "headers hold a secret: let them say {password} and use password_file, "
            "or let config.toml be read by its owner alone."
        ),
        "not_a_path": _("%(key)s must be the path of a file."),
        "file_missing": _("%(key)s names a file that is not there."),
        "file_open": _("%(key)s names a file that others can read. Make its mode 0600."),
        "file_not_one_line": _("%(key)s names a file that does not hold one line of text."),
        "file_unreadable": _("%(key)s cannot be read: %(detail)s."),
    }


def _messages() -> dict[str, str]:
    return {
        "text_without_code": _("text must contain {code}."),
        "text_placeholder_wrong": _("text may contain {code}, {site} and {minutes} only."),
        "prefix_invalid": _("prefixes must look like +41."),
        "country_invalid": _("country must be two capital letters, like CH."),
    }


def _gateways() -> dict[str, str]:
    return {
        "preset_not_http": _('preset needs kind = "http".'),
        "folders_same": _("outbox, sent and error must be three folders."),
        "several_bodies": _("only one of json, form and raw can be the body."),
        "get_with_body": _("method GET has no json, form or raw."),
        "raw_invalid": _('raw can only be "{text}".'),
        "json_path_alone": _("json_path and json_values go together."),
        "url_invalid": _("%(key)s must be http(s)://HOST/PATH, without user, ? and #."),
        "program_invalid": _("argv must begin with the full path of a program."),
        "address_invalid": _("%(key)s must be an e-mail address."),
        "recipient_invalid": _("recipient must look like {to_plain}@sms.example."),
        "line_open": _('%(key)s needs tls = "starttls" or "tls".'),
    }
