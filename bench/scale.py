"""Peak memory of a run, and what one address costs, for households of growing size.

The real `footprint-job run breach_recheck`, in a process of its own, against a stand-in on
loopback. Prints one JSON document; exits with 1 when a target is missed.

    python bench/scale.py [--addresses 1000 5000 20000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import loopback
import startup

TARGET_PEAK_MIB = 120
# The processor time of one address in the largest household, against that in the smallest; the
# time of day would measure what else the machine has to do.
TARGET_GROWTH = 1.2
# More than can be asked in a minute: what is measured is this program, not a limit.
RPM = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--addresses", type=int, nargs="+", default=[1000, 5000, 20000])
    parser.add_argument("--make", nargs=2, metavar=("HOME", "URL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        home, base_url = given.make
        loopback.make_home(Path(home), base_url, given.addresses[0])
        return
    measured = [measure(addresses) for addresses in given.addresses]
    growth = measured[-1]["processor_ms_each"] / measured[0]["processor_ms_each"]
    peak = max(one["peak_mib"] for one in measured)
    met = peak <= TARGET_PEAK_MIB and growth <= TARGET_GROWTH
    document = {
        "households": measured,
        "peak_mib": peak,
        "growth": round(growth, 2),
        "target_peak_mib": TARGET_PEAK_MIB,
        "target_growth": TARGET_GROWTH,
        "met": met,
    }
    print(json.dumps(document, indent=2))
    sys.exit(not met)


def measure(addresses: int) -> dict[str, Any]:
    """Run the job once for so many addresses."""
    service = loopback.Service(RPM, loopback.FastClock(time.time(), 1))
    program = Path(sys.executable).with_name("footprint-job")
    with tempfile.TemporaryDirectory() as home:
        # In a process of its own: the kernel counts this one's pages towards the run.
        make = [sys.executable, __file__, "--addresses", str(addresses)]
        subprocess.run([*make, "--make", home, service.base_url], check=True)
        begin = os.times()
        seconds, peak = startup.measure(
            [str(program), "run", "breach_recheck"], {**os.environ, "FOOTPRINT_HOME": home}
        )
        end = os.times()
    service.close()
    used = end.children_user + end.children_system - begin.children_user - begin.children_system
    return {
        "addresses": addresses,
        "requests": len(service.times),
        "seconds": round(seconds, 1),
        "processor_ms_each": round(1000 * used / addresses, 2),
        "peak_mib": round(peak, 1),
    }


if __name__ == "__main__":
    main()
