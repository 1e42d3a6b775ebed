"""A replan may treat what it moves as moves: they trigger playbooks like any other (SCO-12)."""

from django.db import migrations

SQL = "ALTER TABLE replan ADD COLUMN as_moves boolean NOT NULL DEFAULT false"
UNDO = "ALTER TABLE replan DROP COLUMN as_moves"


class Migration(migrations.Migration):
    dependencies = [("store", "0003_changed")]
    operations = [migrations.RunSQL(SQL, UNDO)]
