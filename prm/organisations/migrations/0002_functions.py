"""The one read across organisations that signing in needs: which ones a person belongs to."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION organisations_of(person bigint)
RETURNS TABLE (organisation_id bigint, slug varchar, name varchar, role varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.slug, o.name, m.role
    FROM organisations_membership m JOIN organisations_organisation o ON o.id = m.organisation_id
    WHERE m.user_id = person
    ORDER BY o.name, o.id
$$;
REVOKE EXECUTE ON FUNCTION organisations_of(bigint) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION organisations_of(bigint)")]
