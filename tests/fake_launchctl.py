"""A stand-in for launchctl, for a directory of PATH: written from what is known of the real one.

Its state lies in the directory $FAKE_LAUNCHD: `domains` has one domain a line, `loaded/DOMAIN/`
what was read from each plist at bootstrap, `disabled` the labels that are switched off,
`leaving/LABEL` how many more times a service that is going is still seen, `refuse` lines of
`VERB CODE` or `VERB/LABEL CODE`, and `calls` every call, one line of JSON each. A service that is
kickstarted is run, with the variables that launchd gives and no other; RunAtLoad is only counted.
"""

# ruff: noqa: T201 - it speaks as launchctl does

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# It is called thousands of times: what only one verb needs is imported there.
HOME = Path(os.environ["FAKE_LAUNCHD"])
WORDS = {
    1: "Operation not permitted", 3: "No such process", 5: "Input/output error",
    36: "Operation now in progress", 37: "Operation already in progress",
    112: "Could not find specified domain", 113: "Could not find specified service",
    119: "Service is disabled", 125: "Domain does not support specified action",
}  # fmt: skip
RANGES = {"Minute": (0, 59), "Hour": (0, 23), "Day": (1, 31), "Weekday": (0, 7), "Month": (1, 12)}
# bootout is asynchronous: the service is still seen so many times.
SEEN_LEAVING = int(os.environ.get("FAKE_LAUNCHD_SLOW", "2"))


def main(argv: list[str]) -> int:
    with (HOME / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(argv) + "\n")
    verb, *words = argv
    refused = refusal(verb, words)
    if refused:
        return refuse(verb, refused)
    return int(VERBS[verb](*words))


def refusal(verb: str, words: list[str]) -> int:
    file = HOME / "refuse"
    label = Path(words[-1]).name.removesuffix(".plist")
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        what, code = line.split()
        if what in (verb, f"{verb}/{label}"):
            return int(code)
    return 0


def refuse(verb: str, code: int) -> int:
    names = {"bootstrap": "Bootstrap", "bootout": "Boot-out"}
    print(f"{names.get(verb, verb)} failed: {code}: {WORDS[code]}", file=sys.stderr)
    return code


def parted(target: str) -> tuple[str, str]:
    """Part `gui/501/LABEL` and `system/LABEL` into the domain and the label."""
    words = target.split("/")
    count = 1 if words[0] == "system" else 2
    return "/".join(words[:count]), "/".join(words[count:])


def has_domain(domain: str) -> bool:
    return domain in (HOME / "domains").read_text(encoding="utf-8").split()


def file_of(domain: str, label: str) -> Path:
    return HOME / "loaded" / domain / f"{label}.json"


def read(domain: str, label: str) -> dict[str, Any] | None:
    file = file_of(domain, label)
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def disabled() -> set[str]:
    file = HOME / "disabled"
    return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()


def print_(target: str) -> int:
    domain, label = parted(target)
    if not has_domain(domain):
        print(f"Could not print domain: 125: {WORDS[125]}", file=sys.stderr)
        return 125
    if not label:
        print(f"{domain} = {{\n\ttype = login\n\thandle = {domain.split('/')[-1]}\n}}")
        return 0
    leave(domain, label)
    service = read(domain, label)
    if service is None:
        print(f'Bad request.\nCould not find service "{label}" in domain', file=sys.stderr)
        return 113
    print(shown(domain, label, service))
    if service.pop("ending", None):
        # It has run to its end when it is looked at again.
        keep(domain, label, {**service, "state": "not running"})
    return 0


def keep(domain: str, label: str, service: dict[str, Any]) -> None:
    file_of(domain, label).write_text(json.dumps(service), encoding="utf-8")


def leave(domain: str, label: str) -> None:
    mark = HOME / "leaving" / label
    if not mark.exists():
        return
    left = int(mark.read_text(encoding="utf-8")) - 1
    if left > 0:
        mark.write_text(str(left), encoding="utf-8")
    else:
        mark.unlink()
        file_of(domain, label).unlink(missing_ok=True)


def last_exit(service: dict[str, Any]) -> str:
    return "(never exited)" if "ending" in service else service.get("last_exit", "(never exited)")


def shown(domain: str, label: str, service: dict[str, Any]) -> str:
    plist, state = service["plist"], service.get("state", "not running")
    lines = [
        f"{domain}/{label} = {{",
        "\tactive count = 0",
        f"\tpath = {service['path']}",
        "\ttype = LaunchAgent",
        f"\tstate = {state}",
        "",
        f"\tprogram = {plist['ProgramArguments'][0]}",
        "\targuments = {",
        *(f"\t\t{word}" for word in plist["ProgramArguments"]),
        "\t}",
        "",
        f"\tstdout path = {plist['StandardOutPath']}",
        "\tdefault environment = {",
        "\t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin",
        "\t}",
        "",
        "\tenvironment = {",
        *(f"\t\t{name} => {value}" for name, value in plist["EnvironmentVariables"].items()),
        f"\t\tXPC_SERVICE_NAME => {label}",
        "\t}",
        "",
        f"\tdomain = {domain} [100005]",
        "\tminimum runtime = 10",
        "\texit timeout = 5",
        f"\truns = {service.get('runs', 0)}",
        f"\tlast exit code = {last_exit(service)}",
        "",
        "\tevent triggers = {",
    ]
    for number, entry in enumerate(calendar(plist)):
        lines += [
            f"\t\t{label}.{268435456 + number} => {{",
            "\t\t\tkeepalive = 0",
            f"\t\t\tservice = {label}",
            "\t\t\tstream = com.apple.launchd.calendarinterval",
            "\t\t\tmonitor = com.apple.UserEventAgent-Aqua",
            "\t\t\tdescriptor = {",
            *(f'\t\t\t\t"{key}" => {value}' for key, value in reversed(entry.items())),
            "\t\t\t}",
            "\t\t}",
        ]
    lines += ["\t}", "", "\tspawn type = daemon (3)", "\tproperties = inferred program", "}"]
    return "\n".join(lines)


def calendar(plist: dict[str, Any]) -> list[dict[str, int]]:
    """Give the entries that launchd takes: integers, in range; it drops any other without a word."""
    found = plist.get("StartCalendarInterval", [])
    entries = [found] if isinstance(found, dict) else found
    return [one for one in entries if all(map(is_in_range, one.keys(), one.values()))]


def is_in_range(key: str, value: object) -> bool:
    first, last = RANGES[key]
    return type(value) is int and first <= value <= last


def print_disabled(domain: str) -> int:
    print("\n\tdisabled services = {")
    for label in sorted(disabled()):
        print(f'\t\t"{label}" => disabled')
    print('\t\t"com.apple.example" => enabled\n\t}')
    return 0 if has_domain(domain) else refuse("print-disabled", 125)


def enable(target: str) -> int:
    (HOME / "disabled").write_text("\n".join(disabled() - {parted(target)[1]}), encoding="utf-8")
    return 0


def disable(target: str) -> int:
    (HOME / "disabled").write_text("\n".join(disabled() | {parted(target)[1]}), encoding="utf-8")
    return 0


def bootout(target: str) -> int:
    domain, label = parted(target)
    if not has_domain(domain):
        return refuse("bootout", 125)
    if read(domain, label) is None:
        return refuse("bootout", 3)
    if (HOME / "leaving" / label).exists():
        return refuse("bootout", 36)
    if SEEN_LEAVING:
        (HOME / "leaving").mkdir(exist_ok=True)
        (HOME / "leaving" / label).write_text(str(SEEN_LEAVING), encoding="utf-8")
        return 36 if os.environ.get("FAKE_LAUNCHD_SAYS_SO") else 0
    file_of(domain, label).unlink()
    return 0


def bootstrap(domain: str, path: str) -> int:
    if not has_domain(domain):
        return refuse("bootstrap", 125)
    file = Path(path)
    if not (file.is_absolute() and os.path.lexists(file)):
        return refuse("bootstrap", 5)
    status = file.lstat()
    if status.st_uid != os.getuid() or (domain == "system" and status.st_mode & 0o777 != 0o644):
        return refuse("bootstrap", 5)
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o022 or file.suffix != ".plist":
        return refuse("bootstrap", 5)
    import plistlib

    try:
        plist = plistlib.loads(file.read_bytes())
    except ValueError:
        return refuse("bootstrap", 5)
    label = plist.get("Label")
    if not label or not plist.get("ProgramArguments"):
        return refuse("bootstrap", 5)
    kinds = plist.get("LimitLoadToSessionType", "Aqua")
    if domain.startswith("user/") and "Background" not in kinds:
        return refuse("bootstrap", 5)
    # Loaded already (also while it leaves), or switched off: the same number for both.
    if read(domain, label) is not None or label in disabled():
        return refuse("bootstrap", 5)
    kept = file_of(domain, label)
    kept.parent.mkdir(parents=True, exist_ok=True)
    runs = int(plist.get("RunAtLoad", False))
    text = json.dumps({"path": str(file), "plist": plist, "runs": runs})
    kept.write_text(text, encoding="utf-8")
    return 0


def kickstart(target: str) -> int:
    domain, label = parted(target.removeprefix("-k "))
    service = read(domain, label)
    if service is None:
        return refuse("kickstart", 113)
    if label in disabled():
        return refuse("kickstart", 119)
    if service.get("state") == "running":
        return 0
    runs = int(str(service.get("runs", 0))) + 1
    ended = {"state": "running", "ending": True, "last_exit": spawn(label, service["plist"])}
    keep(domain, label, {**service, **ended, "runs": runs})
    return 0


def spawn(label: str, plist: dict[str, Any]) -> str:
    """Run it to its end; what launchd cannot set up ends with 78."""
    import subprocess

    given = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    environment = {**given, **plist["EnvironmentVariables"], "XPC_SERVICE_NAME": label}
    try:
        with (
            Path(plist["StandardOutPath"]).open("ab") as out,
            Path(plist["StandardErrorPath"]).open("ab") as err,
        ):
            done = subprocess.run(
                plist["ProgramArguments"],
                env=environment, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                umask=plist["Umask"], cwd="/",
            )  # fmt: skip
    except OSError:
        return "78: EX_CONFIG"
    return str(done.returncode)


VERBS: dict[str, Callable[..., int]] = {
    "print": print_,
    "print-disabled": print_disabled,
    "enable": enable,
    "disable": disable,
    "bootout": bootout,
    "bootstrap": bootstrap,
    "kickstart": kickstart,
}
