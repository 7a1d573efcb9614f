"""Where each address leads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from console.views import health, palette

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.show, name="health"),
    path("palette/", palette.show, name="palette"),
]
