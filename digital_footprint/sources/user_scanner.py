"""user-scanner: at which of many sites an address has an account, by a program of its own.

https://github.com/kaifcodec/user-scanner, MIT; installed when the source is turned on.
"""

from datetime import timedelta
from typing import ClassVar

from digital_footprint.sources import Profile
from digital_footprint.sources.probes import Probe

# Of the 220 modules of 1.5.2.3, without 51 that write to the owner, 2 that start a password
# recovery, 17 that try a password and 1 that registers (see probes/run_user_scanner.py).
SITES = 149


class UserScanner(Probe):
    """Asks the sites of user-scanner."""

    profile: ClassVar[Profile] = Profile(
        name="user_scanner",
        section="user_scanner",
        service="user_scanner",
        job="dark_web_monitor",
        default_base_url="",
        sends="every e-mail address in full, and invented addresses at the same domain",
        recipient=(
            f"up to {SITES} companies, adult, dating and women's health sites among them; one "
            "learns your address only after it has denied an invented one"
        ),
        price="free; installs user-scanner 1.5.2.3 (MIT) in an environment of its own, 120 MB",
        terms="of each of the sites, and of the program: https://github.com/kaifcodec/user-scanner",
        clean_means="never claimed: a site that denies an address may as well be broken",
        attribution="Accounts: user-scanner, https://github.com/kaifcodec/user-scanner",
        before_consent=(
            "user-scanner pretends to be a browser, down to its encryption, and fills in the "
            "sites' sign-up and log-in forms from your own network address, which most of them "
            "forbid. Left out are those known to write to the owner, to start a password recovery "
            "or to count as a failed log-in; others may have become such. Only ask about your own "
            "addresses."
        ),
        consent_version=1,
        every=timedelta(days=30),
        says_clean=False,
        # What it sends passes us by: a program of its own sends it.
        limits=(),
        overhead=0,
    )
