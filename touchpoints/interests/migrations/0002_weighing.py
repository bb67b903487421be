"""What acts weigh and how interests fade, said once, in the database; segments and forgotten visitors follow."""

from django.db import migrations

# A minute of reading is worth a point, and no page more than ten minutes; what takes more than a look is worth more.
# 0: no act of the person's own.
POINTS = """
CREATE FUNCTION interests_points(kind text, properties jsonb) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN kind IN ('email_delivered', 'email_opened', 'email_bounced', 'unsubscribed') THEN 0
        WHEN jsonb_typeof(properties -> 'seconds') = 'number'
            THEN 0.5 + least(greatest((properties ->> 'seconds')::float8, 0), 600) / 60
        WHEN kind IN ('form_sent', 'webinar', 'event', 'trial', 'call', 'meeting', 'purchase') THEN 5
        WHEN kind = 'download' THEN 4
        WHEN kind IN ('content_read', 'email_clicked', 'site_search') THEN 2
        ELSE 1
    END
$$;
"""
# 0 to 100: ten points on the day itself are 63, twenty 86, forty 98; half of the points are left after each half-life.
# Exponents are held where float8 has a value.
WEIGHT = """
CREATE FUNCTION interests_weight(level float8, as_of timestamptz, half_life_days float8, at timestamptz) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 100 * (1 - exp(-least(
        level * exp(-least(ln(2) * greatest(extract(epoch FROM at - as_of)::float8, 0) / 86400 / half_life_days, 600)),
        400
    ) / 10))
$$;
"""
# Who weighs otherwise is looked at again by living segments; which themes there are, and how they fade, is part of what
# conditions ask.
SEGMENTS = """
CREATE FUNCTION interests_touch_segments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT segments_are_kept(organisation) THEN
        RETURN NULL;
    END IF;
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT c.organisation_id, c.contact_id FROM changed c WHERE c.contact_id IS NOT NULL;
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER interests_interest_added AFTER INSERT ON interests_interest
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER interests_interest_changed AFTER UPDATE ON interests_interest
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER interests_interest_gone AFTER DELETE ON interests_interest
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER interests_theme_gone AFTER DELETE ON interests_theme
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
CREATE TRIGGER interests_setting_changed AFTER INSERT OR UPDATE ON interests_interestsetting
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
NOT_SEGMENTS = """
DROP TRIGGER interests_setting_changed ON interests_interestsetting;
DROP TRIGGER interests_theme_gone ON interests_theme;
DROP TRIGGER interests_interest_gone ON interests_interest;
DROP TRIGGER interests_interest_changed ON interests_interest;
DROP TRIGGER interests_interest_added ON interests_interest;
DROP FUNCTION interests_touch_segments();
"""
# A visitor who is forgotten, or is a person's who was erased, has no interests.
VISITORS = """
CREATE FUNCTION interests_forget_visitors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM interests_themedact a USING gone g
    WHERE a.organisation_id = g.organisation_id AND a.visitor_uid = g.uid AND a.contact_id IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER interests_visitor_gone AFTER DELETE ON tracking_visitor
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION interests_forget_visitors();
"""
NOT_VISITORS = """
DROP TRIGGER interests_visitor_gone ON tracking_visitor;
DROP FUNCTION interests_forget_visitors();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interests", "0001_initial"),
        ("recognition", "0002_recognising"),
        ("segments", "0002_keeping"),
        ("tracking", "0004_waking"),
    ]
    operations = [
        migrations.RunSQL(POINTS, "DROP FUNCTION interests_points(text, jsonb)"),
        migrations.RunSQL(WEIGHT, "DROP FUNCTION interests_weight(float8, timestamptz, float8, timestamptz)"),
        migrations.RunSQL(SEGMENTS, NOT_SEGMENTS),
        migrations.RunSQL(VISITORS, NOT_VISITORS),
    ]
