"""What was told of an order before anybody was known to have bought it."""

from django.db import migrations

SQL = """
CREATE TABLE loose_event (
    brand_id    int NOT NULL,
    order_id    bigint NOT NULL,              -- the number of its row in `purchase`
    event_id    bigint NOT NULL,
    received_at bigint NOT NULL,
    customer_id bigint,                       -- who holds it until the order is told; NULL: nobody
    PRIMARY KEY (brand_id, order_id, event_id)
);
CREATE INDEX loose_event_of_customer ON loose_event (brand_id, customer_id) WHERE customer_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0001_records")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
