"""What the sealer needs beside the tree: keys, cosignatures and its own state."""

from django.db import migrations

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(script("0002_sealing"), script("0002_undo")),
        migrations.RunPython(grant("0002"), migrations.RunPython.noop),
    ]
