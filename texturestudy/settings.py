"""Settings; whatever differs between machines comes from `env.py`."""

from importlib.util import find_spec
from pathlib import Path

from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from texturestudy import env


def _stored_secret_key() -> str:
    """A key made on first use and kept beside the data, so that sessions outlive a restart."""
    path = env.DATA_DIR / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(get_random_secret_key())
        except FileExistsError:  # another process was first
            pass
        return path.read_text().strip()


def _package_dir(name: str) -> Path:
    """Where a package lies, found without importing it (plotly takes most of a second)."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {name} is not installed: run pip install -e .")
    return Path(spec.origin).parent


BASE_DIR = env.BASE_DIR
DATA_DIR = env.DATA_DIR
DEBUG = env.DEBUG
SECRET_KEY = env.SECRET_KEY or _stored_secret_key()
ALLOWED_HOSTS = env.ALLOWED_HOSTS
CSRF_TRUSTED_ORIGINS = env.CSRF_TRUSTED_ORIGINS

INSTALLED_APPS = [
    "texturestudy",
    "analysis",
    "survey",
    "generation",
    "jobs",
    "audit",
    "texturestudy.desk_app.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.actor.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "texturestudy.middleware.StorageTroubleMiddleware",
]

ROOT_URLCONF = "texturestudy.urls"
WSGI_APPLICATION = "texturestudy.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": env.DATABASE}
if env.DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # One writer waits for the other instead of failing with "database is locked", and what was
    # acknowledged outlives a power cut.
    env.DATABASE.setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    )
# A connection for each thread of the web server: making one takes longer than storing an answer.
env.DATABASE["CONN_MAX_AGE"] = 600
# One that a restart of the server has cut is told before a page needs it, and made anew.
env.DATABASE["CONN_HEALTH_CHECKS"] = True
if env.DATABASE["ENGINE"] == "django.db.backends.postgresql":
    # The server keeps the plans of what runs for every answer.
    env.DATABASE.setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=3)
    # One that says nothing any more, as behind a cable that was pulled, is away within a minute.
    env.DATABASE["OPTIONS"] = {
        "connect_timeout": 10, "tcp_user_timeout": 30_000,
        "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    } | env.DATABASE["OPTIONS"]  # fmt: skip
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "admin:login"

LANGUAGE_CODE = "en"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
TIME_ZONE = env.TIME_ZONE
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing one
# The charts' JavaScript comes out of the plotly package, so that it always fits the Python side.
STATICFILES_DIRS = [("plotly", _package_dir("plotly") / "package_data")]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": env.STORAGE,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.HTTPS
SECURE_SSL_REDIRECT = env.HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if env.HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.HTTPS else None

# auto, cpu, cuda, cuda:1, mps
NST_DEVICE = env.DEVICE
NST_BATCH_SIZE = env.BATCH_SIZE
NST_BACKBONE = env.BACKBONE
NST_BACKBONE_FILE = env.VGG19_FILE
# The dotted path of the module that executes batches for `manage.py worker`.
JOBS_ENGINE = env.ENGINE
# The dotted path of a callable, photograph -> mask (PIL images), that proposes foreground masks.
FOREGROUND_SEGMENTER = env.SEGMENTER
# A provider of web images -> its url, contact and keys, for generation.sources.open_source.
SOURCES = env.SOURCES
CONTACT = env.CONTACT
FETCH_ALLOW = env.FETCH_ALLOW
FETCH_POLITE = env.FETCH_POLITE
FETCH_SECONDS = env.FETCH_SECONDS
FETCH_MEGABYTES = env.FETCH_MEGABYTES

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A refused address is the reason in a row, and need not stand amid a progress bar as well.
    "loggers": {"requests_hardened": {"level": "ERROR"}},
}
