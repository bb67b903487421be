"""Whom the rows of a file are about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_company_values")]
    operations = [
        migrations.AddField(
            model_name="import",
            name="subject",
            field=models.CharField(
                choices=[("people", "people"), ("companies", "companies")],
                db_default="people",
                default="people",
                max_length=10,
            ),
        ),
    ]
