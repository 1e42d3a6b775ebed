"""Offers: kinds, pools, reservations, referrals."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0005_replan_candidates")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
