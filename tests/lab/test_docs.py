"""What docs/linux.md tells to type, on a machine with a real systemd, in the order in which it stands."""

import re

from tests.lab.acts import BIN_PATH
from tests.lab.conftest import once
from tests.lab.machine import Machine
from tests.lab.trees import CHECKOUT

PAGE = CHECKOUT / "docs" / "linux.md"
# They end with 1 where there is something to tell.
TELLING = ("footprint-timers audit", "footprint-timers doctor")


@once("bookworm")
def test_what_the_how_to_for_linux_tells_to_type_works_in_that_order(installed: Machine) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    typed = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]

    ended = {one: installed.user(f"PATH={BIN_PATH}:$PATH; {one}") for one in typed}

    assert len(ended) > 8
    wrong = {one: said for one, said in ended.items() if said.status > (one in TELLING)}
    assert {} == wrong
    assert (
        "footprint-breach_recheck.timer" in ended["systemctl --user list-timers 'footprint-*'"].out
    )
    left = installed.ok("systemctl --user list-timers --all 'footprint-*'")
    assert "footprint-breach_recheck" not in left
