from tests.stories.test_rina_buys_for_her_father import *
def test_dbg(shop):
    buys(shop, "2026-01-05T10:00", "his", FATHER.beneficiary)
    shop.live_until("2026-02-10")
    c=shop.customer(RINA)
    print(c.enrollments, c.relations, shop.plan.catalogue)
    for k in messages.of_customer(shop.app.connection(), shop.brand, c.id): print(k.state, k.reasons, k.sent_at, k.content)
    assert 0
