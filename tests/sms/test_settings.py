"""[sms] of config.toml: what it may say, and that no complaint repeats a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.render.config_words import fault
from vestibule.sms import kinds, settings
from vestibule.sms.channel import Message
from vestibule.sms.settings import SmsSettings, SmsSettingsError

SECRET = "hunter22-geheim"
FILE = 'kind = "file"\npath = "out"\n'
HTTP = 'kind = "http"\nurl = "https://sms.example/send"\n'
SMTP = 'kind = "smtp"\nhost = "mail.example"\nfrom = "a@b.example"\nrecipient = "{to_plain}@sms.example"\n'
COMMAND = 'kind = "command"\n'


def load(folder: Path, lines: str, mode: int = 0o600) -> SmsSettings:
    path = folder / "config.toml"
    path.write_text(f"[other]\nx = 1\n[sms]\n{lines}")
    path.chmod(mode)
    found = settings.load(path)
    assert found is not None
    return found


def test_no_file_and_no_table_mean_no_gateway(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert settings.load(path) is None
    path.write_text("[other]\nx = 1\n")
    assert settings.load(path) is None


def test_what_every_kind_has(tmp_path: Path) -> None:
    found = load(tmp_path, FILE)
    assert (found.per_client_per_day, found.per_site_per_hour, found.time_limit) == (10, 60, 15)
    assert (found.sender, found.country, found.prefixes) == ("", "", ())
    assert found.allows("+8613800000000")
    assert isinstance(found, kinds.File)
    assert found.path == tmp_path / "out"
    more = 'text = "{code} {code} {site} {minutes}"\nprefixes = ["+41", "+49"]\ncountry = "CH"\n'
    found = load(
        tmp_path,
        f"{FILE}{more}sender = 'Haus'\ntime_limit = 3\nper_client_per_day = 3\nper_site_per_hour = 7\n",
    )
    assert found.words(code="12{site}", site="{code}", minutes=5) == "12{site} 12{site} {code} 5"
    assert (found.allows("+41791234567"), found.allows("+33612345678")) == (True, False)
    assert (found.per_client_per_day, found.per_site_per_hour, found.time_limit) == (3, 7, 3)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("", "[sms] kind must be one of: spool, http, command, smtp, file."),
        ('kind = "pigeon"', "[sms] kind must be one of: spool, http, command, smtp, file."),
        ("kind = 3", "[sms] kind must be one of: spool, http, command, smtp, file."),
        ('kind = "http"\npreset = "pigeon"', "[sms] preset must be one of: twilio, vonage, 46elks, "),
        ('kind = "smtp"\npreset = "twilio"', '[sms] preset needs kind = "http".'),
        ('kind = "file"', "[sms] “path” is missing."),
        (f'{FILE}colour = "hunter22"', "[sms] “colour” is not known here."),
        (f"{FILE}time_limit = 500", "[sms] “time_limit” must be 120 or less."),
        (f'{FILE}per_site_per_hour = "hunter22"', "[sms] “per_site_per_hour” must be a whole number."),
        (f'{FILE}text = "no placeholder"', "[sms] text must contain {code}."),
        (
            f'{FILE}text = "{{code}} {{password}}"',
            "[sms] text may contain {code}, {site} and {minutes} only.",
        ),
        (f'{FILE}prefixes = ["0041"]', "[sms] prefixes must look like +41."),
        (f'{FILE}country = "Suisse"', "[sms] country must be two capital letters, like CH."),
        (f'{FILE}sender = "a\\nb"', "[sms] sender must have visible characters only."),
        ('kind = "spool"\nsent = "/x"\nerror = "/x"', "[sms] outbox, sent and error must be three folders."),
        ('kind = "spool"\nfolder = 3', "[sms] folder must be text, and not empty."),
        (f'{HTTP}json = {{}}\nraw = "{{text}}"', "[sms] only one of json, form and raw can be the body."),
        (f'{HTTP}method = "GET"\nraw = "{{text}}"', "[sms] method GET has no json, form or raw."),
        (f'{HTTP}method = "TRACE"', "[sms] “method” is not valid."),
        (f'{HTTP}raw = "to={{to}}&text={{text}}"', '[sms] raw can only be "{text}".'),
        (f'{HTTP}form = {{a = "{{sneder}}"}}', "[sms] form has a placeholder that cannot be used there."),
        (f'{HTTP}headers = {{X = "{{text}}"}}', "[sms] headers has a placeholder that cannot be used there."),
        (f'{HTTP}json_path = "ok"', "[sms] json_path and json_values go together."),
        (
            'kind = "http"\nurl = "https://hunter22@x.example/"',
            "[sms] url must be http(s)://HOST/PATH, without",
        ),
        (
            'kind = "http"\nurl = "file:///etc/passwd"',
            "[sms] url must be http(s)://HOST/PATH, without user, ? and #.",
        ),
        (
            'kind = "http"\nurl = "https://x.example/{text}"',
            "[sms] url has a placeholder that cannot be used",
        ),
        (
            f'{HTTP}login = {{url = "https://x.example/"}}',
            "[sms] “login.json” is missing.",
        ),
        (f"{COMMAND}argv = []", "[sms] “argv” must not be empty."),
        (f'{COMMAND}argv = ["send-sms"]', "[sms] argv must begin with the full path of a program."),
        (
            f'{COMMAND}argv = ["/bin/x", "{{text}}"]',
            "[sms] argv has a placeholder that cannot be used there.",
        ),
        (SMTP.replace("a@b.example", "a@b\\nBcc: c"), "[sms] from must be an e-mail address."),
        (
            SMTP.replace("{to_plain}@", "{to_plain},x@"),
            "[sms] recipient must look like {to_plain}@sms.example.",
        ),
        (
            SMTP.replace("{to_plain}", "{text}"),
            "[sms] recipient has a placeholder that cannot be used there.",
        ),
        (f'{SMTP}subject = "{{text}}"', "[sms] subject has a placeholder that cannot be used there."),
        (f'{SMTP}subject = "a\\r\\nBcc: c"', "[sms] subject must have visible characters only."),
        (
            f'{SMTP}tls = "none"\nuser = "a"\npassword = "hunter22"',
            '[sms] user needs tls = "starttls" or "tls".',
        ),
        (
            f'{SMTP}password = "hunter22"\npassword_file = "x"',
            "[sms] password and password_file cannot both be",
        ),
        (f'{SMTP}user = "a"\npassword = "hunter22é"', "[sms] password must be plain ASCII, without accents."),
        (f"{SMTP}password = 22", "[sms] password must be text, and not empty."),
        (f'{SMTP}password_file = "none"', "[sms] password_file names a file that is not there."),
        (f'{SMTP}password_file = "."', "[sms] password_file cannot be read: Is a directory."),
    ],
)
def test_a_mistake_is_named_by_its_key(lines: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(SmsSettingsError) as found:
        load(tmp_path, lines)
    assert fault(found.value.fault).startswith(wanted)
    assert "hunter22" not in str(found.value) + fault(found.value.fault)
    assert found.value.__cause__ is None


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("[sms]\npassword = hunter22\n", "config.toml is not TOML (line 2)."),
        ("[sms]\npassword = '''hunter22", "config.toml is not TOML (line 2)."),
        ('sms = "hunter22"\n', "[sms] must be a table."),
        ("[sms]\nx = '\xff'", "config.toml is not UTF-8."),
    ],
)
def test_what_is_no_toml_is_refused_without_quoting_it(written: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(written.encode("latin-1"))
    with pytest.raises(SmsSettingsError) as found:
        settings.load(tmp_path / "config.toml")
    assert "hunter22" not in str(found.value)
    assert fault(found.value.fault) == wanted


def test_a_secret_comes_from_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(f"{SECRET}\n")
    (tmp_path / "pw").chmod(0o640)
    lines = f'{SMTP}user = "a"\npassword_file = "pw"\n'
    with pytest.raises(SmsSettingsError, match=r"\[sms\] password_file: file_open"):
        load(tmp_path, lines, 0o644)
    (tmp_path / "pw").chmod(0o400)
    found = load(tmp_path, lines, 0o644)
    assert isinstance(found, kinds.Smtp)
    assert found.password.reveal() == SECRET
    (tmp_path / "pw").chmod(0o600)
    (tmp_path / "pw").write_text("two\nlines\n")
    with pytest.raises(SmsSettingsError, match="file_not_one_line"):
        load(tmp_path, lines)


def test_a_secret_in_config_toml_needs_a_private_config_toml(tmp_path: Path) -> None:
    lines = f'{SMTP}user = "a"\npassword = "{SECRET}"\n'
    found = load(tmp_path, lines, 0o600)
    assert isinstance(found, kinds.Smtp)
    assert found.password.reveal() == SECRET
    with pytest.raises(SmsSettingsError, match=r"\[sms\] password: secret_in_open_file"):
        load(tmp_path, lines, 0o644)
    header = f'{HTTP}headers = {{authorization = "Bearer {SECRET}"}}\n'
    load(tmp_path, header, 0o600)
    with pytest.raises(SmsSettingsError, match="secret_in_headers"):
        load(tmp_path, header, 0o644)


def test_a_preset_keeps_what_every_kind_has(tmp_path: Path) -> None:
    lines = 'kind = "http"\npreset = "twilio"\naccount = "AC1"\nsender = "Haus"\ntime_limit = 4\n'
    lines += f'token = "{SECRET}"\n'
    found = load(tmp_path, lines)
    assert isinstance(found, kinds.Http)
    assert (found.sender, found.time_limit) == ("Haus", 4)
    assert found.url == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert SECRET not in repr(found)


@pytest.mark.parametrize("kind", ["spool", "http", "command", "smtp", "file"])
def test_every_kind_can_be_made(kind: str, tmp_path: Path) -> None:
    argv = 'argv = ["/bin/true"]'
    lines = {"spool": 'kind = "spool"', "http": HTTP, "command": COMMAND + argv, "smtp": SMTP, "file": FILE}
    made = settings.make(load(tmp_path, lines[kind]))
    assert made.kind == kind
    assert isinstance(made.check(), str) if kind not in ("http", "smtp") else True


@pytest.mark.parametrize(
    "change",
    [
        {"ref": "0123456789abcde"},
        {"ref": "../../etc/passwd"},
        {"to": "0791234567"},
        {"to": "+41 79 123"},
        {"to": "+4179123456\n"},
        {"to": "-rf"},
        {"text": "481516\x1a"},
        {"text": "\ud800"},
        {"text": "x" * 1531},
        {"sender": "a\r\nb"},
    ],
)
def test_a_message_is_what_it_says(change: dict[str, str]) -> None:
    right = {"ref": "0123456789abcdef", "to": "+41791234567", "text": "Code 481516", "sender": "Haus"}
    assert "481516" not in repr(Message(**right, seconds_left=60))
    with pytest.raises(ValueError, match=r"^(a|this) ") as found:
        Message(**{**right, **change}, seconds_left=60)
    assert "481516" not in str(found.value)
