"""The addresses of a whole exam."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import path

from bench.bare import views

urlpatterns = [
    path("login", LoginView.as_view(template_name="login.html")),
    path("exam", views.exam),
    path("q/<int:pk>", views.question),
    path("answer/<int:pk>", views.answer),
    path("submit", views.submit),
    path("result", views.result),
]
