"""holehe: at which of many sites an address has an account, asked by a program of its own.

https://github.com/megadose/holehe, GPL-3.0; installed when the source is turned on.
"""

from datetime import timedelta
from typing import ClassVar

from digital_footprint.sources import Profile
from digital_footprint.sources.probes import Probe

# Of the 121 modules of 1.61, without 4 that start a password recovery, 3 that try a password and
# 3 that ask over plain HTTP (see probes/run_holehe.py).
SITES = 111


class Holehe(Probe):
    """Asks the sites of holehe."""

    profile: ClassVar[Profile] = Profile(
        name="holehe",
        section="holehe",
        service="holehe",
        job="dark_web_monitor",
        default_base_url="",
        sends="every e-mail address in full, and invented addresses at the same domain",
        recipient=(
            f"up to {SITES} companies, adult sites among them; one learns your address "
            "only after it has denied an invented one"
        ),
        price="free; installs holehe 1.61 (GPL-3.0) in an environment of its own, about 40 MB",
        terms="of each of the sites, and of the program: https://github.com/megadose/holehe",
        clean_means="never claimed: a site that denies an address may as well be broken",
        attribution="Accounts: holehe, https://github.com/megadose/holehe",
        before_consent=(
            "holehe pretends to be a browser and fills in the sites' sign-up and "
            "log-in forms from your own network address, which most of them forbid. Left out are "
            "those known to write to the owner, to start a password recovery or to count as a "
            "failed log-in; others may have become such. Only ask about your own addresses."
        ),
        consent_version=1,
        every=timedelta(days=30),
        says_clean=False,
        # What it sends passes us by: a program of its own sends it.
        limits=(),
        overhead=0,
    )
