"""What a person, a machine or time does to an installation under systemd, and what then tells of it."""

from tests.lab.acts import BIN, DATA, JOB
from tests.lab.machine import HOME, UID
from tests.lab.provoking import Spoil
from tests.lab.trees import USER

UNITS = ".config/systemd/user"
STATE_HOME = ".local/state/digital-footprint"
RECORD = f"{STATE_HOME}/timers.json"
SECRETS = ".config/digital-footprint/secrets.toml"
NOTICE = f"{STATE_HOME}/failures/{JOB}.service"
VERIFY = "footprint-verify_removals"
REPORT = "footprint-generate_report"
# By the names of things: what a person, a machine or time has done to them.
TIMERS_AND_FILES = [
    Spoil(f"systemctl --user disable --now {JOB}.timer", "timer breach_recheck", "not running"),
    Spoil(
        "systemctl --user disable footprint-dark_web_monitor.timer",
        "timer dark_web_monitor",
        "not enabled",
    ),
    # Once the last of its firings is over, a timer stays elapsed, whatever its unit says by then.
    Spoil(
        f"d={UNITS}/{VERIFY}.timer.d; mkdir $d; systemctl --user stop {VERIFY}.timer;"
        " printf '[Timer]\\nOnCalendar=\\nOnCalendar=2020-01-01\\n' >$d/a.conf;"
        f" systemctl --user daemon-reload; systemctl --user start {VERIFY}.timer;"
        " rm -r $d; systemctl --user daemon-reload",
        "timer verify_removals",
        "no next firing",
    ),
    Spoil(
        f"mkdir -p {SECRETS.rpartition('/')[0]}; echo \"hibp_api_key = '{'0' * 32}'\" >{SECRETS};"
        f" chmod 644 {SECRETS}",
        "here: secrets",
        "can be read by",
    ),
    Spoil(
        "printf '0 5 * * * true\\n1 4 * * * footprint-job run-overdue\\n' | crontab -",
        "crontab",
        "footprint-job run-overdue",
        edit="/footprint-job/d",
    ),
    Spoil(
        f"mv {DATA}/env/bin/python away; ! systemctl --user start {JOB}.service;"
        f" while ! test -s {NOTICE}; do sleep 0.1; done; mv away {DATA}/env/bin/python",
        "failure of breach_recheck",
        "interpreter is gone",
    ),
    Spoil(f"rm {RECORD}", "units", "not as they should be"),
]
# A job's unit that says something else than its file: the drop-in is a person's own.
DROP_INS = [
    Spoil(
        f"mkdir {UNITS}/{JOB}.service.d && systemctl --user daemon-reload"
        f" && printf '[Service]\\nEnvironment=FOOTPRINT_HOME=%%h/other\\n'"
        f" >{UNITS}/{JOB}.service.d/override.conf && systemctl --user daemon-reload",
        "unit breach_recheck",
        "this shell with",
        edit="/FOOTPRINT_HOME/d",
    ),
    Spoil(
        f"mkdir {UNITS}/{VERIFY}.service.d && printf '[Service]\\nRestrictAddressFamilies=\\n"
        "RestrictAddressFamilies=AF_UNIX\\n'"
        f" >{UNITS}/{VERIFY}.service.d/override.conf && systemctl --user daemon-reload",
        "sandbox verify_removals",
        "the network cannot be reached",
        edit="/RestrictAddressFamilies/d",
    ),
    Spoil(
        f"mkdir {UNITS}/{REPORT}.service.d && printf '[Service]\\nRestrictAddressFamilies=\\n'"
        f" >{UNITS}/{REPORT}.service.d/override.conf && systemctl --user daemon-reload",
        "unit generate_report",
        "has the network and should not",
        edit="/RestrictAddressFamilies/d",
    ),
]
DARK_WEB = "footprint-dark_web_monitor"


def dropped_in(unit: str, lines: str) -> str:
    """Give the command that adds lines to a unit."""
    place = f"{UNITS}/{unit}.d"
    return (
        f"mkdir {place} && printf '{lines}' >{place}/override.conf"
        " && systemctl --user daemon-reload"
    )


# What is started, and when, as a drop-in says it; a file that is masked is no file any more.
TIMER_DROP_INS = [
    Spoil(
        dropped_in(f"{VERIFY}.timer", "[Timer]\\nUnit=systemd-tmpfiles-clean.service\\n"),
        "timer verify_removals",
        "it starts systemd-tmpfiles-clean.service",
        edit="/^Unit=/d",
    ),
    Spoil(
        dropped_in(f"{JOB}.timer", "[Timer]\\nOnCalendar=\\n"),
        "timer breach_recheck",
        "it has a bad setting",
        edit="/^OnCalendar=/d",
    ),
    Spoil(
        dropped_in(f"{DARK_WEB}.timer", "[Timer]\\nOnCalendar=\\nOnCalendar=2020-01-01\\n"),
        "timer dark_web_monitor",
        "no next firing",
        edit="/^OnCalendar=/d",
    ),
    Spoil(
        dropped_in(f"{DARK_WEB}.service", "[Unit]\\nConditionPathExists=/nonexistent\\n"),
        "sandbox dark_web_monitor",
        "the unit ends before it starts our program",
        edit="/^Condition/d",
    ),
    Spoil(
        dropped_in(f"{REPORT}.service", "[Service]\\nExecStart=\\nExecStart=/bin/true\\n"),
        "unit generate_report",
        "the unit ends before it starts our program",
        edit="/^ExecStart=/d",
    ),
    # The last: its fix installs, and proves the sandboxes by what the drop-ins say by then.
    Spoil(
        f"rm {UNITS}/{REPORT}.timer && systemctl --user mask --now {REPORT}.timer",
        "timer generate_report",
        "masked",
    ),
]
SELDOM = Spoil(
    dropped_in(f"{VERIFY}.timer", "[Timer]\\nOnCalendar=\\nOnCalendar=yearly\\n"),
    "timer verify_removals",
    "but its interval is 1 day(s)",
    edit="/^OnCalendar=/d",
)
CUT_OFF = Spoil(
    f"mkdir {UNITS}/{JOB}.service.d && printf '[Service]\\nRestrictAddressFamilies=\\n"
    "RestrictAddressFamilies=AF_UNIX\\n'"
    f" >{UNITS}/{JOB}.service.d/override.conf && systemctl --user daemon-reload",
    "unit breach_recheck",
    "it has no network",
    edit="/RestrictAddressFamilies/d",
)
LAST_RUN = """
import pathlib, sqlite3
db = sqlite3.connect(pathlib.Path("{data}/footprint.db"))
db.execute("INSERT INTO scheduled_runs (job_name, started_at, status)"
           " VALUES ('verify_removals', '2099-01-01T00:00:00Z', 'success')")
db.commit()
"""
AHEAD = Spoil(
    f"{BIN}/python - <<'END'\n{LAST_RUN.format(data=DATA)}\nEND",
    "clock",
    "2099-01-01",
)
HOME_AND_EDITED = [
    Spoil(
        f"rm -r {STATE_HOME}/locks && touch {STATE_HOME}/locks",
        "here: state directory",
        "is a file",
        by_hand=f"mv {STATE_HOME}/locks away",
    ),
    AHEAD,
    Spoil(
        f"sed -i s/Persistent=true/Persistent=false/ {UNITS}/{VERIFY}.timer",
        "units",
        "edited by hand",
    ),
]
# Another version has other templates, and was installed by somebody who did not go on.
STALE = Spoil(
    f"sed -i s/Nice=10/Nice=11/ {DATA}/env/lib/python3*/site-packages/footprint_timers/"
    "templates/systemd/*.service*",
    "units",
    f"{REPORT}.service",
)
STALE_AND_GONE = [
    STALE,
    Spoil(
        f"rm {UNITS}/{JOB}.timer && systemctl --user daemon-reload",
        "timer breach_recheck",
        "not installed",
    ),
    Spoil(f"rm {UNITS}/footprint-dark_web_monitor.service", "units", "cannot be read"),
]
WITHOUT_PROOFS = """
import json, pathlib
record = pathlib.Path("{record}")
told = json.loads(record.read_text())
del told["proofs"]
record.write_text(json.dumps(told))
"""
RECORD_OLD = [
    CUT_OFF,
    SELDOM,
    Spoil(
        f"{BIN}/python - <<'END'\n{WITHOUT_PROOFS.format(record=RECORD)}\nEND",
        "sandbox generate_report",
        "installed without a probe",
    ),
]
# The file that `plan` compares is as it should be, and so is the one it names: only starting tells.
PROGRAM_AND_DATABASE = [
    Spoil(
        f"mkdir -p {DATA}/backups && cp {DATA}/footprint.db {DATA}/backups/ &&"
        f" dd if=/dev/urandom of={DATA}/footprint.db bs=4096 seek=10 count=1 conv=notrunc",
        "here: database",
        "is damaged",
        by_hand=f"mkdir broken && mv {DATA}/footprint.db* broken/"
        f" && cp {DATA}/backups/footprint.db {DATA}/footprint.db",
    ),
    Spoil(
        f"rm -r {DATA}/env/lib/python3*/site-packages/selectolax", "here: libraries", "selectolax"
    ),
    Spoil(
        f"sed -i '1s,.*,#!/nowhere/python,' {DATA}/env/bin/footprint-job",
        "unit generate_report",
        "interpreter is gone",
    ),
]
BATCHES = {
    "program, database": PROGRAM_AND_DATABASE,
    "timers and files": TIMERS_AND_FILES,
    "drop-ins": DROP_INS,
    "timers with drop-ins": TIMER_DROP_INS,
    "home, clock, edited": HOME_AND_EDITED,
    "stale, gone": STALE_AND_GONE,
    "record old": RECORD_OLD,
}

# The real timedated turns on, and asks for, whatever is listed; here it is one that does nothing.
NETWORK_TIME = """
mkdir -p /usr/lib/systemd/ntp-units.d && echo lab-time.service >/usr/lib/systemd/ntp-units.d/lab.list
printf '[Service]\\nExecStart=sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' \
    >/etc/systemd/system/lab-time.service
systemctl daemon-reload
"""
DATA_HOME = f"{HOME}/{DATA}"
# Everything but the environments, which are many megabytes, goes to a disk of two.
SMALL_DISK = f"""
mkdir /srv/data && mount --bind {DATA_HOME} /srv/data && mount --make-private /srv/data
mount -t tmpfs -o size=2m,uid={UID},gid={UID},mode=700 small {DATA_HOME}
cp -a /srv/data/footprint.db /srv/data/env {DATA_HOME}/
for each in /srv/data/env-*; do
    mkdir {DATA_HOME}/${{each##*/}} && mount --bind $each {DATA_HOME}/${{each##*/}}
done
"""
# As full as a disk is for long: too little for one more page of the log, enough to be opened.
NEARLY_FULL = (
    f"head -c $((($(df -k --output=avail {DATA_HOME} | tail -1) - 48) * 1024)) /dev/zero"
    f" >{DATA_HOME}/filler"
)
MACHINE = [
    Spoil(NETWORK_TIME, "clock", "network time is off", as_root=True),
    # Somebody is logged in, so there is a manager; at its last logout there is none any more.
    Spoil(
        f"systemd-run --unit=session -p PAMName=login -p User={USER} sleep infinity;"
        f" systemd-run --wait --pipe loginctl disable-linger {USER}",
        "linger",
        "only while you are logged in",
        as_root=True,
    ),
    Spoil(NEARLY_FULL, "disk", "has no room", by_hand=f"df -h {DATA_HOME}; rm {DATA_HOME}/filler"),
]

LOCKED = f"""
mkdir -p /etc/systemd/system/user@{UID}.service.d
printf '[Service]\\nRestrictNamespaces=~user\\n' >/etc/systemd/system/user@{UID}.service.d/lab.conf
systemctl daemon-reload && systemctl restart user@{UID}.service
"""
