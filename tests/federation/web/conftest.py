"""The browser, for the tests of what both faces share."""

from tests.support.browser import axe, browser

__all__ = ["axe", "browser"]
