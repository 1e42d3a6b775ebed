"""Who buys for whom."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0009_actions")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
