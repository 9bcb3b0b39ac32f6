"""The portal itself: settings, URLs and the two ground-floor apps."""
