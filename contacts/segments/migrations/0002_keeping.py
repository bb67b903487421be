"""What changes a contact is noted with the change itself; the size of a segment is kept with its members.

Only organisations with a living segment pay for it: the others cost one look-up a statement.
"""

from django.db import migrations

NOTING = """
CREATE INDEX segments_segment_living ON segments_segment (organisation_id)
    WHERE kind = 'living' AND archived_at IS NULL;

CREATE FUNCTION segments_are_kept(organisation bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM segments_segment
        WHERE organisation_id = organisation AND kind = 'living' AND archived_at IS NULL
    )
$$;

CREATE FUNCTION segments_touch_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT segments_are_kept(organisation) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'contacts_contact' THEN
        INSERT INTO segments_touchedcontact (organisation_id, contact_id) SELECT organisation_id, id FROM changed;
    ELSIF TG_TABLE_NAME = 'contacts_suppression' THEN
        INSERT INTO segments_touchedcontact (organisation_id, contact_id)
        SELECT c.organisation_id, c.contact_id FROM changed c WHERE c.contact_id IS NOT NULL;
    ELSE
        INSERT INTO segments_touchedcontact (organisation_id, contact_id)
        SELECT c.organisation_id, c.id FROM changed o
        JOIN contacts_contact c ON c.organisation_id = o.organisation_id AND c.company_id = o.id;
    END IF;
    INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    RETURN NULL;
END $$;

-- Most writes of standings change nothing that can be asked about.
CREATE FUNCTION segments_touch_standings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT segments_are_kept(organisation) THEN
        RETURN NULL;
    END IF;
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT c.organisation_id, c.contact_id FROM changed c JOIN before b ON b.contact_id = c.contact_id
    WHERE (c.intent, c.fit, c.total, c.tier, c.last_act_at)
        IS DISTINCT FROM (b.intent, b.fit, b.total, b.tier, b.last_act_at);
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    END IF;
    RETURN NULL;
END $$;

-- What can be asked about changed: every condition is read again.
CREATE FUNCTION segments_touch_conditions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.organisation_id ELSE NEW.organisation_id END;
BEGIN
    IF segments_are_kept(organisation) THEN
        INSERT INTO segments_touchedcontact (organisation_id) VALUES (organisation);
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER segments_contact_added AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_contacts();
CREATE TRIGGER segments_contact_changed AFTER UPDATE ON contacts_contact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_contacts();
CREATE TRIGGER segments_company_changed AFTER UPDATE ON contacts_company
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_contacts();
CREATE TRIGGER segments_suppression_added AFTER INSERT ON contacts_suppression
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_contacts();
CREATE TRIGGER segments_suppression_gone AFTER DELETE ON contacts_suppression
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_contacts();
CREATE TRIGGER segments_standing_changed AFTER UPDATE ON contacts_standing
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_touch_standings();
CREATE TRIGGER segments_member_of_organisation AFTER INSERT OR DELETE ON organisations_membership
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
NOT_NOTING = """
DROP TRIGGER segments_member_of_organisation ON organisations_membership;
DROP TRIGGER segments_standing_changed ON contacts_standing;
DROP TRIGGER segments_suppression_gone ON contacts_suppression;
DROP TRIGGER segments_suppression_added ON contacts_suppression;
DROP TRIGGER segments_company_changed ON contacts_company;
DROP TRIGGER segments_contact_changed ON contacts_contact;
DROP TRIGGER segments_contact_added ON contacts_contact;
DROP FUNCTION segments_touch_conditions();
DROP FUNCTION segments_touch_standings();
DROP FUNCTION segments_touch_contacts();
DROP FUNCTION segments_are_kept(bigint);
DROP INDEX segments_segment_living;
"""

COUNTING = """
CREATE FUNCTION segments_count_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE segments_segment g SET size = g.size + n.number
        FROM (SELECT organisation_id, segment_id, count(*) AS number FROM changed WHERE left_at IS NULL GROUP BY 1, 2) n
        WHERE g.organisation_id = n.organisation_id AND g.id = n.segment_id;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE segments_segment g SET size = g.size - n.number
        FROM (SELECT organisation_id, segment_id, count(*) AS number FROM changed WHERE left_at IS NULL GROUP BY 1, 2) n
        WHERE g.organisation_id = n.organisation_id AND g.id = n.segment_id;
    ELSE
        UPDATE segments_segment g SET size = g.size - n.number
        FROM (
            SELECT c.organisation_id, c.segment_id, count(*) AS number FROM changed c JOIN before b ON b.id = c.id
            WHERE b.left_at IS NULL AND c.left_at IS NOT NULL GROUP BY 1, 2
        ) n
        WHERE g.organisation_id = n.organisation_id AND g.id = n.segment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER segments_members_come AFTER INSERT ON segments_segmentmember
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_count_members();
CREATE TRIGGER segments_members_leave AFTER UPDATE ON segments_segmentmember
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_count_members();
CREATE TRIGGER segments_members_go AFTER DELETE ON segments_segmentmember
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_count_members();
"""
NOT_COUNTING = """
DROP TRIGGER segments_members_go ON segments_segmentmember;
DROP TRIGGER segments_members_leave ON segments_segmentmember;
DROP TRIGGER segments_members_come ON segments_segmentmember;
DROP FUNCTION segments_count_members();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0001_initial"),
        ("contacts", "0003_search_and_order"),
        ("organisations", "0001_initial"),
        ("work", "0001_initial"),
    ]
    operations = [migrations.RunSQL(NOTING, NOT_NOTING), migrations.RunSQL(COUNTING, NOT_COUNTING)]
