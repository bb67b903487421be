"""A doubtful name is "to settle": it may have one candidate alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrichment", "0008_automatic")]

    operations = [
        migrations.AlterField(
            model_name="lookup",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("found", "found"),
                    ("ambiguous", "to settle"),
                    ("not_found", "not found"),
                    ("unavailable", "source unavailable"),
                ],
                default="waiting",
                max_length=12,
            ),
        )
    ]
