"""Indexes by what is due; a message waiting to leave stands in as few of them as it can."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nurturing", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="nurturing_delivery_enrolment_ref",
        ),
        migrations.RemoveConstraint(
            model_name="enrolment",
            name="nurturing_enrolment_once",
        ),
        migrations.RemoveIndex(
            model_name="delivery",
            name="nurturing_delivery_due",
        ),
        migrations.RemoveIndex(
            model_name="delivery",
            name="nurturing_delivery_contact",
        ),
        migrations.RemoveIndex(
            model_name="enrolment",
            name="nurturing_enrolment_due",
        ),
        migrations.RemoveIndex(
            model_name="enrolment",
            name="nurturing_enrolment_contact",
        ),
        migrations.RemoveField(
            model_name="delivery",
            name="enrolment",
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", True), ("status", "pending")),
                fields=["organisation", "due_at", "id"],
                name="nurturing_delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)),
                fields=["organisation", "lease_until"],
                name="nurturing_delivery_leased",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ["sending", "sent", "unknown"])),
                fields=["organisation", "address", "step"],
                name="nurturing_delivery_address",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ["sent", "held", "refused", "unknown"])),
                fields=["organisation", "step", "status", "reason"],
                name="nurturing_delivery_figures",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ["sent", "held", "refused", "unknown"])),
                fields=["organisation", "status", "id"],
                name="nurturing_delivery_status",
            ),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("status", "active")),
                fields=["organisation", "scenario", "position", "due_at", "id"],
                name="nurturing_enrolment_due",
            ),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("status__in", ["done", "left"])),
                fields=["organisation", "scenario", "status", "exit_reason"],
                name="nurturing_enrolment_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                fields=("organisation", "contact", "scenario"), name="nurturing_enrolment_once"
            ),
        ),
    ]
