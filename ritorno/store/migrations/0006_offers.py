"""Offers: what each code promises and who holds it, pools of given codes, referrals, early access."""

from django.db import migrations

SQL = """
-- `value` is what a code costs at most, and once it is redeemed what it cost. NULL budget: it is charged to none.
ALTER TABLE code
    ALTER COLUMN message_id DROP NOT NULL,    -- NULL: given for something else, which `given_for` names
    ADD COLUMN given_for text,
    ADD COLUMN label text,                    -- as it was given to us, where it is spelled otherwise than `code`
    ADD COLUMN promise jsonb,                 -- the benefit and its conditions
    ADD COLUMN budget bigint,
    ADD COLUMN held_by text,                  -- the receipt for which it is kept, in [held_at, held_until)
    ADD COLUMN held_at bigint,
    ADD COLUMN held_until bigint,
    ADD COLUMN basket jsonb,                  -- what it is kept for, or was used on
    ADD COLUMN discount bigint;               -- what it takes off that basket
UPDATE code SET promise = jsonb_build_object(
    'benefit', jsonb_build_object('type', 'fixed', 'amount', value),
    'conditions', jsonb_build_object('min_basket', min_basket));
ALTER TABLE code ALTER COLUMN promise SET NOT NULL;
CREATE UNIQUE INDEX code_given_for ON code (brand_id, given_for) WHERE given_for IS NOT NULL;
CREATE INDEX code_of_customer ON code (brand_id, customer_id, issued_at);
CREATE INDEX code_of_playbook ON code (brand_id, playbook, expires_at);

-- What the redeemed codes of a playbook with a budget have cost.
CREATE TABLE offer_spent (
    brand_id int NOT NULL,
    playbook text NOT NULL,
    spent    bigint NOT NULL,
    PRIMARY KEY (brand_id, playbook)
);

CREATE TABLE pool_code (
    brand_id   int NOT NULL,
    pool       text NOT NULL,
    place      bigint GENERATED ALWAYS AS IDENTITY,
    code       text NOT NULL,                 -- as it was given
    spelled    text NOT NULL,
    message_id bigint,                        -- NULL: nobody has it yet
    PRIMARY KEY (brand_id, spelled)
);
CREATE INDEX pool_code_free ON pool_code (brand_id, pool, place) WHERE message_id IS NULL;

CREATE TABLE personal_code (
    brand_id    int NOT NULL,
    code        text NOT NULL,
    customer_id bigint NOT NULL,
    made_at     bigint NOT NULL,
    PRIMARY KEY (brand_id, code)
);
CREATE UNIQUE INDEX personal_code_of ON personal_code (brand_id, customer_id);
CREATE TABLE referral (                       -- an order that a personal code was shown with
    brand_id    int NOT NULL,
    source      text NOT NULL,
    order_id    text NOT NULL,
    code        text NOT NULL,
    referrer_id bigint NOT NULL,
    told_at     bigint NOT NULL,
    due_at      bigint,                       -- when it is judged (again); NULL: it has been
    verdict     text NOT NULL DEFAULT '',     -- rewarded, or why not
    friend_id   bigint,
    PRIMARY KEY (brand_id, source, order_id)
);
CREATE INDEX referral_due ON referral (brand_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE collection (
    brand_id int NOT NULL,
    key      text NOT NULL,
    name     text NOT NULL,
    url      text NOT NULL,
    until    bigint NOT NULL,                 -- closed from this instant on
    PRIMARY KEY (brand_id, key)
);
CREATE TABLE early_access (
    token       text PRIMARY KEY,             -- 11 letters of 62: 65 bits of chance
    brand_id    int NOT NULL,
    collection  text NOT NULL,
    customer_id bigint NOT NULL,
    granted_at  bigint NOT NULL,
    until       bigint NOT NULL,
    revoked_at  bigint
);
CREATE UNIQUE INDEX early_access_of ON early_access (brand_id, collection, customer_id);
"""
UNDO = """
DROP TABLE early_access; DROP TABLE collection; DROP TABLE referral; DROP TABLE personal_code; DROP TABLE pool_code;
DROP TABLE offer_spent; DROP INDEX code_of_playbook; DROP INDEX code_of_customer; DROP INDEX code_given_for;
DELETE FROM code WHERE message_id IS NULL;
ALTER TABLE code ALTER COLUMN message_id SET NOT NULL, DROP COLUMN given_for, DROP COLUMN label, DROP COLUMN promise,
    DROP COLUMN budget, DROP COLUMN held_by, DROP COLUMN held_at, DROP COLUMN held_until, DROP COLUMN basket,
    DROP COLUMN discount;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0005_replan_candidates")]
    operations = [migrations.RunSQL(SQL, UNDO)]
