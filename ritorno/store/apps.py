"""The store as a Django app: Django keeps the migrations; the records themselves are read and written by named SQL."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "ritorno.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
