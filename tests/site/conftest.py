"""Chromium and the site's address, once for all modules."""

from chromium import browser, host, photos  # noqa: F401
