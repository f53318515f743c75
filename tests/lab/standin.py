"""Stands in for the outside service inside a machine, slowly, until the file `go` exists.

Started there by the environment's own Python; writes the settings that lead to it.
"""

import time
from pathlib import Path
from typing import Any

from digital_footprint import secrets
from digital_footprint.config import resolve_paths
from digital_footprint.demo import household
from digital_footprint.demo.hibp import HibpStandIn
from digital_footprint.files import make_directory, write_privately


class Slow(dict[str, list[str]]):
    """Accounts that take their time: long enough to be caught at it, short of any time-out."""

    def get(self, key: str, default: Any = None) -> Any:
        patience = time.monotonic() + 4
        while not Path("go").exists() and time.monotonic() < patience:
            time.sleep(0.05)
        return super().get(key, default)


def main() -> None:
    """Serve until killed."""
    paths = resolve_paths()
    make_directory(paths.config)
    with HibpStandIn(accounts=Slow(), catalogue=household.catalogue()) as service:
        secrets.set_secret(paths, "hibp_api_key", household.KEY)
        settings = f'[sources.hibp]\nbase_url = "{service.base_url}"\n'
        write_privately(paths.config_file, settings)
        time.sleep(3600)


if __name__ == "__main__":
    main()
