"""What changed at a company is noted by its register."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("touchpoints", "0005_merging"),
    ]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("human", "human"),
                    ("suspect", "doubtful"),
                    ("bot", "robot"),
                    ("system", "PRM"),
                    ("register", "register of companies"),
                ],
                default="human",
                max_length=8,
            ),
        ),
    ]
