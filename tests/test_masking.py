"""What is secret in an address is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.masking import has_secrets, mask_url

AT = "https://gazette.press.example/feed"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (AT, AT),
        (f"{AT}?p=123&lang=hy", f"{AT}?p=123&lang=hy"),
        (f"{AT}?q=armenia-azerbaijan-2023", f"{AT}?q=armenia-azerbaijan-2023"),
        ("https://me:canary@press.example/x", "https://***@press.example/x"),
        ("https://canary@press.example/x", "https://***@press.example/x"),
        (f"{AT}?api_key=canary&a=1", f"{AT}?api_key=***&a=1"),
        (f"{AT}?a=1;TOKEN=canary", f"{AT}?a=1;TOKEN=***"),
        (f"{AT}?accessToken=canary#x", f"{AT}?accessToken=***#x"),
        (f"{AT}?x=1&auth%2Dkey=canary", f"{AT}?x=1&auth%2Dkey=***"),
        (f"{AT}?h=9f86d081884c7d659a2feaa0c55ad015", f"{AT}?h=***"),
        (f"{AT}?token=", f"{AT}?token="),
        (f"{AT}#access_token=canary", f"{AT}#access_token=***"),
    ],
)
def test_secrets_are_masked_and_nothing_else(url: str, shown: str) -> None:
    assert mask_url(url) == shown
    assert has_secrets(url) is (url != shown)
    assert "canary" not in shown


@given(st.text(alphabet="abc19/?&=#:@;%2d_-", max_size=60))
def test_masking_twice_is_masking_once(tail: str) -> None:
    shown = mask_url(f"https://{tail}")
    assert mask_url(shown) == shown
