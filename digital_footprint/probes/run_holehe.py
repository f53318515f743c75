"""Asks the sites of holehe 1.61, as a library: its command line updates itself and writes files.

Run in holehe's own environment: python -I -B run_holehe.py; see asking.py for what goes in and out.
holehe is free software under GPL-3.0, installed by whoever turns the source on.
"""

import inspect
import re
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))  # -I leaves it out

from asking import NOT_REGISTERED, REGISTERED, UNKNOWN, Ask, answer_question, watch_httpx

# holehe's own method of a module that asks for a new password in the owner's name.
RECOVERY = re.compile(r"""method\s*=\s*["']password recovery""")

# They log in with an invented password, which a site may count against the owner.
TRIES_A_PASSWORD = frozenset({"nutshell", "parler", "vivino"})

# They are asked over plain HTTP, which everybody on the way can read.
UNENCRYPTED = frozenset({"blackworldforum", "bluegrassrivals", "thevapingforum"})

LEFT_OUT = TRIES_A_PASSWORD | UNENCRYPTED

SECONDS = 10


def load() -> Mapping[str, Ask]:
    """Import the program; give every site that is asked without a trace at the owner's."""
    import httpx
    from holehe.core import get_functions, import_submodules

    watch_httpx()
    modules = import_submodules("holehe.modules")
    functions = get_functions(modules, Namespace(nopasswordrecovery=True))
    context = httpx.create_ssl_context()
    return {one.__name__: _asker(one, context) for one in functions if _is_quiet(one)}


def _is_quiet(function: Any) -> bool:
    recovers = RECOVERY.search(inspect.getsource(function))
    return not recovers and function.__name__ not in LEFT_OUT


def _asker(function: Any, context: Any) -> Ask:
    import httpx

    async def ask(address: str) -> tuple[str, str]:
        rows: list[Any] = []
        # A client for each: what one site sets as a cookie is nobody else's business.
        async with httpx.AsyncClient(verify=context, timeout=SECONDS) as client:
            await function(address, client, rows)
        return read(rows)

    return ask


def read(rows: list[Any]) -> tuple[str, str]:
    """Give a module's answer: of one whole row that is neither a failure nor a refusal."""
    match rows:
        case [{"rateLimit": False, "exists": bool(exists), "domain": str(domain)}]:
            return (REGISTERED if exists else NOT_REGISTERED), domain
        case _:
            return UNKNOWN, ""


if __name__ == "__main__":
    answer_question(load)
