"""What a page says when there is nothing to show: politely, in the visitor's language."""

from django.http import HttpRequest, HttpResponse

from ritorno.web.pages.paper import guarded, page
from ritorno.web.words import words


def language_of(request: HttpRequest) -> str:
    """English for those whose browser prefers it to Hebrew, else Hebrew."""
    asked = request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower()
    english, hebrew = asked.find("en"), max(asked.find("he"), asked.find("iw"))
    return "en" if english >= 0 and (hebrew < 0 or english < hebrew) else "he"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's
    return _say(request, "gone", 404)


def went_wrong(request: HttpRequest) -> HttpResponse:
    return _say(request, "wrong", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    response = _say(request, "wrong", 503)
    response["Retry-After"] = "5"
    return response


def home(request: HttpRequest) -> HttpResponse:
    return _say(request, "home", 200)


def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's
    return guarded(HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8"))


def _say(request: HttpRequest, what: str, status: int) -> HttpResponse:
    language = language_of(request)
    told = words(language)
    return page("polite", language, {"title": told[f"{what}_title"], "text": told[f"{what}_text"]}, status=status)
