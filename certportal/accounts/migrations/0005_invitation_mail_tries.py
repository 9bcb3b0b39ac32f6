"""An invitation whose mail failed waits before it is tried again."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_notice_mail_after")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mail_tries",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="invitation",
            name="mail_after",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
