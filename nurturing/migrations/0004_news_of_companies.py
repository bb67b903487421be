"""A scenario may start when something changes at the company of a person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nurturing", "0003_requests_to_say_yes"),
    ]

    operations = [
        migrations.AddField(
            model_name="scenario",
            name="trigger_kind",
            field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="change"),
        ),
        migrations.AlterField(
            model_name="scenario",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("tier", "reaches a tier"),
                    ("form", "sends a form"),
                    ("company", "works at a company that changed"),
                ],
                max_length=10,
                verbose_name="starts when the person",
            ),
        ),
    ]
