"""What steps ask of others: tasks for people, webhooks."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0008_affinity")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
