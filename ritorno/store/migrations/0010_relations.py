"""Who buys for whom: found by the beneficiary, among the events that told it."""

from django.db import migrations

# Few events tell a relation, and of the others the index keeps nothing. (UTF-8 in, UTF-8 out: `convert_from` may depend
# on the server's encoding, which is why PostgreSQL does not take it into an index by itself.)
FORWARD = """
CREATE FUNCTION beneficiary_told(payload bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'beneficiary';
CREATE INDEX event_beneficiary ON event (brand_id, beneficiary_told(payload)) WHERE name = 'relation';
"""
BACK = """
DROP INDEX event_beneficiary;
DROP FUNCTION beneficiary_told;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0009_actions")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
