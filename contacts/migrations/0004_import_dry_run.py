from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0003_search_and_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="has_header",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="import",
            name="trial",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="import",
            name="lawful_basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("legitimate_interest", "Legitimate interest, B2B"),
                    ("consent", "Consent"),
                    ("contract", "Contract or steps before one"),
                    ("legal_obligation", "Legal obligation"),
                ],
                max_length=40,
            ),
        ),
    ]
