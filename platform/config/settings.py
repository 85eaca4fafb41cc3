"""Every setting of the platform, read from the environment in this one place."""

import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

from config.env import Environment, process_name
from config.staff_settings import *  # noqa: F403  # the admin's, which no environment changes

ROOT = Path(__file__).resolve().parent.parent.parent
env = Environment(os.environ)

# --- What this process is ---------------------------------------------------------------------
# Production unless said otherwise: whoever forgets a variable gets the safe defaults.
ENVIRONMENT = env.choice("ENVIRONMENT", ("local", "production"), "production")
IS_LOCAL = ENVIRONMENT == "local"
VERSION = env.text("VERSION", "development")
# The column of the log that tells the processes of one host apart.
PROCESS_NAME = env.text("PROCESS_NAME", process_name(sys.orig_argv))
WORKER_NAME = env.text("WORKER_NAME", f"{socket.gethostname()}:{os.getpid()}")
STATE_FOLDER = ROOT / ".local"

# --- Django -----------------------------------------------------------------------------------
DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY", "local-only-" * 5 if IS_LOCAL else None)
# Keys of before: what they signed, such as cursors and sessions, is good until they are left out.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("*",) if IS_LOCAL else ())
# Off only where something else refuses plain HTTP, or nobody else can listen.
HTTPS_ONLY = env.flag("HTTPS_ONLY", default=not IS_LOCAL)
# Whose word is taken for the client's address, and for HTTPS: the load balancer's.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# Who sees /metrics and what /health/ready knows.
INSIDE_NETWORKS = env.networks(
    "INSIDE_NETWORKS",
    ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
)
# Web pages of these origins may call the API.
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    # Before the admin, whose templates it dresses.
    "events",
    "config.admin_app.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prometheus",
    "rest_framework",
    # The files of /docs; the generator itself is imported when somebody asks for the schema.
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "config",
    "tasks",
]
MIDDLEWARE = [
    "events.api.middleware.RequestContext",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "events.api.gate.Gate",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.admin_only.AdminOnly",
    "config.request_metrics.RequestMetrics",
]
if CORS_ALLOWED_ORIGINS:
    INSTALLED_APPS.append("corsheaders")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("events.api.gate.Gate"), "corsheaders.middleware.CorsMiddleware"
    )
# The admin stays closed to other origins.
CORS_URLS_REGEX = r"^/(?!admin)"
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "content-encoding", "idempotency-key"),
    *("if-none-match", "traceparent", "tracestate", "x-request-id"),
    # A CloudEvent in binary mode; a page cannot name headers by their beginning.
    *("ce-specversion", "ce-id", "ce-source", "ce-type"),
    *("ce-subject", "ce-time", "ce-dataschema"),
]
CORS_EXPOSE_HEADERS = [
    *("etag", "idempotency-replayed", "location", "ratelimit", "ratelimit-policy"),
    *("retry-after", "server-timing", "traceresponse", "x-request-id"),
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        ("postgres", "postgresql", "sqlite"),
        f"sqlite:///{STATE_FOLDER}/django.sqlite3" if IS_LOCAL else None,
    )
}
STATIC_URL = "static/"
# Locally the files are found where they are, without collectstatic.
STATIC_ROOT = None if IS_LOCAL else ROOT / "static"
WHITENOISE_USE_FINDERS = IS_LOCAL

# --- Django REST Framework: the API needs no session, no browser pages and no content guessing ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["events.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "events.api.renderers.AlwaysJSON",
    "EXCEPTION_HANDLER": "events.api.errors.problem_response",
}

# --- The API's server ---------------------------------------------------------------------------
# Locally the ports above it are the emulated AWS's, the exporter's and the workers'.
PORT = env.integer("PORT", 8_000, minimum=1, maximum=65_490)
API_WORKERS = env.integer("API_WORKERS", 2, minimum=1, maximum=64)
API_THREADS = env.integer("API_THREADS", 32, minimum=1, maximum=512)
# A client that takes longer for its headers, or for its body, has stalled or means harm.
BODY_DEADLINE_SECONDS = env.integer("BODY_DEADLINE_SECONDS", 20, minimum=1, maximum=300)
# Where the processes of one gunicorn put their numbers together; it is emptied at start.
METRICS_FOLDER = env.text("METRICS_FOLDER", f"{STATE_FOLDER}/metrics-{PORT}")
# prometheus_client reads it; those whose processes share a folder set it, and nobody else counts
# into somebody's files.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
SLOW_REQUEST_SECONDS = env.integer("SLOW_REQUEST_SECONDS", 1, minimum=1, maximum=300)

# --- AWS --------------------------------------------------------------------------------------
# The endpoint is empty on AWS itself; botocore then finds the region's own.
AWS_REGION = env.text("AWS_REGION", "us-east-1" if IS_LOCAL else None)
AWS_ENDPOINT_URL = env.url(
    "AWS_ENDPOINT_URL", ("http", "https"), f"http://127.0.0.1:{PORT + 1}" if IS_LOCAL else ""
)
# What stands before a queue's name in its address: https://sqs.<region>.amazonaws.com/<account>
QUEUE_URL_PREFIX = env.url(
    "QUEUE_URL_PREFIX",
    ("http", "https"),
    f"{AWS_ENDPOINT_URL}/000000000000" if IS_LOCAL else None,
)
if IS_LOCAL:
    # botocore reads these by itself; the emulator takes any keys, but there must be some.
    os.environ.setdefault("AWS_ENDPOINT_URL", AWS_ENDPOINT_URL)
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
EVENTS_TABLE = env.text("EVENTS_TABLE", "events")
PLATFORM_TABLE = env.text("PLATFORM_TABLE", "platform")
WORK_QUEUE = env.text("WORK_QUEUE", "events-work")
DEAD_LETTER_QUEUE = env.text("DEAD_LETTER_QUEUE", "events-dead-letter")
WORKER_EVENTS_QUEUE = env.text("WORKER_EVENTS_QUEUE", "events-worker-events")

# --- Events -----------------------------------------------------------------------------------
EVENTS_DISPATCHER = "tasks.dispatch.CeleryDispatcher"
# Without a key everybody is the tenant "default" and may do everything.
API_KEYS_REQUIRED = (
    env.choice("API_KEYS", ("required", "optional"), "optional" if IS_LOCAL else "required")
    == "required"
)
# For keys without a limit of their own; 0 is none.
RATE_LIMIT_PER_SECOND = env.integer("RATE_LIMIT_PER_SECOND", 0, minimum=0, maximum=1_000_000)
# What becomes of events whose type nobody has registered.
UNKNOWN_EVENT_TYPES = env.choice("UNKNOWN_EVENT_TYPES", ("accept", "refuse"), "accept")
# Modules with handlers, besides handlers.py of each installed app.
HANDLER_MODULES = env.words("HANDLER_MODULES")
DEMO_HANDLERS = env.flag("DEMO_HANDLERS", default=IS_LOCAL)
BODY_LIMIT_BYTES = env.integer("BODY_LIMIT_BYTES", 262_144, minimum=1_024, maximum=350_000)
BATCH_BODY_LIMIT_BYTES = env.integer(
    "BATCH_BODY_LIMIT_BYTES", 5_242_880, minimum=1_024, maximum=67_108_864
)
JSON_DEPTH_LIMIT = env.integer("JSON_DEPTH_LIMIT", 64, minimum=4, maximum=200)
# Where the processes of a host keep what they count until it is stored.
COUNTERS_FOLDER = env.text("COUNTERS_FOLDER", f"{STATE_FOLDER}/counters")
RETENTION_DAYS = env.integer("RETENTION_DAYS", 30, minimum=1, maximum=3_650)
# Shards of the open index: the platform table remembers them, and a process with more raises them.
SHARDS = env.integer("SHARDS", 4, minimum=1, maximum=256)

# --- Work -------------------------------------------------------------------------------------
# A killed worker's events come back after this time; heartbeats extend it while work goes on.
VISIBILITY_SECONDS = env.integer("VISIBILITY_SECONDS", 20, minimum=6, maximum=300)
LEASE_SECONDS = VISIBILITY_SECONDS
# Below two thirds of the visibility: a killed worker's last poll must be over before its messages
# come back, or it would take them once more for nobody.
LONG_POLL_SECONDS = env.integer("LONG_POLL_SECONDS", 5 if IS_LOCAL else 12, minimum=1, maximum=20)
DISPATCH_DEADLINE_SECONDS = env.integer("DISPATCH_DEADLINE_SECONDS", 2, minimum=1, maximum=30)
# An event that has not moved for so long is dispatched again.
DISPATCH_DUE_SECONDS = env.integer("DISPATCH_DUE_SECONDS", 30, minimum=5, maximum=900)
# More events than this are replayed only if their number is confirmed.
REPLAY_CONFIRM_ABOVE = env.integer("REPLAY_CONFIRM_ABOVE", 10_000, minimum=0, maximum=1_000_000)
RECOVERY_INTERVAL_SECONDS = env.integer(
    "RECOVERY_INTERVAL_SECONDS", 5 if IS_LOCAL else 15, minimum=1, maximum=300
)
# How long a stopping worker waits for its handlers before it hands their events back.
STOP_SECONDS = env.integer("STOP_SECONDS", 3 if IS_LOCAL else 25, minimum=1, maximum=900)
WORKER_POOL = env.choice("WORKER_POOL", ("threads", "prefork"), "threads")
# Threads mostly wait for the store and for what handlers call; processes compute.
WORKER_CONCURRENCY = env.integer(
    "WORKER_CONCURRENCY", 32 if WORKER_POOL == "threads" else 8, minimum=1, maximum=256
)
WORKER_PREFETCH = env.integer("WORKER_PREFETCH", 2, minimum=1, maximum=32)

# --- Metrics of the workers, and of what belongs to no process: where they are served ---------
EXPORTER_HOST = env.text("EXPORTER_HOST", "127.0.0.1")
EXPORTER_PORT = env.integer(
    "EXPORTER_PORT", PORT + 2 if IS_LOCAL else 9_808, minimum=1, maximum=65_535
)
# The first of the ports of a host's worker processes: each serves at the first that is free.
WORKER_METRICS_PORT = env.integer(
    "WORKER_METRICS_PORT", PORT + 3 if IS_LOCAL else 9_810, minimum=1, maximum=65_500
)
# How often a worker tells that it lives.
HEARTBEAT_SECONDS = env.integer("HEARTBEAT_SECONDS", 5 if IS_LOCAL else 30, minimum=1, maximum=300)

# --- Logs -------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
# Failed and slow requests have a line in any case; one for each takes a tenth of its CPU time.
LOG_REQUESTS = env.flag("LOG_REQUESTS", default=False)
LOG_FORMAT = env.choice("LOG_FORMAT", ("console", "json"), "console" if IS_LOCAL else "json")
LOGGING_CONFIG = "config.logs.configure"
LOG_COLOR = env.flag("LOG_COLOR", default=sys.stderr.isatty())
# Names whose values are blanked in the log and in failures, besides the usual ones.
REDACTED_FIELDS = env.words("REDACTED_FIELDS")
LOGGING = {
    "level": LOG_LEVEL,
    "format": LOG_FORMAT,
    "process": PROCESS_NAME,
    "version": VERSION,
    "is_colored": LOG_COLOR,
    "redacted_fields": REDACTED_FIELDS,
}

# --- Traces: OpenTelemetry reads its other variables by itself --------------------------------
IS_TRACED = env.choice("OTEL_TRACES_EXPORTER", ("none", "otlp"), "none") == "otlp"
OTEL_SERVICE_NAME = env.text("OTEL_SERVICE_NAME", "event-platform")
if IS_TRACED:
    env.choice("OTEL_EXPORTER_OTLP_PROTOCOL", ("http/protobuf",), "http/protobuf")
    MIDDLEWARE.insert(0, "events.api.tracing.Tracing")

# --- Safety in production ---------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = HTTPS_ONLY
# The load balancer asks for health over plain HTTP, and so does Prometheus for metrics.
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SILENCED_SYSTEM_CHECKS = [
    # Whether other hosts of the domain have HTTPS is not ours to say.
    *("security.W005", "security.W021"),
    # Found in ADMIN_MIDDLEWARE instead, for the admin's addresses.
    *("admin.E408", "admin.E409", "admin.E410", "security.W002", "security.W003"),
    "axes.W002",
]
PROMETHEUS_EXPORT_MIGRATIONS = False

# --- The staff's place ------------------------------------------------------------------------
# So many wrong passwords for a name from one address, and that pair waits; ten times as many for
# a name from anywhere, or from an address, and that one does.
AXES_FAILURE_LIMIT = env.integer("LOGIN_FAILURES", 5, minimum=1, maximum=100)
AXES_COOLOFF_TIME = timedelta(
    minutes=env.integer("LOGIN_WAIT_MINUTES", 15, minimum=1, maximum=1_440)
)
# Whether staff must sign in with a one-time code, or those only who have set it up.
STAFF_MUST_USE_TOTP = env.choice("STAFF_TOTP", ("optional", "required"), "optional") == "required"
# Plans over more events start only when a second person agrees; 0 is never.
REPLAY_APPROVE_ABOVE = env.integer("REPLAY_APPROVE_ABOVE", 10_000, minimum=0, maximum=1_000_000)
# Where an event's trace and log lines are: an address with {event_id} or {trace_id}.
_EITHER_ID = ("{event_id}", "{trace_id}")
TRACE_URL = env.url("TRACE_URL", ("http", "https"), "", places=_EITHER_ID)
LOGS_URL = env.url("LOGS_URL", ("http", "https"), "", places=_EITHER_ID)

# Whoever is beside `make run` forgets this one first.
env.refuse_problems(hint="" if IS_LOCAL else "Beside `make run`, say ENVIRONMENT=local.")
