"""All settings, read from the environment (see .env.example)."""

from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

# Lets ModelForm[X], QuerySet[X] and their kind be written where the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))

# --- The installation -------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# What seals the keys of other services in the database, newest first; SECRET_KEY where there is none, and for what it
# sealed before.
SEALING_KEYS = env.list("SEALING_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where the product is reached from outside: used in links written into e-mails.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
PRM_DATA_DIR = Path(env.str("PRM_DATA_DIR", default=str(BASE_DIR / ".prm"))).resolve()
# May a stranger create an organisation of their own?
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
SECURE_COOKIES = BASE_URL.startswith("https://")
# True in the run that `make run` supervises: the mail sink and its page exist.
EMBEDDED = env.bool("PRM_EMBEDDED", default=False)

ROOT_URLCONF = "prm.urls"
WSGI_APPLICATION = "prm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "prm.organisations",
    "prm.work",
    "prm.conditions",
    "prm.web",
    "prm.lists",
    "prm.api",
    "prm.webhooks",
    "contacts",
    "contacts.segments",
    "contacts.doubles",
    "contacts.consent",
    "contacts.fields",
    "contacts.tagging",
    "contacts.rights",
    "contacts.standings",
    "contacts.personas",
    "contacts.structure",
    "contacts.bulk",
    "contacts.audiences",
    "touchpoints",
    "touchpoints.ratings",
    "touchpoints.actions",
    "touchpoints.recognition",
    "touchpoints.attribution",
    "touchpoints.tracking",
    "touchpoints.appearance",
    "touchpoints.surveys",
    "touchpoints.lead_forms",
    "touchpoints.landing_pages",
    "touchpoints.interests",
    "touchpoints.contents",
    "touchpoints.slots",
    "scoring",
    "scoring.simulation",
    "scoring.learning",
    "scoring.handoffs",
    "scoring.twins",
    "nurturing",
    "enrichment",
    "enrichment.partners",
    "enrichment.proofs",
    "steering",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_rls_tenants",
    "django_htmx",
    "template_partials",
    "ninja",
    "anymail",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "prm.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "prm.web.toasts.ToastMiddleware",
    "prm.web.person.PersonMiddleware",
    "prm.organisations.middleware.OrganisationMiddleware",
    "prm.web.errors.DomainErrorMiddleware",
    "prm.api.middleware.ApiErrorMiddleware",
]

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
                "prm.web.shell.shell",
            ],
            "builtins": ["template_partials.templatetags.partials", "prm.web.templatetags.prm"],
        },
    }
]

# --- PostgreSQL -------------------------------------------------------------------------------
# DATABASE_URL is the owner of the tables (migrations); DATABASE_APP_URL the plain role everything else
# uses. prm/embedded/environment.py derives the second from the first when it is not given.
DATABASE_ROLE = env.str("PRM_DATABASE_ROLE", default="application")
DATABASES = {"default": env.db("DATABASE_URL" if DATABASE_ROLE == "owner" else "DATABASE_APP_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=300)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})
# jit costs more than it gives on queries of milliseconds.
DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DATABASE_APP_ROLE = env.db("DATABASE_APP_URL")["USER"]

RLS_TENANTS = {
    "TENANT_MODEL": "organisations.Organisation",
    "TENANT_FK_FIELD": "organisation",
    "TENANT_PK_TYPE": "bigint",
    "STRICT_MODE": True,
}
# The library warns of session settings on kept connections; prm.organisations.scope puts them back.
SILENCED_SYSTEM_CHECKS = ["django_rls_tenants.W004", "django_rls_tenants.W005"]

# --- Valkey / Redis ---------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "prm.work.cache.TolerantRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2, "retry": Retry(NoBackoff(), 1)},
    }
}

# --- Celery: wake-ups only, PostgreSQL knows what is due ----------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "queue_order_strategy": "priority",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "react"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(PRM_DATA_DIR / "celerybeat-schedule")
# Who does what is due (prm.work.wakeups): the task, and the Celery queue it runs in.
WAKEUP_TASKS = {
    "react": ("prm.reactions.react", "react"),
    "form": ("touchpoints.lead_forms.tasks.process_due", "react"),
    "segment": ("contacts.segments.tasks.keep_segments", "react"),
    "company": ("contacts.standings.tasks.keep_standings", "react"),
    "double": ("contacts.doubles.tasks.find_doubles", "bulk"),
    "handoff": ("scoring.handoffs.tasks.watch_due", "react"),
    "score": ("scoring.tasks.score_due", "bulk"),
    "twin": ("scoring.twins.tasks.keep_due", "bulk"),
    "nurture": ("nurturing.tasks.run_due_steps", "react"),
    "mail": ("nurturing.tasks.send_due_mail", "mail"),
    "enrich": ("enrichment.tasks.ask_due", "bulk"),
    "vat": ("enrichment.tasks.check_vat", "bulk"),
    "source": ("enrichment.tasks.try_sources", "react"),
    "arrive": ("enrichment.tasks.ask_about_arrivals", "bulk"),
    "refresh": ("enrichment.tasks.refresh_nightly", "bulk"),
    "webhook": ("prm.webhooks.tasks.send_due", "bulk"),
    "job": ("prm.work.tasks.run_jobs", "bulk"),
    "track": ("touchpoints.tracking.tasks.collect", "react"),
    "observe": ("touchpoints.attribution.tasks.observe", "bulk"),
    "interest": ("touchpoints.interests.tasks.reconsider", "react"),
    "survey": ("touchpoints.surveys.tasks.settle", "react"),
    "figures": ("prm.work.tasks.refresh_figures", "bulk"),
    "tidy": ("contacts.tasks.tidy", "bulk"),
    "retain": ("contacts.rights.tasks.retain", "bulk"),
}
# Asked every hour.
HOURLY_TASKS = [
    ("touchpoints.tasks.maintain", "bulk"),
    ("touchpoints.tracking.tasks.forget", "bulk"),
    ("prm.work.tasks.prune", "bulk"),
]
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=5.0)

# --- Accounts ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "prm.organisations.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"signup": "prm.organisations.forms.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# How many proxies stand in front and add to X-Forwarded-For: attempts are counted per person's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "PRM"
# Reading a page writes nothing.
USERSESSIONS_TRACK_ACTIVITY = False
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "prm.web.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- Words ------------------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Paris")
LOCALE_PATHS = [BASE_DIR / "prm" / "locale"]
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["prm.web.formats"]

# --- Files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(PRM_DATA_DIR / "static"))).resolve()
MEDIA_ROOT = PRM_DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Files of imports, in bytes.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=512 * 1024 * 1024)

# --- E-mail -----------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="PRM <prm@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- The outside ------------------------------------------------------------------------------
RECHERCHE_ENTREPRISES_URL = env.str("RECHERCHE_ENTREPRISES_URL", default="https://recherche-entreprises.api.gouv.fr")
# Seconds to connect, seconds to answer.
RECHERCHE_ENTREPRISES_TIMEOUT = (
    env.float("RECHERCHE_ENTREPRISES_CONNECT_TIMEOUT", default=3.05),
    env.float("RECHERCHE_ENTREPRISES_READ_TIMEOUT", default=8.0),
)
# Requests a second, all workers of the installation together (the service allows 7 per address).
RECHERCHE_ENTREPRISES_PER_SECOND = env.int("RECHERCHE_ENTREPRISES_PER_SECOND", default=5)
# INSEE's API Sirene: with a key of the installation, or of each organisation (the page "Sources" of its settings).
INSEE_URL = env.str("INSEE_URL", default="https://api.insee.fr/api-sirene/3.11")
INSEE_API_KEY = env.str("INSEE_API_KEY", default="")
INSEE_TIMEOUT = (
    env.float("INSEE_CONNECT_TIMEOUT", default=3.05),
    env.float("INSEE_READ_TIMEOUT", default=10.0),
)
# Requests a minute with one key, all workers of the installation together (the public plan allows 30).
INSEE_PER_MINUTE = env.int("INSEE_PER_MINUTE", default=28)
# Requests a day that one organisation's jobs may send to a source; 0: as many as its rate allows.
ENRICHMENT_CALLS_PER_DAY = env.int("ENRICHMENT_CALLS_PER_DAY", default=0)
# Whether VAT numbers are valid; empty: nobody is asked.
VIES_URL = env.str("VIES_URL", default="https://ec.europa.eu/taxation_customs/vies/rest-api")
VIES_TIMEOUT = (env.float("VIES_CONNECT_TIMEOUT", default=3.05), env.float("VIES_READ_TIMEOUT", default=15.0))
# Files that say whose an IP address is: ASN, ISP, Enterprise or Domain databases of the .mmdb kind.
IP_DATABASES = env.list("IP_DATABASES", default=[])
# May the legal notices of companies' websites be read? Off as well where the API above is not asked.
READ_WEBSITES = env.bool("READ_WEBSITES", default=True)
# Requests a second at one website, all workers of the installation together.
WEBSITES_PER_SECOND = env.float("WEBSITES_PER_SECOND", default=1.0)
# Of tests alone: where names are looked up, "127.0.0.1:5353", and the one port on which 127.0.0.0/8 is asked.
WEBSITES_NAMESERVER = env.str("WEBSITES_NAMESERVER", default="")
WEBSITES_LOOPBACK_PORT = env.int("WEBSITES_LOOPBACK_PORT", default=0)

# --- Tracking ---------------------------------------------------------------------------------
# Beacons a minute that are taken of one site and of one address, all web processes together; 0: as many as come.
TRACKING_PER_MINUTE = env.int("TRACKING_PER_MINUTE", default=60_000)
TRACKING_ADDRESS_PER_MINUTE = env.int("TRACKING_ADDRESS_PER_MINUTE", default=600)
# A file of networks of data centres, one a line (203.0.113.0/24): nobody browses from there.
DATA_CENTRES_FILE = env.str("DATA_CENTRES_FILE", default="")

# --- Logging ----------------------------------------------------------------------------------
LOGGING_CONFIG = "prm.logs.configure"
LOGGING = {"level": env.str("LOG_LEVEL", default="INFO"), "json": env.bool("LOG_JSON", default=False)}
