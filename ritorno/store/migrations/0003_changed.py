"""Whose documents changed since the lake last took them in, and what the lake of each brand has come to."""

from django.db import migrations

SQL = """
CREATE TABLE changed (
    brand_id int NOT NULL,
    ids      bytea NOT NULL                   -- customers of one batch, 8 bytes each, the least first
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE changed ALTER COLUMN ids SET STORAGE EXTERNAL;

CREATE TABLE lake (
    brand_id int PRIMARY KEY,
    token    text NOT NULL,                   -- the lake that is this brand's: another's is not read
    round    bigint NOT NULL DEFAULT 0        -- how many times changes were taken in
);
"""
UNDO = "DROP TABLE changed; DROP TABLE lake"


class Migration(migrations.Migration):
    dependencies = [("store", "0002_loose_events")]
    operations = [migrations.RunSQL(SQL, UNDO)]
