"""What each witness said last, and the dropping of old months."""

from django.db import migrations

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_completion")]

    operations = [
        migrations.RunPython(script("0006_witnesses"), script("0006_undo")),
        migrations.RunPython(grant("0006"), migrations.RunPython.noop),
    ]
