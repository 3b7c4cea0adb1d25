"""The arithmetic of authenticator apps, by the RFCs' own numbers and by another program's codes."""

from __future__ import annotations

import base64
import subprocess

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs import needs
from vestibule.access import totp
from vestibule.access.refused import Refused

SECRET = base64.b32encode(b"12345678901234567890").decode()
NEVER_USED = -1
# RFC 4226 appendix D, counters 0 to 9.
HOTP = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split()
# RFC 6238 appendix B for SHA-1, its last six digits, by seconds since 1970.
TOTP = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def refusal(typed: str, at: int, last: int = NEVER_USED, secret: str = SECRET) -> Refused:
    with pytest.raises(Refused) as caught:
        totp.step_of(secret, totp.digits(typed), at, last)
    return caught.value


@pytest.mark.parametrize(("counter", "code"), list(enumerate(HOTP)))
def test_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert totp.step_of(SECRET, code, counter * totp.STEP, NEVER_USED) == counter


@pytest.mark.parametrize(("seconds", "code"), list(TOTP.items()))
def test_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, seconds * 1000, NEVER_USED) == seconds // 30


def test_three_codes_are_valid_at_any_time_and_no_more() -> None:
    secret, at = totp.new_secret(), 1_800_000_000_000
    valid = []
    for offset in range(-12, 13):
        try:
            totp.step_of(secret, pyotp.TOTP(secret).generate_otp(at // totp.STEP + offset), at, NEVER_USED)
        except Refused:
            continue
        valid.append(offset)
    assert valid == [-1, 0, 1]


def test_a_step_is_taken_once_and_none_before_it_any_more() -> None:
    at = 1111111111 * 1000
    step = at // totp.STEP
    codes = {offset: pyotp.TOTP(SECRET).generate_otp(step + offset) for offset in (-1, 0, 1)}
    assert refusal(codes[0], at, last=step).code == "factor_code_used"
    assert refusal(codes[-1], at, last=step).code == "factor_code_used"
    assert totp.step_of(SECRET, codes[1], at, step) == step + 1


@pytest.mark.parametrize(("steps", "seconds"), [(-10, "-300"), (-2, "-60"), (2, "60"), (10, "300")])
def test_a_phone_with_a_wrong_clock_is_told_and_not_let_in(steps: int, seconds: str) -> None:
    at = 1111111111 * 1000
    refused = refusal(pyotp.TOTP(SECRET).generate_otp(at // totp.STEP + steps), at)
    assert (refused.code, refused.detail) == ("clock_differs", seconds)


def test_an_old_code_that_was_used_is_not_blamed_on_the_clock() -> None:
    at = 1111111111 * 1000
    step = at // totp.STEP
    old = pyotp.TOTP(SECRET).generate_otp(step - 3)
    assert refusal(old, at, last=step - 3).code == "factor_code_used"
    assert refusal(old, at, last=step - 4).code == "clock_differs"


@pytest.mark.parametrize("steps", [-11, 11])
def test_a_code_from_elsewhere_is_just_wrong(steps: int) -> None:
    at = 1111111111 * 1000
    assert refusal(pyotp.TOTP(SECRET).generate_otp(at // totp.STEP + steps), at).code == "factor_code_wrong"


@pytest.mark.parametrize("typed", ["050471", "050 471", " 05 04 71 ", "050-471", "050\u00a0471"])
def test_spaces_do_not_count(typed: str) -> None:
    assert totp.digits(typed) == "050471"


@pytest.mark.parametrize(
    "typed",
    ["０５０４７１", "٠٥٠٤٧١", "05047", "0504711", "", "abcdef", "05047¹", "05\u200b0471"],
)
def test_only_six_ascii_digits_are_a_code(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        totp.digits(typed)
    assert (caught.value.code, caught.value.field) == ("factor_code_incomplete", "code")


def test_a_new_secret_has_160_bits() -> None:
    secrets = {totp.new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


@needs("oathtool")
def test_codes_of_oathtool_are_taken() -> None:
    secret = totp.new_secret()
    command = ["oathtool", "--totp", "-b", "-N", "@1800000000", secret]
    code = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    assert totp.step_of(secret, code, 1_800_000_000_000, NEVER_USED) == 60_000_000


@pytest.mark.parametrize(
    ("site", "account", "issuer", "name"),
    [
        ("Haus Lindenhof", "anna", "Haus Lindenhof", "anna"),
        ("x:y&secret=AAAA", "a:b?issuer=EVIL", "x y&secret=AAAA", "a b?issuer=EVIL"),
        ("Größe & Söhne/Café", "zoë%20lüthi", "Größe & Söhne/Café", "zoë%20lüthi"),
        ("東京ビル", "عمر", "東京ビル", "عمر"),
        ("", "", "Vestibule", "?"),
        ("A" * 64, "b" * 64, "A" * 24, "b" * 24),
    ],
)
def test_the_uri_says_what_was_meant(site: str, account: str, issuer: str, name: str) -> None:
    secret = totp.new_secret()
    read = pyotp.parse_uri(totp.uri(secret, site, account))
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.issuer, read.name) == (secret, issuer, name)
    assert (read.digits, read.interval) == (6, 30)


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_name_changes_the_secret_in_the_uri(site: str, account: str) -> None:
    secret = "A" * 32
    uri = totp.uri(secret, site.encode(errors="replace").decode(), account.encode(errors="replace").decode())
    read = pyotp.parse_uri(uri)
    assert read.secret == secret
    assert uri.count("secret=") - uri.count("%3D") <= 1
    assert uri.isascii()
