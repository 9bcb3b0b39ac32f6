"""A notice whose mail failed waits before it is tried again."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_classes")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="mail_after",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
