"""Ad audiences: who is in by our rules, what each platform was told, what it is still to be told."""

from django.db import migrations

SQL = """
CREATE TABLE audience (
    brand_id int NOT NULL,
    key      text NOT NULL,
    number   int GENERATED ALWAYS AS IDENTITY,  -- platforms know it as AUD-17
    PRIMARY KEY (brand_id, key)
);

-- A projection of documents and memberships, written with them.
CREATE TABLE audience_member (
    brand_id    int NOT NULL,
    audience    text NOT NULL,
    customer_id bigint NOT NULL,
    use         text NOT NULL,                  -- include, exclude
    since       bigint NOT NULL,
    PRIMARY KEY (brand_id, customer_id, audience)
);
CREATE INDEX audience_member_of_audience ON audience_member (brand_id, audience);

-- The queue: of whom a platform may have to be told something, as often as that was noticed. What, is worked out when
-- the time has come.
CREATE TABLE audience_due (
    brand_id    int NOT NULL,
    platform    text NOT NULL,
    audience    text NOT NULL,
    customer_id bigint NOT NULL,
    queued_at   bigint NOT NULL,
    due_at      bigint NOT NULL
);
CREATE INDEX audience_due_at ON audience_due (brand_id, platform, due_at);

-- By what each customer is in an ad audience at a platform once its open batches are through.
CREATE TABLE audience_identifier (
    brand_id    int NOT NULL,
    platform    text NOT NULL,
    audience    text NOT NULL,
    customer_id bigint NOT NULL,
    kind        text NOT NULL,                  -- email, phone
    digest      bytea NOT NULL,                 -- SHA-256
    told_at     bigint NOT NULL,
    PRIMARY KEY (brand_id, customer_id, platform, audience, digest, kind)
);
CREATE INDEX audience_identifier_digest ON audience_identifier (brand_id, digest);
CREATE INDEX audience_identifier_told ON audience_identifier (brand_id, platform, told_at);

CREATE TABLE audience_batch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id    int NOT NULL,
    platform    text NOT NULL,
    audience    text NOT NULL,
    action      text NOT NULL,                  -- add, remove
    members     int NOT NULL,
    identifiers int NOT NULL,
    content     jsonb,                          -- [[customer, [[kind, digest], …]], …]; NULL once it is through
    state       text NOT NULL,                  -- waiting, sending, done, failed
    claimed_by  bigint,
    made_at     bigint NOT NULL,
    queued_at   bigint NOT NULL,                -- the first of its moves
    next_at     bigint NOT NULL,
    tries       int NOT NULL DEFAULT 0,
    sent_at     bigint,
    receipt     jsonb,
    error       text NOT NULL DEFAULT ''
);
CREATE INDEX audience_batch_open ON audience_batch (brand_id, platform, audience, id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX audience_batch_latest ON audience_batch (brand_id, platform, audience, id DESC);

CREATE TABLE audience_home (                    -- where a platform keeps it
    brand_id    int NOT NULL,
    platform    text NOT NULL,
    audience    text NOT NULL,
    platform_id text NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (brand_id, platform, audience)
);

CREATE TABLE audience_reconciled (
    brand_id int NOT NULL,
    platform text NOT NULL,                     -- '' with audience '': everyone was looked at again
    audience text NOT NULL,
    at       bigint NOT NULL,
    told     int,                               -- how many the platform says it has; NULL: it does not say
    missing  int,                               -- NULL: it tells sizes only
    extra    int
);
CREATE INDEX audience_reconciled_latest ON audience_reconciled (brand_id, platform, audience, at DESC);
"""

UNDO = """
DROP TABLE audience, audience_member, audience_due, audience_identifier, audience_batch, audience_home,
    audience_reconciled;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0006_offers")]
    operations = [migrations.RunSQL(SQL, UNDO)]
