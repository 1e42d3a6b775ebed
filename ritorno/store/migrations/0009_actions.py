"""What steps ask of others: tasks for people, webhooks."""

from django.db import migrations

SQL = """
CREATE TABLE task (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,                -- by hash of (enrollment, step): asked twice it is one task
    customer_id bigint NOT NULL,
    enrollment  bigint NOT NULL,
    playbook    text NOT NULL,
    version     int NOT NULL,
    step        text NOT NULL,
    role        text NOT NULL,
    branch      text NOT NULL,
    he          text NOT NULL,
    en          text NOT NULL,
    made_at     bigint NOT NULL,
    due_at      bigint NOT NULL,
    assigned_to text NOT NULL DEFAULT '',
    closed_at   bigint,
    closed_by   text NOT NULL DEFAULT '',
    outcome     text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX task_open ON task (brand_id, due_at) WHERE closed_at IS NULL;
CREATE INDEX task_of_customer ON task (brand_id, customer_id);
CREATE INDEX task_of_enrollment ON task (brand_id, enrollment);

CREATE TABLE webhook_endpoint (
    brand_id      int NOT NULL,
    key           text NOT NULL,
    url           text NOT NULL,
    secret        bytea NOT NULL,               -- sealed by the key of the installation
    allow_private boolean NOT NULL,
    dry           boolean NOT NULL,             -- what would be sent is recorded alone
    disabled      text NOT NULL DEFAULT '',     -- why nothing is sent there any more
    rests_until   bigint NOT NULL DEFAULT 0,    -- after a failure: nothing is tried there before
    saved_at      bigint NOT NULL,
    saved_by      text NOT NULL,
    PRIMARY KEY (brand_id, key)
);

CREATE TABLE webhook_call (
    brand_id    int NOT NULL,
    id          bigint NOT NULL,                -- by hash of (enrollment, step)
    endpoint    text NOT NULL,
    customer_id bigint NOT NULL,
    enrollment  bigint NOT NULL,
    playbook    text NOT NULL,
    version     int NOT NULL,
    step        text NOT NULL,
    body        text NOT NULL,                  -- the same bytes at every try
    state       text NOT NULL,                  -- waiting, sending, sent, dry, dead
    wanted_at   bigint NOT NULL,
    next_at     bigint NOT NULL,
    tries       int NOT NULL DEFAULT 0,
    claimed_by  bigint,
    tried_at    bigint,
    status      int,                            -- what was answered last
    error       text NOT NULL DEFAULT '',
    PRIMARY KEY (brand_id, id)
);
CREATE INDEX webhook_call_waits ON webhook_call (brand_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_call_sending ON webhook_call (brand_id, claimed_by) WHERE state = 'sending';
CREATE INDEX webhook_call_of_customer ON webhook_call (brand_id, customer_id);
"""

UNDO = "DROP TABLE task, webhook_endpoint, webhook_call;"


class Migration(migrations.Migration):
    dependencies = [("store", "0008_affinity")]
    operations = [migrations.RunSQL(SQL, UNDO)]
