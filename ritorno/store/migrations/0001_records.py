"""The first tables. Instants are UTC microseconds (bigint), money minor units (bigint); every row belongs to a brand."""

from django.db import migrations

SQL = """
CREATE TABLE brand (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          text NOT NULL UNIQUE,
    settings     jsonb NOT NULL,
    plan_version bigint NOT NULL DEFAULT 1,   -- goes up with every change of a definition: workers then read the plan again
    stopped      boolean NOT NULL DEFAULT false,
    now_at       bigint                       -- NULL: the machine's clock; otherwise the brand's stands still here
);

-- Definitions: versioned, never changed; what stands is said by `status`.
CREATE TABLE definition (
    brand_id int NOT NULL REFERENCES brand,
    kind     text NOT NULL,                   -- scheme, policy, segment, playbook
    key      text NOT NULL,
    version  int NOT NULL,
    status   text NOT NULL,                   -- draft, active, paused, retired
    body     jsonb NOT NULL,
    saved_at bigint NOT NULL,
    saved_by text NOT NULL,
    PRIMARY KEY (brand_id, kind, key, version)
);

-- A changed definition is settled for everyone, batch by batch; interrupted, it goes on after this customer.
CREATE TABLE replan (
    brand_id int PRIMARY KEY REFERENCES brand,
    cause    text NOT NULL,
    after    bigint NOT NULL
);

-- Those already in a segment when its playbook is activated, let in so many a day.
CREATE TABLE invitation (
    brand_id    int NOT NULL,
    playbook    text NOT NULL,
    customer_id bigint NOT NULL,
    invite_at   bigint NOT NULL,
    PRIMARY KEY (brand_id, playbook, customer_id)
);
CREATE INDEX invitation_due ON invitation (brand_id, invite_at);

-- When each source was last heard, and what its owner must know of: cleared when it is over.
CREATE TABLE feed (
    brand_id int NOT NULL,
    source   text NOT NULL,
    last_at  bigint NOT NULL,
    PRIMARY KEY (brand_id, source)
);
CREATE TABLE alarm (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id  int NOT NULL,
    kind      text NOT NULL,                  -- feed_silent, provider_failing
    about     text NOT NULL,                  -- the source, the provider's channel
    raised_at bigint NOT NULL,
    cleared_at bigint
);
CREATE UNIQUE INDEX alarm_raised ON alarm (brand_id, kind, about) WHERE cleared_at IS NULL;

CREATE TABLE api_key (
    hash       bytea PRIMARY KEY,             -- SHA-256 of the key; the key itself is shown once
    brand_id   int NOT NULL REFERENCES brand,
    source     text NOT NULL,
    label      text NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint
);

CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id int NOT NULL,
    at       bigint NOT NULL,
    who      text NOT NULL,
    action   text NOT NULL,
    detail   jsonb NOT NULL
);

-- What has been accepted: a repeated delivery finds its key here; a different content under the same key is refused.
CREATE TABLE seen (
    brand_id int NOT NULL,
    key      bytea NOT NULL,                  -- 16 bytes of (source, message id)
    digest   bytea NOT NULL,                  -- 8 bytes of the content
    PRIMARY KEY (brand_id, key)
);

CREATE SEQUENCE inbox_seq CACHE 1;
CREATE TABLE inbox (
    brand_id    int NOT NULL,
    lane        smallint NOT NULL,            -- events of one identifier travel in one lane, in order
    seq         bigint NOT NULL DEFAULT nextval('inbox_seq'),
    received_at bigint NOT NULL,
    payload     bytea NOT NULL,
    PRIMARY KEY (brand_id, lane, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE inbox ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE rejected (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id    int NOT NULL,
    source      text NOT NULL,
    received_at bigint NOT NULL,
    reason      text NOT NULL,
    payload     bytea NOT NULL
);

CREATE TABLE event (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,
    customer_id bigint,                       -- NULL: nobody's (guests, house accounts)
    occurred_at bigint NOT NULL,
    received_at bigint NOT NULL,
    name        text NOT NULL,
    payload     bytea NOT NULL
) PARTITION BY RANGE (received_at);
ALTER TABLE event ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX event_of_customer ON event (customer_id, received_at);
CREATE TABLE event_other PARTITION OF event DEFAULT;

CREATE TABLE customer (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,
    document    bytea NOT NULL,
    due_at      bigint,
    cell        smallint NOT NULL,            -- 0: a prospect
    orders      int NOT NULL,
    spend       bigint NOT NULL,
    last_at     bigint,
    house       boolean NOT NULL DEFAULT false,
    merged_into bigint,
    PRIMARY KEY (brand_id, id)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE customer ALTER COLUMN document SET STORAGE EXTERNAL;
CREATE INDEX customer_due ON customer (brand_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE identifier (
    brand_id    int NOT NULL,
    kind        text NOT NULL,
    namespace   text NOT NULL,
    value       text NOT NULL,
    customer_id bigint NOT NULL,
    shared      boolean NOT NULL DEFAULT false,  -- many people's: still an address, never again evidence
    attached_at bigint NOT NULL,
    evidence    text NOT NULL,
    PRIMARY KEY (brand_id, kind, value, namespace)
);
CREATE INDEX identifier_of_customer ON identifier (brand_id, customer_id);

CREATE TABLE merge (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id    int NOT NULL,
    survivor    bigint NOT NULL,
    other       bigint NOT NULL,              -- for an attachment: who the attached identifiers would have been
    kind        text NOT NULL,                -- merge, attach
    at          bigint NOT NULL,
    evidence    text NOT NULL,
    event_id    bigint NOT NULL,
    identifiers jsonb NOT NULL,               -- the other's
    survivor_document bytea,
    other_document    bytea,
    undone_at   bigint
);
CREATE INDEX merge_of_survivor ON merge (brand_id, survivor);
CREATE TABLE apart (
    brand_id int NOT NULL,
    low      bigint NOT NULL,
    high     bigint NOT NULL,
    PRIMARY KEY (brand_id, low, high)
);

CREATE TABLE consent (
    brand_id    int NOT NULL,
    event_id    bigint NOT NULL,
    customer_id bigint NOT NULL,
    at          bigint NOT NULL,
    received_at bigint NOT NULL,
    channel     text NOT NULL,
    purpose     text NOT NULL,
    given       boolean NOT NULL,
    proof       text NOT NULL,
    source      text NOT NULL,
    wording     text NOT NULL,
    wording_version text NOT NULL,
    evidence    text NOT NULL,
    PRIMARY KEY (brand_id, event_id)
);
CREATE INDEX consent_of_customer ON consent (brand_id, customer_id, at);

-- Projections of documents, written with them: for lists, counts and reports.
CREATE TABLE purchase (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,              -- 63 bits of (source, order id)
    customer_id bigint,
    occurred_at bigint NOT NULL,
    net         bigint NOT NULL,
    total       bigint NOT NULL,
    sold_via    text NOT NULL,
    branch      text NOT NULL,
    source      text NOT NULL,
    order_id    text NOT NULL,
    PRIMARY KEY (brand_id, id)
);
CREATE TABLE sale (                           -- units per product and wall-clock day, added to by each batch
    brand_id int NOT NULL,
    day      date NOT NULL,
    sku      text NOT NULL,
    units    double precision NOT NULL
);
CREATE INDEX sale_by_day ON sale (brand_id, day);
CREATE TABLE membership (
    brand_id    int NOT NULL,
    segment     text NOT NULL,
    customer_id bigint NOT NULL,
    since       bigint NOT NULL,
    PRIMARY KEY (brand_id, segment, customer_id)
);
CREATE TABLE enrollment (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,
    customer_id bigint NOT NULL,
    playbook    text NOT NULL,
    version     int NOT NULL,
    key         text NOT NULL,
    arm         text NOT NULL,
    entered_at  bigint NOT NULL,
    ended_at    bigint,
    why         text NOT NULL DEFAULT '',
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX enrollment_of_playbook ON enrollment (brand_id, playbook, entered_at);

CREATE TABLE decision (
    brand_id    int NOT NULL,
    customer_id bigint NOT NULL,
    at          bigint NOT NULL,
    kind        text NOT NULL,
    playbook    text,
    enrollment  bigint,
    event_id    bigint,
    payload     bytea NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX decision_of_customer ON decision (customer_id, at);
CREATE TABLE decision_other PARTITION OF decision DEFAULT;

CREATE TABLE message (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,
    customer_id bigint NOT NULL,
    enrollment  bigint NOT NULL,
    playbook    text NOT NULL,
    version     int NOT NULL,
    step        text NOT NULL,
    arm         text NOT NULL,
    wanted_at   bigint NOT NULL,
    due_at      bigint NOT NULL,
    state       text NOT NULL,
    reasons     jsonb NOT NULL DEFAULT '[]',  -- every verdict that was not Send: [at, code, detail]
    claimed_by  bigint,                       -- the worker that is sending it: it holds a session lock of that number
    sent_at     bigint,
    channel     text,
    address     text,
    content     jsonb,
    parts       int,
    cost        bigint,
    provider    text,
    provider_id text,
    consent_event bigint,                     -- the record of the ledger that permitted it
    PRIMARY KEY (brand_id, id, wanted_at)
) PARTITION BY RANGE (wanted_at);
CREATE INDEX message_due ON message (brand_id, due_at) WHERE state IN ('queued', 'held');
CREATE INDEX message_sending ON message (brand_id, claimed_by) WHERE state = 'sending';
CREATE SEQUENCE worker_number;
CREATE INDEX message_of_enrollment ON message (brand_id, enrollment);
CREATE INDEX message_of_customer ON message (brand_id, customer_id);
CREATE INDEX message_sent ON message (brand_id, playbook, sent_at) WHERE sent_at IS NOT NULL;
CREATE TABLE message_other PARTITION OF message DEFAULT;

CREATE TABLE code (
    brand_id    int NOT NULL,
    code        text NOT NULL,
    message_id  bigint NOT NULL,
    customer_id bigint NOT NULL,
    playbook    text NOT NULL,
    value       bigint NOT NULL,
    min_basket  bigint NOT NULL,
    issued_at   bigint NOT NULL,
    expires_at  bigint NOT NULL,
    redeemed_at bigint,
    redeemed_order text,
    PRIMARY KEY (brand_id, code)
);
CREATE UNIQUE INDEX code_of_message ON code (brand_id, message_id);
CREATE TABLE link (
    token       text PRIMARY KEY,             -- 11 letters of 62: 65 bits of chance
    brand_id    int NOT NULL,
    message_id  bigint NOT NULL,
    customer_id bigint NOT NULL,
    purpose     text NOT NULL,                -- page, opt_out
    created_at  bigint NOT NULL
);
CREATE INDEX link_of_message ON link (brand_id, message_id);

CREATE TABLE product (
    brand_id   int NOT NULL,
    sku        text NOT NULL,
    name       text NOT NULL,
    category   text NOT NULL DEFAULT '',
    price      bigint,
    in_stock   boolean NOT NULL DEFAULT true,
    created_at bigint,
    url        text NOT NULL DEFAULT '',
    image_url  text NOT NULL DEFAULT '',
    traits     jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (brand_id, sku)
);

CREATE TABLE import_run (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id    int NOT NULL,
    kind        text NOT NULL,
    file        text NOT NULL,
    source      text NOT NULL,
    started_at  bigint NOT NULL,
    finished_at bigint,
    counts      jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE column_mapping (
    brand_id int NOT NULL,
    source   text NOT NULL,
    kind     text NOT NULL,
    mapping  jsonb NOT NULL,
    saved_at bigint NOT NULL,
    PRIMARY KEY (brand_id, source, kind)
);
"""


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
