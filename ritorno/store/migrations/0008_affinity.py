"""What goes with what: the model that serves recommendations."""

from django.db import migrations

SQL = """
-- What was last learnt from everyone, replaced whole by the next: a job writes it, every process that serves reads it.
CREATE TABLE learnt (
    brand_id  int NOT NULL REFERENCES brand,
    kind      text NOT NULL,                  -- affinity, pace
    token     uuid NOT NULL DEFAULT gen_random_uuid(),  -- another with every fit, in every database
    learnt_at bigint NOT NULL,                -- the machine's time, by which the next is due
    told      jsonb NOT NULL,                 -- what it found, for people
    body      bytea NOT NULL,                 -- affinity: whole/affinity_packed.py; pace: core/pace.py, Paces as JSON
    PRIMARY KEY (brand_id, kind)
);
ALTER TABLE learnt ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX product_of_category ON product (brand_id, category);
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0007_audiences")]
    operations = [migrations.RunSQL(SQL, "DROP INDEX product_of_category; DROP TABLE learnt")]
