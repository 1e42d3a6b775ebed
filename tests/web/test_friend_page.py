"""The page that a customer hands on: the code and what it brings, and nobody's name (COM-21)."""

from msgspec.structs import replace

from ritorno.core.events import TraitsTold
from ritorno.core.referral import Terms
from ritorno.testing import at
from ritorno.work import policy
from ritorno.work.refer import personal_code
from tests.web.conftest import Browser
from tests.web.shop import Shop


def test_com_21_a_friend_sees_the_code_and_what_it_brings(browser: Browser, shop: Shop) -> None:
    shop.tell(TraitsTold({"first_name": "Rina"}), "2026-01-02")
    who = shop.customer().id
    code = personal_code(shop.app.connection(), shop.plan, who, at("2026-01-02"))
    assert browser.get(f"/f/default/{code}").status == 404  # recommending brings nothing yet
    for terms, least in ((Terms(5_000, 3_000, 20_000), "200"), (Terms(5_000, 3_000), "אחרי הקנייה הראשונה")):
        wanted = replace(shop.plan.policy, referral=terms)
        policy.save(shop.app.connection(), shop.plan, wanted, at("2026-01-03"), "t")
        shop.react()
        page = browser.get(f"/f/default/{code.lower()}")
        assert (page.status, page.headers["Content-Language"]) == (200, "he")
        assert code in page.text
        assert "30" in page.text
        assert least in page.text
        assert "Rina" not in page.text
    assert "A friend recommends us" in browser.get(f"/f/default/{code}", ACCEPT_LANGUAGE="en").text
    for path in ("/f/default/NOBODY19", "/f/other/RINA10", "/f/default/x"):
        assert browser.get(path).status == 404
    assert browser.post(f"/f/default/{code}", {}).status == 405
