"""A real Chromium before the real doors. Skipped, with the reason, where there is no Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from ritorno.settings import Settings
from tests.web.served import Served, served
from tests.web.shop import Shop, open_shop

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_PHONE, _DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian: apt install chromium)")
    with sync_playwright() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
        )  # Playwright's own loop runs in this thread; nothing of ours does
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_ARGUMENTS)
    yield browser
    browser.close()


class World:
    """A shop, its doors, and people with phones and computers before them."""

    def __init__(self, shop: Shop, server: Served, browser: Browser) -> None:
        self.shop, self.server, self._browser = shop, server, browser

    def device(self, kind: str = "phone", *, dark: bool = False, scripts: bool = True, still: bool = False) -> Page:
        context = self._browser.new_context(
            viewport=_PHONE if kind == "phone" else _DESK,  # type: ignore[arg-type]
            device_scale_factor=2,
            is_mobile=kind == "phone",
            has_touch=kind == "phone",
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce" if still else "no-preference",
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    def visit(self, token: str, page: Page | None = None) -> Page:
        page = page or self.device()
        page.goto(f"{self.server.url}/r/{token}")
        return page


@pytest.fixture(params=["he"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(database: str, tmp_path: Path, chromium: Browser, language: str) -> Iterator[World]:
    with open_shop(Settings(tmp_path, database), language=language) as shop, served(database, tmp_path) as server:
        yield World(shop, server, chromium)
        for context in chromium.contexts:
            context.close()


def catalogue(shop: Shop) -> None:
    """Six products, two of them new, none with a picture that can be loaded."""
    names = {
        "he": "מכונת אספרסו אלמוג בית, שרוול 10 קפסולות עשיר, זוג כוסות אספרסו ים, סניקרס לבן, חולצת פולו Slim תכלת",
        "en": "Almog espresso machine, Sleeve of 10 capsules, Pair of espresso cups, White sneakers, Slim polo shirt",
    }
    told = names[shop.plan.brand.language].split(", ")
    prices = (89_900, 3_490, 7_900, 29_900, 14_950)
    for index, (name, price) in enumerate(zip(told, prices, strict=True)):
        shop.stock((f"P{index}", name, price, True, "2025-01-01", f"https://almog.example/p/{index}", ""))
        shop.sold("2026-02-20", **{f"P{index}": 10 - index})
    fresh = {"he": ("ערכת ניקוי קלאסי", "תיק צד קוניאק"), "en": ("Cleaning set", "Cognac shoulder bag")}
    for index, name in enumerate(fresh[shop.plan.brand.language]):
        shop.stock((f"N{index}", name, 5_900, True, f"2026-02-1{index}", "https://almog.example/n", ""))
