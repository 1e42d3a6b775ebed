"""What goes with what: the model that serves recommendations."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0007_audiences")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
