"""What the platforms are told, word for word (shapes: Meta's and Google's documentation; Google's own message types
read these bodies)."""

import json
from pathlib import Path

import pytest

from ritorno.ads.base import PlatformRefused, Receipt, Upload
from ritorno.ads.google import Google
from ritorno.ads.meta import Meta
from ritorno.ads.registry import sandboxes
from ritorno.ads.sandbox import SandboxAds
from ritorno.core.ad_identifiers import Hashed, Platform

EMAIL, PHONE, OTHER = Hashed("email", b"a" * 32), Hashed("phone", b"b" * 32), Hashed("email", b"c" * 32)
A, B, C = "61" * 32, "62" * 32, "63" * 32
DANA_AND_DANI = [[EMAIL, PHONE], [OTHER]]


def test_meta_is_told_hashes_in_rows_of_a_session() -> None:
    [call] = Meta("act_5").calls(Upload("77", "add", DANA_AND_DANI, 41))
    assert (call.method, call.url) == ("POST", "https://graph.facebook.com/v25.0/77/users")
    assert json.loads(call.form["payload"]) == {
        "schema": ["EMAIL", "PHONE"], "is_raw": True, "data": [[A, ""], ["", B], [C, ""]],
    }  # fmt: skip
    assert json.loads(call.form["session"]) == {
        "session_id": 41, "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": 3,
    }  # fmt: skip


def test_meta_removes_by_the_same_rows() -> None:
    [call] = Meta("5").calls(Upload("77", "remove", [[PHONE]], 42))
    assert (call.method, json.loads(call.form["payload"])["data"]) == ("DELETE", [["", B]])


def test_more_than_10_000_rows_are_several_calls_of_one_session() -> None:
    many = [[Hashed("email", number.to_bytes(32, "big"))] for number in range(20_001)]
    calls = Meta("5").calls(Upload("77", "add", many, 43))
    assert [len(json.loads(call.form["payload"])["data"]) for call in calls] == [10_000, 10_000, 1]
    sessions = [json.loads(call.form["session"]) for call in calls]
    assert [(one["session_id"], one["batch_seq"], one["last_batch_flag"]) for one in sessions] == [
        (43, 1, False), (43, 2, False), (43, 3, True),
    ]  # fmt: skip
    google = Google("5").calls(Upload("77", "add", many, 43))
    assert [len(call.body["audienceMembers"]) for call in google] == [10_000, 10_000, 1]


def test_google_is_told_members_with_consent_and_terms() -> None:
    [call] = Google("123-456-7890").calls(Upload("99", "add", DANA_AND_DANI, 41))
    assert (call.method, call.url) == ("POST", "https://datamanager.googleapis.com/v1/audienceMembers:ingest")
    assert call.body == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "productDestinationId": "99",
            }
        ],
        "audienceMembers": [
            {"userData": {"userIdentifiers": [{"emailAddress": A}, {"phoneNumber": B}]}},
            {"userData": {"userIdentifiers": [{"emailAddress": C}]}},
        ],
        "encoding": "HEX",
        "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
        "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
    }


def test_google_removes_without_saying_that_anybody_consented() -> None:
    [call] = Google("1").calls(Upload("99", "remove", [[PHONE], []], 42))
    assert call.url.endswith("/audienceMembers:remove")
    assert call.body.keys() == {"destinations", "audienceMembers", "encoding"}
    assert call.body["audienceMembers"] == [{"userData": {"userIdentifiers": [{"phoneNumber": B}]}}]


def test_an_audience_is_made_under_the_name_it_is_given() -> None:
    meta, google = Meta("act_5").creation("AUD-17"), Google("1-2").creation("AUD-17")
    assert (meta.url, meta.form["name"]) == ("https://graph.facebook.com/v25.0/act_5/customaudiences", "AUD-17")
    assert google.url.endswith("/v1/accountTypes/GOOGLE_ADS/accounts/12/userLists")
    assert google.body["displayName"] == "AUD-17"
    assert google.body["membershipDuration"] == "46656000s", "540 days"


def test_answers_are_read_as_the_platforms_write_them() -> None:
    answers = [
        {"audience_id": "77", "session_id": "41", "num_received": 10_000, "num_invalid_entries": 2},
        {"audience_id": "77", "session_id": "41", "num_received": 5, "num_invalid_entries": 0},
    ]
    assert Meta("5").receipt(answers) == Receipt(("41", "41"), 10_005, 2)
    assert Google("1").receipt([{"requestId": "abc"}]) == Receipt(("abc",), 0)


def test_an_audience_that_meta_flagged_is_refused_in_its_words() -> None:
    flagged = {
        "error": {
            "message": "Invalid parameter", "code": 100, "error_subcode": 1713230,
            "error_user_title": "Audience Upload Blocked", "error_user_msg": "Before updating user memberships, …",
        }
    }  # fmt: skip
    with pytest.raises(PlatformRefused, match="Before updating"):
        Meta("5").receipt([flagged])
    with pytest.raises(PlatformRefused, match="bad account"):
        Google("1").receipt([{"error": {"code": 403, "message": "bad account"}}])


@pytest.mark.parametrize("platform", Platform)
def test_the_sandbox_has_whom_the_payloads_say_and_tells_nobody(platform: Platform, tmp_path: Path) -> None:
    one = sandboxes(tmp_path)[platform]
    assert isinstance(one, SandboxAds)
    home = one.create("AUD-17")
    added = one.apply(Upload(home, "add", DANA_AND_DANI, 1))
    assert one.apply(Upload(home, "add", DANA_AND_DANI, 1)) == added, "telling it twice is telling it once"
    assert added.received == (3 if platform is Platform.META else 0), "Google counts later"
    one.apply(Upload(home, "remove", [[PHONE]], 2))
    assert one.holds(home) == (2, frozenset({EMAIL, OTHER}))
    assert one.holds("another") == (0, frozenset())
    assert [number for number, _ in one.sent()] == [0, 1, 2]
    again = sandboxes(tmp_path)[platform]
    assert again.holds(home).everyone == frozenset({EMAIL, OTHER}), "its records outlive the process"
    assert again.calls(Upload(home, "remove", [[PHONE]], 2)) == [call for number, call in one.sent() if number == 2]
