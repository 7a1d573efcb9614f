"""Legal holds, erasure of a person's key, and removal of old payloads."""

from django.db import migrations

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_sealing")]

    operations = [
        migrations.RunPython(script("0003_retention"), script("0003_undo")),
        migrations.RunPython(grant("0003"), migrations.RunPython.noop),
    ]
