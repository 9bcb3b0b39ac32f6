"""Asking and answering: question bank, exams, attempts."""
