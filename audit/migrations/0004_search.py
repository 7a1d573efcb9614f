"""Full-text search over entries, filled by the sealer's process after sealing."""

from django.db import migrations

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_retention")]

    operations = [
        migrations.RunPython(script("0004_search"), script("0004_undo")),
        migrations.RunPython(grant("0004"), migrations.RunPython.noop),
    ]
