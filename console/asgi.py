"""The web server's way in: `uvicorn console.asgi:application --lifespan off`."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
os.environ.setdefault("RUNS_AS", "web")

pages = get_asgi_application()

# Django has to be set up before its models can be imported.
from console.live.consumers import LiveConsumer  # noqa: E402

application = ProtocolTypeRouter({"http": pages, "websocket": LiveConsumer.as_asgi()})

# What is loaded by now lives as long as the server. Without this the collector walks all of it
# every so often, and some unlucky page waits 70 to 90 ms for it.
import_module("console.urls")
gc.collect()
gc.freeze()
