"""Complete bodies at a third of the cost."""

from django.db import migrations

from audit.schema import script


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_search")]

    operations = [
        migrations.RunPython(script("0005_completion"), script("0005_undo")),
    ]
