"""The one settings file: reads the environment and is secure by default.

Every variable is listed in README.md. A secret may also be given as NAME_FILE,
the path of a file that holds it.
"""

from __future__ import annotations

import ipaddress
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environ import FileAwareEnv

# ModelAdmin[...] and friends are subscriptable at run time, too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv()

# What this machine makes for itself: the local database, secrets, collected files.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- What kind of installation this is --------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured(
        f"PUBLIC_URL must be a full address such as https://study.example.org, not {PUBLIC_URL!r}."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


SERVED_OVER_HTTPS = _public.scheme == "https"
ON_LOOPBACK = _is_loopback(_public.hostname)
if DEMO and not ON_LOOPBACK:
    raise ImproperlyConfigured(
        "DEMO=1 makes accounts with a known password, so it only works while PUBLIC_URL is a "
        f"loopback address; it is {PUBLIC_URL!r}. Set DEMO=0, or unset PUBLIC_URL."
    )
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

SAMPLE_SECRET_KEY = "change-me"  # noqa: S105 - the sample that .env.example shows
_SHORTEST_SECRET_KEY = 50
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and ON_LOOPBACK:
    # `make run` keeps one; elsewhere one for the life of this process will do.
    _kept_key = VAR_DIR / "secret-key"
    SECRET_KEY = _kept_key.read_text() if _kept_key.exists() else secrets.token_urlsafe(50)
if SECRET_KEY.startswith(SAMPLE_SECRET_KEY) or len(SECRET_KEY) < _SHORTEST_SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing, too short or the sample. Make one with "
        '`python -c "import secrets; print(secrets.token_urlsafe(50))"` and give it as '
        "SECRET_KEY, or as a file with SECRET_KEY_FILE."
    )

# Old keys that still open sessions and second factors while a new one is brought in.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname])
if ON_LOOPBACK:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

# --- Applications -----------------------------------------------------------------------

INSTALLED_APPS = [
    # Django's administration with an index of ours.
    "certportal.administration.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "pgtrigger",
    "django_tasks",
    "django_tasks_db",
    # Ours come last, so that the admin can take away what others registered.
    "certportal",
    "certportal.accounts",
    "certportal.catalog",
    "quizzes",
    "progress",
]

MIDDLEWARE = [
    # What says how browsers must treat a response stands before all that may answer itself.
    "certportal.middleware.request_id",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "certportal.middleware.usual_methods",
    "certportal.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "certportal.middleware.private_pages",
    "certportal.middleware.personal_locale",
    "certportal.middleware.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "certportal.middleware.staff_second_factor",
]

ROOT_URLCONF = "certportal.urls"
WSGI_APPLICATION = "certportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "certportal.context.portal",
            ],
        },
    },
]

# --- Database ---------------------------------------------------------------------------

LOCAL_POSTGRES_DATA_DIR = VAR_DIR / "pg"
LOCAL_POSTGRES_FAST = False

# Short limits protect the web processes only: the worker and commands may take their time.
WEB_PROCESS = env.bool("CERTPORTAL_WEB_PROCESS", default=False)
_WEB_LIMITS = (
    "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
)

if env.str("DATABASE_URL", default=""):
    _database = env.db("DATABASE_URL")
    _database["ENGINE"] = "certportal.postgres"
else:
    _database = {"ENGINE": "certportal.local_postgres.backend", "NAME": "certportal"}
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            **({"options": _WEB_LIMITS} if WEB_PROCESS else {}),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, sessions, background work ---------------------------------------------------

if env.str("CACHE_URL", default=""):
    CACHES = {"default": env.cache("CACHE_URL")}
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "django_cache",
            # Rate limits live here: a cull must never forget them in the middle of a day.
            "OPTIONS": {"MAX_ENTRIES": 1_000_000},
        }
    }
SESSION_ENGINE = (
    "django.contrib.sessions.backends.cached_db"
    if env.str("CACHE_URL", default="")
    else "django.contrib.sessions.backends.db"
)
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
USERSESSIONS_TRACK_ACTIVITY = False

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- People -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# allauth's backend is Django's and more; with both, a wrong password costs two hashes.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "certportal.accounts.hashers.ThriftyArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "display_name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "certportal.accounts.validators.SiteWordsValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "progress:home"

SIGNUP = env.str("SIGNUP", default="open")
if SIGNUP not in {"open", "invite", "closed"}:
    raise ImproperlyConfigured(f"SIGNUP must be open, invite or closed, not {SIGNUP!r}.")
REQUIRE_STAFF_MFA = env.bool("REQUIRE_STAFF_MFA", default=not DEMO)
HAS_MAIL = bool(env.str("EMAIL_URL", default=""))

ACCOUNT_ADAPTER = "certportal.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "certportal.accounts.forms.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL else "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 3600
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
TRUSTED_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT

MFA_ADAPTER = "certportal.accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "certportal.accounts.forms.AddKeyForm",
    "authenticate": "certportal.accounts.forms.CodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ON_LOOPBACK and not SERVED_OVER_HTTPS
MFA_TOTP_ISSUER = "Certportal"

# --- Mail -------------------------------------------------------------------------------

if HAS_MAIL:
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"certportal@{_public.hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Languages and time -----------------------------------------------------------------

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "certportal.formats"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files -----------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "certportal.static_finders.UsedFilesFinder",
]
STATICFILES_STORAGE_BACKEND = (
    "certportal.static_storage.CompressedHashedStorage"
    if env.bool("COMPRESS_STATIC", default=False)
    else "certportal.static_storage.HashedStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else STATICFILES_STORAGE_BACKEND
    },
}

# --- Security ---------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # The QR code of a new authenticator app is a data: image.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "certportal.errors.csrf_failure"
if SERVED_OVER_HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = True
    # The container's own health check speaks plain http from inside.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Sign-in is needed everywhere but under these names (namespace:name) and namespaces.
PUBLIC_URL_NAMES = frozenset(
    {
        "progress:home",
        "progress:certification-detail",
        # Whoever has these addresses has the right: they are secret or signed.
        "progress:calendar-feed",
        "accounts:stop-reminders",
        "catalog:certification-list",
        "quizzes:sample-list",
        "quizzes:sample-detail",
        "set-language",
        "set-theme",
        "healthz",
        "readyz",
        "jsi18n",
        # allauth marks every other door as open, but forgot this one.
        "mfa_login_webauthn",
    }
)

# --- Exams ------------------------------------------------------------------------------

# Counted from the arrival of a request at the server; see quizzes/engine/sitting.py.
EXAM_GRACE_SECONDS = 30
# False keeps questions whose key was not checked against a source out of mock exams.
MOCKS_DRAW_UNVERIFIED = env.bool("MOCKS_DRAW_UNVERIFIED", default=True)
# Outside tests an exam never runs on a database that may forget what it confirmed.
EXAMS_NEED_DURABLE_DATABASE = True

# --- Logging ----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "certportal.logs.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Strangers' typos in addresses are no news.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
