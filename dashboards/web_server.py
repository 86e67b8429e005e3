"""The web server: one import shared by its workers."""

import os
from typing import Any

bind = os.environ.get("CITYEVAL_SUPERSET_BIND", "127.0.0.1:8088")
workers = int(os.environ.get("CITYEVAL_SUPERSET_WORKERS", "2"))
worker_class = "gthread"
threads = 8
preload_app = True
timeout = 120
graceful_timeout = 30
keepalive = 75  # longer than a reader pauses: a connection closed while the next click is on its way loses the click
max_requests = 2000
max_requests_jitter = 200


def post_fork(_: Any, worker: Any) -> None:
    """Connections to the metadata opened while loading must not be shared between processes."""
    from superset.extensions import db  # noqa: PLC0415 after the fork

    with worker.app.wsgi().app_context():
        db.engine.dispose()
