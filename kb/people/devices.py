"""Which kind of browser a session was opened with, in a word or two: enough to know one's own, too little to follow it.

Browsers name each other in their User-Agent, so the more particular ones are looked for first.
"""

from __future__ import annotations

_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("OPR/", "Opera"), ("QQBrowser", "QQ"),
    ("QIHU", "360"), ("360SE", "360"), ("UCBrowser", "UC"), ("SamsungBrowser", "Samsung"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("HeadlessChrome", "Chrome"), ("Chrome/", "Chrome"), ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"), ("Android", "Android"),
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Macintosh", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """The browser's family and its system, as "Firefox, Windows"; empty where neither is known."""
    families = (next((name for mark, name in known if mark in user_agent), "") for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in families if name)
