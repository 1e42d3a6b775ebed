"""Google's Customer Match, Data Manager API: `audienceMembers:ingest` and `:remove`; at most 10,000 members a call, ten
identifiers each. Members fall out 540 days after they were last told (`core/ad_identifiers.py`: FRESH).

Whom we tell of has permitted it: consent is said to be given for every member, and the terms to be accepted.
"""

from collections.abc import Sequence
from typing import Any

from ritorno.ads.base import PlatformRefused, Receipt, Request, Upload
from ritorno.core.ad_identifiers import Hashed, Platform

ROOT = "https://datamanager.googleapis.com/v1"
MOST = 10_000
_FIELDS = {"email": "emailAddress", "phone": "phoneNumber"}


class Google:
    """`account` is the number of the Google Ads account, without dashes."""

    platform = Platform.GOOGLE

    def __init__(self, account: str) -> None:
        self._account = account.replace("-", "")

    def creation(self, name: str) -> Request:
        body = {
            "displayName": name,
            "description": "Kept by Ritorno",
            "membershipDuration": f"{540 * 86_400}s",
            "ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID"]},
        }
        return Request("POST", f"{ROOT}/accountTypes/GOOGLE_ADS/accounts/{self._account}/userLists", body=body)

    def calls(self, upload: Upload) -> list[Request]:
        members = [
            {"userData": {"userIdentifiers": [_identifier(one) for one in member]}}
            for member in upload.members
            if member
        ]
        said: dict[str, Any] = {"encoding": "HEX"}
        if upload.action == "add":
            said["consent"] = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
            said["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        verb = "ingest" if upload.action == "add" else "remove"
        return [
            Request(
                "POST",
                f"{ROOT}/audienceMembers:{verb}",
                body={
                    "destinations": [
                        {
                            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": self._account},
                            "productDestinationId": upload.audience,
                        }
                    ],
                    "audienceMembers": members[start : start + MOST],
                    **said,
                },
            )
            for start in range(0, len(members), MOST)
        ]

    def receipt(self, answers: Sequence[Any]) -> Receipt:
        """Google counts nothing at once: it answers with the id under which the outcome can be asked for."""
        for each in answers:
            if "error" in each:
                raise PlatformRefused(str(each["error"].get("message") or each["error"]))
        return Receipt(tuple(str(each["requestId"]) for each in answers), 0)


def _identifier(one: Hashed) -> dict[str, str]:
    return {_FIELDS[one.kind]: one.digest.hex()}
