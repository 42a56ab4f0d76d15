"""What a person recognises a device by, read off the user agent; only shown, never trusted."""

from __future__ import annotations

# The first that is found counts: the later ones are also named by what came after them.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_UNKNOWN = "Unknown device"
_LENGTH = 60


def device_label(user_agent: str | None) -> str:
    """Return `Firefox on Windows`, or the first word of a program's own name for itself."""
    if not user_agent or not user_agent.strip():
        return _UNKNOWN
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return user_agent.split()[0][:_LENGTH]
    return browser if system is None else f"{browser} on {system}"
