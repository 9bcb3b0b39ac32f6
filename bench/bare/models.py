"""A question, a sitting and an answer, as small as they can be."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Question(models.Model):
    text = models.TextField()
    options = models.JSONField(default=list)
    correct = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.text


class Attempt(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    submitted = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE)
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice = models.IntegerField()
    saved = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_answer", fields=["attempt", "question"])]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.question_id}"
