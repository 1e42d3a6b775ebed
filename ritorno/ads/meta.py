"""Meta's custom audiences, Marketing API: `POST /<audience>/users`, and `DELETE` to remove; changes take effect within
about 24 hours. At most 10,000 rows a call; the calls of one upload are one session.

Every identifier is a row of its own, the other column empty: a removal then takes away exactly what was added. Only
hashes leave, of e-mails and phones; no names (Meta's own client turns Hebrew ones into the hash of nothing), no ids.
"""

import json
from collections.abc import Sequence
from typing import Any

from ritorno.ads.base import PlatformRefused, Receipt, Request, Upload
from ritorno.core.ad_identifiers import Hashed, Platform

GRAPH = "https://graph.facebook.com"
VERSION = "v25.0"
MOST = 10_000
_SCHEMA = ("EMAIL", "PHONE")


class Meta:
    """`account` is the ad account's number, `version` the API's."""

    platform = Platform.META

    def __init__(self, account: str, version: str = VERSION) -> None:
        self._account = account.removeprefix("act_")
        self._root = f"{GRAPH}/{version}"

    def creation(self, name: str) -> Request:
        form = {
            "name": name,
            "subtype": "CUSTOM",
            "customer_file_source": "USER_PROVIDED_ONLY",
            "description": "Kept by Ritorno",
        }
        return Request("POST", f"{self._root}/act_{self._account}/customaudiences", form)

    def calls(self, upload: Upload) -> list[Request]:
        rows = [_row(one) for member in upload.members for one in member]
        chunks = [rows[start : start + MOST] for start in range(0, len(rows), MOST)]
        method = "POST" if upload.action == "add" else "DELETE"
        return [
            Request(
                method,
                f"{self._root}/{upload.audience}/users",
                {
                    "payload": _json({"schema": _SCHEMA, "is_raw": True, "data": chunk}),
                    "session": _json(
                        {
                            "session_id": upload.number,
                            "batch_seq": sequence,
                            "last_batch_flag": sequence == len(chunks),
                            "estimated_num_total": len(rows),
                        }
                    ),
                },
            )
            for sequence, chunk in enumerate(chunks, 1)
        ]

    def receipt(self, answers: Sequence[Any]) -> Receipt:
        for each in answers:
            if "error" in each:
                error = each["error"]
                raise PlatformRefused(str(error.get("error_user_msg") or error.get("message") or error))
        return Receipt(
            tuple(str(each["session_id"]) for each in answers),
            sum(int(each["num_received"]) for each in answers),
            sum(int(each["num_invalid_entries"]) for each in answers),
        )


def _row(one: Hashed) -> list[str]:
    return [one.digest.hex() if one.kind == kind.lower() else "" for kind in _SCHEMA]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
