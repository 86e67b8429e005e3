"""How long landing keeps a file as received: long enough to replay it, then only hash and ledger entry remain."""

from __future__ import annotations

import shutil
import time

from pipelines.settings import CityHome, Settings

DAY_SECONDS = 86_400


def expire_landing(home: CityHome) -> list[str]:
    """Remove deliveries from landing that came in more than CITYEVAL_LANDING_DAYS ago; returns their names."""
    cutoff = time.time() - Settings().landing_days * DAY_SECONDS
    if not home.landing.is_dir():
        return []
    old = [folder for folder in sorted(home.landing.iterdir()) if folder.is_dir() and folder.stat().st_mtime < cutoff]
    for folder in old:
        shutil.rmtree(folder)
    return [folder.name for folder in old]
