"""The database counts who bears a tag, and tells segments of tags that come and go.

Tags are locked in the order of their ids before they are counted, so that two statements never wait for each other.
"""

from django.db import migrations

KEEPING = """
CREATE FUNCTION tagging_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign integer := CASE WHEN TG_OP = 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    PERFORM t.id FROM tagging_tag t
    WHERE (t.organisation_id, t.id) IN (SELECT c.organisation_id, c.tag_id FROM changed c) ORDER BY t.id FOR NO KEY UPDATE;
    UPDATE tagging_tag t SET size = t.size + sign * n.number
    FROM (SELECT c.organisation_id, c.tag_id, count(*) AS number FROM changed c GROUP BY 1, 2) n
    WHERE t.organisation_id = n.organisation_id AND t.id = n.tag_id;
    IF segments_are_kept((SELECT c.organisation_id FROM changed c LIMIT 1)) THEN
        INSERT INTO segments_touchedcontact (organisation_id, contact_id)
        SELECT DISTINCT c.organisation_id, c.contact_id FROM changed c;
        INSERT INTO work_wakeup (organisation_id, queue) SELECT c.organisation_id, 'segment' FROM changed c LIMIT 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tagging_tagging_come AFTER INSERT ON tagging_tagging
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tagging_keep();
CREATE TRIGGER tagging_tagging_go AFTER DELETE ON tagging_tagging
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tagging_keep();

-- A tag that is gone, or part of another, changes what conditions ask.
CREATE TRIGGER tagging_tag_gone AFTER DELETE ON tagging_tag
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
CREATE TRIGGER tagging_tag_merged AFTER UPDATE OF merged_into_id ON tagging_tag
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
NOT_KEEPING = """
DROP TRIGGER tagging_tag_merged ON tagging_tag;
DROP TRIGGER tagging_tag_gone ON tagging_tag;
DROP TRIGGER tagging_tagging_go ON tagging_tagging;
DROP TRIGGER tagging_tagging_come ON tagging_tagging;
DROP FUNCTION tagging_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("tagging", "0001_initial"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(KEEPING, NOT_KEEPING)]
