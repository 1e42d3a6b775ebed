"""Which ad platforms there are. Until one is connected, its sandbox stands for it."""

from collections.abc import Callable
from pathlib import Path

from ritorno.ads.base import AdPlatform, Wire
from ritorno.ads.google import Google
from ritorno.ads.meta import Meta
from ritorno.ads.sandbox import SandboxAds
from ritorno.core.ad_identifiers import Platform

WIRES: dict[Platform, Callable[[str], Wire]] = {Platform.META: Meta, Platform.GOOGLE: Google}


def sandboxes(home: Path) -> dict[Platform, AdPlatform]:
    """Every platform's stand-in, over the account number 0."""
    return {platform: SandboxAds(home, wire("0")) for platform, wire in WIRES.items()}
