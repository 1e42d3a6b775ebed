"""A replan of segments settles only those whom the lake finds to change, now or by time; of anything else, everyone."""

from django.db import migrations

SQL = """
ALTER TABLE replan ADD COLUMN keys text[];    -- the segments that changed; NULL: settle everyone
ALTER TABLE replan ADD COLUMN listed boolean NOT NULL DEFAULT false;
CREATE TABLE replan_candidate (
    brand_id    int NOT NULL,
    customer_id bigint NOT NULL,
    PRIMARY KEY (brand_id, customer_id)
);
"""
UNDO = "DROP TABLE replan_candidate; ALTER TABLE replan DROP COLUMN listed; ALTER TABLE replan DROP COLUMN keys"


class Migration(migrations.Migration):
    dependencies = [("store", "0004_treat_as_moves")]
    operations = [migrations.RunSQL(SQL, UNDO)]
