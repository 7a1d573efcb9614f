"""The window of time that a replay looks at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0010_findings"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyreplay",
            name="since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policyreplay",
            name="until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
