"""What the accounts app tells the floors above it."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction of an erasure, which may blank typed text of evidence:
# receivers on higher floors empty what they hold about `person`. An error undoes it all.
person_erased = Signal()
