"""Decides how a person uses the lab by hand: `python -m tests.lab shell trixie`."""

import argparse
import sys

from tests.lab.machine import Machine
from tests.lab.trees import booted, make_tree
from tests.lab.wheelhouse import make_wheelhouse


def main() -> int:
    """Boot a machine with the checkout installed, and hand it over."""
    options = _options()
    with Machine([make_tree(booted(options.suite))], make_wheelhouse()) as machine:
        machine.put_checkout()
        if not options.bare:
            sys.stderr.write(machine.ok("footprint-timers/install.sh"))
        if options.action == "shell":
            return machine.shell()
        if options.action == "run":
            answer = machine.user(" ".join(options.command))
            sys.stdout.write(answer.out)
            sys.stderr.write(answer.err)
            return answer.status
        sys.stdout.write(machine.journal())
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description="A booted machine with the checkout installed."
    )
    parser.add_argument("--bare", action="store_true", help="do not install the checkout")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, said in (
        ("shell", "a login shell of its user"),
        ("run", "one shell command as its user"),
        ("journal", "what booting and installing wrote down"),
    ):
        action = actions.add_parser(name, help=said)
        action.add_argument("suite", help="bookworm, trixie, ...")
        if name == "run":
            action.add_argument("command", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
