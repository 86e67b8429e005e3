"""Superset's settings: one machine, loopback, nothing leaves it. The environment says what differs in production."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

from dashboards.chinese import CHINESE_TIME, correct_pack
from dashboards.ownership import SecurityManager
from dashboards.places import HOME, METADATA, cities
from dashboards.quick import EventLogger, remember
from dashboards.release_cache import open_pinned
from dashboards.secret import secret_key

SECRET_KEY = secret_key(HOME)
SQLALCHEMY_DATABASE_URI = METADATA
if SQLALCHEMY_DATABASE_URI.startswith("sqlite"):
    # Kept open: SQLite's own pool closes each connection, and whoever closes the last one writes all to the disk.
    SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}, "poolclass": QueuePool, "pool_size": 16}

    @event.listens_for(Engine, "connect")
    def _readers_beside_a_writer(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
                connection.execute(f"PRAGMA {pragma}")


APP_NAME = "城市管理考核 cityeval"
BABEL_DEFAULT_LOCALE = "zh" if any(city.language == "zh" for city in cities()) else "en"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "us", "name": "English"}}
D3_TIME_FORMAT = CHINESE_TIME


def _files(name: str, lasts: timedelta, kind: str = "FileSystemCache", **more: Any) -> dict[str, Any]:
    return {
        "CACHE_TYPE": kind,
        "CACHE_DIR": str(HOME / "cache" / name),
        "CACHE_DEFAULT_TIMEOUT": int(lasts.total_seconds()),
        "CACHE_THRESHOLD": 5000,
        "CACHE_KEY_PREFIX": f"{name}_",
        **more,
    }


CACHE_CONFIG = _files("meta", timedelta(hours=1))
DATA_CACHE_CONFIG = _files("data", timedelta(days=1), "dashboards.release_cache.ReleaseCache")
FILTER_STATE_CACHE_CONFIG = _files("filter", timedelta(days=90), REFRESH_TIMEOUT_ON_RETRIEVAL=True)
EXPLORE_FORM_DATA_CACHE_CONFIG = _files("explore", timedelta(days=7), REFRESH_TIMEOUT_ON_RETRIEVAL=True)
DB_CONNECTION_MUTATOR = open_pinned

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "DRILL_TO_DETAIL": True,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALERT_REPORTS": False,
    "DASHBOARD_VIRTUALIZATION": False,  # a page draws whole: pages are short, and they are printed
}
ROW_LIMIT = 50_000
SQL_MAX_ROW = 100_000
DASHBOARD_AUTO_REFRESH_MODE = (
    "fetch"  # out of the cache, whose key is the release: new figures only where there are some
)
CSV_EXPORT = {"encoding": "utf-8-sig"}
# Told apart by colour-blind people too.
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "cityeval",
        "label": "cityeval",
        "description": "Okabe–Ito without its yellow and its red, which is for what needs action",
        "colors": ["#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#5F6B7A", "#E69F00"],
    },
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "cityeval_blue",
        "label": "cityeval blue",
        "description": "the darker the higher: the lowest of several is not yet a fault",
        "isDiverging": False,
        "colors": ["#E3EEF6", "#B5D3E7", "#7FB3D5", "#3B87BD", "#0B5394"],
    }
]

EVENT_LOGGER = EventLogger()
CUSTOM_SECURITY_MANAGER = SecurityManager
AUTH_ROLE_PUBLIC = "Public"
PUBLIC_ROLE_LIKE = None
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = os.environ.get("CITYEVAL_SUPERSET_HTTPS", "0") == "1"
ENABLE_PROXY_FIX = SESSION_COOKIE_SECURE
PERMANENT_SESSION_LIFETIME = int(timedelta(hours=12).total_seconds())
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per second"
RATELIMIT_APPLICATION = "500 per second"  # per address: an office behind one proxy is one address
# The browser may only speak to this server: the built-in telemetry pixel and every outside address are refused.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": SESSION_COOKIE_SECURE,
}


def FLASK_APP_MUTATOR(app: Any) -> None:  # noqa: N802 Superset's name
    """Chinese corrected, also on the login page; CSV with a byte order mark; no log of strangers; pages by reader."""
    from flask import redirect, request, session  # noqa: PLC0415 needs the app
    from flask_login import current_user  # noqa: PLC0415

    remember()
    languages = {city.name: city.language for city in cities()}

    @app.before_request
    def no_log_of_strangers() -> Any:
        """The login page reports its events while the form is sent. An answer that sets the stranger's cookie again,
        and comes after that of the login, logs the person out; to ask who is logged in is enough to set it."""
        if request.path == "/superset/log/" and "_user_id" not in session:
            return "", 204
        return None

    @app.before_request
    def chinese_pack() -> Any:
        if request.path.endswith("/language_pack/zh/"):
            response = app.json.response(correct_pack())
            response.cache_control.max_age = 3600
            return response
        return None

    @app.before_request
    def own_pages() -> Any:
        """Telephones and district leaders have dashboards of their own; a city's pages come with its language, until
        the reader chooses another."""
        if request.path.startswith("/lang/"):
            session["has_chosen_language"] = True
        name = request.path.removeprefix("/superset/dashboard/").rstrip("/")
        if name not in languages:
            return None
        if "has_chosen_language" not in session:
            session["locale"] = languages[name]
        reader = "phone" if "Mobi" in request.user_agent.string else ""
        if not reader and any(role.name == "district_leader" for role in getattr(current_user, "roles", [])):
            reader = "district"
        return redirect(f"/superset/dashboard/{name}-{reader}/?{request.query_string.decode()}") if reader else None

    @app.after_request
    def as_wide_as_the_telephone(response: Any) -> Any:
        """Superset's pages do not say so, and telephones show what does not as on a desk, too small to read."""
        if response.mimetype == "text/html" and not response.is_streamed:
            said = b'<head><meta name="viewport" content="width=device-width, initial-scale=1">'
            response.set_data(response.get_data().replace(b"<head>", said, 1))
        return response

    @app.after_request
    def csv_with_mark(response: Any) -> Any:
        """Excel takes a CSV without it for another encoding, and Chinese for noise."""
        if response.mimetype == "text/csv" and not response.is_streamed and response.status_code == 200:
            body = response.get_data()
            if not body.startswith(b"\xef\xbb\xbf"):
                response.set_data(b"\xef\xbb\xbf" + body)
        return response
