import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('quizzes', '0002_assignments'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignmentoverride',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
