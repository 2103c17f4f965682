"""Chromium and the site's address, once for all modules; and photos."""

from chromium import browser, host, photos  # noqa: F401
