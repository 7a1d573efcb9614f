"""Django's settings, read from the environment and from the state folder of a running Signalbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from console import logs
from console.databases import NOWHERE, SCHEMES, database, user_of
from console.env import Environment
from console.mail import mail_settings
from console.standalone.services import known_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# ── What is running, and where it keeps its state ────────────────────────────────────────────────
_given = Environment(os.environ)
RUNS_AS = _given.choice("RUNS_AS", "command", ("web", "worker", "owner", "command"))
DATA = _given.path("DATA", BASE_DIR / ".signalbox")
_known = known_settings(DATA, as_owner=RUNS_AS == "owner")
environment = Environment({**_known, **{name: text for name, text in os.environ.items() if text}})

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret("SECRET_KEY", needed=RUNS_AS in ("web", "worker"))
PUBLIC_URL = environment.url("PUBLIC_URL", "", ("http", "https"))
ALLOWED_HOSTS = [*environment.words("ALLOWED_HOSTS"), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.rstrip("/")] if PUBLIC_URL else []
HTTPS = PUBLIC_URL.startswith("https://")

# ── Apps ─────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "audit",
    "orchestration",
    "console",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.live.waking.WakeMiddleware",
    "console.middleware.AccessMiddleware",
    "console.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_LOADERS: list[Any] = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
if not DEBUG:
    _LOADERS = [("django.template.loaders.cached.Loader", _LOADERS)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", _LOADERS)],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.shell.shell",
            ],
        },
    }
]

# ── PostgreSQL holds the truth ───────────────────────────────────────────────────────────────────
_application_url = environment.url("DATABASE_URL", "", SCHEMES)
_owner_url = environment.url("DATABASE_OWNER_URL", "", SCHEMES) if RUNS_AS == "owner" else ""
DATABASE_CONFIGURED = bool(_application_url)
DATABASE_APP_ROLE = user_of(_application_url or NOWHERE)
_database = database(_owner_url or _application_url or NOWHERE, runs_as=RUNS_AS)
DATABASES = {
    "default": _database,
    # A second connection for entries that must outlive a transaction that is rolled back.
    "autonomous": {**_database, "TEST": {"MIRROR": "default"}},
}

# ── Redis or Valkey carries it ───────────────────────────────────────────────────────────────────
REDIS_URL = environment.url("REDIS_URL", "redis://127.0.0.1:1/0", ("redis", "rediss"))

# ── Celery ───────────────────────────────────────────────────────────────────────────────────────
WORKER_SLOTS = environment.integer("WORKER_SLOTS", 2, least=1, most=256)
LEASE_SECONDS = environment.integer("LEASE_SECONDS", 15, least=2, most=3600)
CELERY_BROKER_URL = environment.url("BROKER_URL", REDIS_URL, ("redis", "rediss", "amqp", "amqps"))
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "health_check_interval": 10}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 600
CELERY_TASK_TIME_LIMIT = 660
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_TASK_ROUTES = {
    "orchestration.jobs.work.*": {"queue": "work"},
    "orchestration.jobs.control.*": {"queue": "control"},
    "orchestration.jobs.watching.*": {"queue": "control"},
    "orchestration.jobs.verifying.*": {"queue": "background"},
    "orchestration.jobs.replaying.*": {"queue": "background"},
    "orchestration.jobs.notifying.*": {"queue": "background"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "orchestration.jobs.control.sweep",
        "schedule": 1.0,
        "options": {"expires": 1.0},
    },
    "watch": {
        "task": "orchestration.jobs.watching.watch",
        "schedule": 1.0,
        "options": {"expires": 1.0},
    },
    "tell people": {
        "task": "orchestration.jobs.notifying.tell_people",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
}

# ── People ───────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "orchestration.Person"
AUTHENTICATION_BACKENDS = ["console.identity.Accounts"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Strict"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── What browsers may do ─────────────────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# ── Files ────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("bundle", BASE_DIR / "audit" / "browser")]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATIC_HASHED = environment.flag("STATIC_HASHED")
WHITENOISE_USE_FINDERS = not STATIC_HASHED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "console.static_files.HashedFiles"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
TOOL_FOLDER = DATA / "outside"

# ── Calls to other hosts ─────────────────────────────────────────────────────────────────────────
OUTGOING_PRIVATE_HOSTS = environment.words("OUTGOING_PRIVATE_HOSTS")
SECRETS = DATA / "secrets"
vars().update(mail_settings(environment.url("SMTP_URL", "", ("smtp", "smtps"))))
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", "signalbox@localhost")
NEWS_PATHS = {
    "approval": "/approvals/?sel={}",
    "parked": "/parked/?sel={}",
    "test": "/settings/channels/",
}

# ── Time, language, logging ──────────────────────────────────────────────────────────────────────
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configure(
    as_json=environment.choice("LOG_FORMAT", "text", ("text", "json")) == "json",
    level=environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
)
