"""The pages. Everything below /v1/ and /health is answered before Django is asked (`wsgi.py`)."""

from django.urls import path

from ritorno.web.pages import early_access, friend, links, polite

urlpatterns = [
    path("", polite.home),
    path("robots.txt", polite.robots),
    path("a/", early_access.enter),
    path("a/<str:token>", early_access.enter),
    path("f/<str:brand>/<str:code>", friend.welcome),
    path("r/<str:token>", links.follow),
    path("r/<str:token>/left", links.left),
]

handler404 = polite.not_found
handler500 = polite.went_wrong
