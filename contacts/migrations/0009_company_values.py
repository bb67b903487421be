"""What a chunk of an import changed of companies' own fields, and whose consent it brought, for undoing it."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0008_near_search")]
    operations = [
        migrations.AddField(
            model_name="importtrace",
            name="values",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="importtrace",
            name="consented",
            field=ArrayField(models.BigIntegerField(), db_default=[], default=list),
        ),
    ]
