"""Indexes for the lists of lookups: by status, and of one job."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrichment", "0001_initial")]
    operations = [
        migrations.AlterModelOptions("lookup", {"verbose_name": "enrichment"}),
        migrations.AddIndex(
            "lookup", models.Index(fields=["organisation", "status", "-id"], name="enrichment_lookup_status")
        ),
        migrations.AddIndex(
            "lookup",
            models.Index(
                condition=models.Q(("job__isnull", False)),
                fields=["organisation", "job", "id"],
                name="enrichment_lookup_job",
            ),
        ),
    ]
