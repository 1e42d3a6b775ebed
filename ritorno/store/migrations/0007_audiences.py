"""Ad audiences: who is in, what was pushed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0006_offers")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
