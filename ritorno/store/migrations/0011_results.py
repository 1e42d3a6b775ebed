"""Who was declined by a playbook, found without reading everything else that was decided; suggestions put aside."""

from django.db import migrations

FORWARD = """
CREATE INDEX decision_declined ON decision (brand_id, playbook) WHERE kind = 'declined';
CREATE TABLE dismissal (
    brand_id int NOT NULL,
    key      text NOT NULL,                   -- of the suggestion: the playbook's
    at       bigint NOT NULL,
    who      text NOT NULL,
    because  text NOT NULL,
    PRIMARY KEY (brand_id, key, at)
);
"""
BACK = """
DROP TABLE dismissal;
DROP INDEX decision_declined;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0010_relations")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
