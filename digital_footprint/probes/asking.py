"""Asks the sites of a probing program about one address, and says what each of them answered.

It runs inside the program's own environment, started by `run_holehe.py` or `run_user_scanner.py`,
and imports nothing of ours. One JSON document comes in by stdin, one goes out by stdout:

    {"address": "jane@example.com", "sites": null or ["spotify", ...],
     "concurrency": 12, "site_seconds": 20, "seconds": 300}
    {"responses": 97, "sites": [{"site": "spotify", "domain": "spotify.com",
                                 "answer": "registered" | "not_registered" | "unknown"}, ...]}

`responses` counts the HTTP responses that came at all: 0 means that nobody was reached.
Whatever else a site's code does, raises, prints or leaves out is `unknown`, and so is whatever it
makes of silence or of nothing but refusals: many modules take those for a "not registered".
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

REGISTERED = "registered"
NOT_REGISTERED = "not_registered"
UNKNOWN = "unknown"

Ask = Callable[[str], Awaitable[tuple[str, str]]]
"""Asks one site about an address; gives its answer and its domain, which may be empty."""

# What is left of the environment: the way to the network, and nobody's keys.
KEPT = {
    "PATH", "LANG", "LC_ALL", "TZ",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
}  # fmt: skip

_statuses: ContextVar[list[int]] = ContextVar("statuses")


def heard(status: int) -> None:
    """Note the status of one HTTP response to the site that is being asked here."""
    _statuses.get().append(status)


def require_tls(url: str) -> None:
    """Raise for a request that everybody on the way could read."""
    if not url.startswith("https://"):
        raise Unencrypted


class Unencrypted(Exception):  # noqa: N818 - to the module that is asking it is what happened
    """An address would have gone out for everybody to read."""


def watch_httpx() -> None:
    """Have every request of httpx looked at before it goes out, and every response noted."""
    import httpx

    send = httpx.AsyncHTTPTransport.handle_async_request

    async def watched(transport: Any, request: Any) -> Any:
        require_tls(str(request.url))
        response = await send(transport, request)
        heard(response.status_code)
        return response

    httpx.AsyncHTTPTransport.handle_async_request = watched


def answer_question(load: Callable[[], Mapping[str, Ask]]) -> NoReturn:
    """Answer the question on stdin; `load` imports the program and gives its sites by name."""
    question = json.load(sys.stdin)
    out = _silence(1)
    _take_everything_away()
    sites = load()
    # Until here a failure may be told; from here on a traceback could hold the address.
    _silence(2)
    asyncio.run(_answer(question, sites, out))
    os._exit(1)


def _silence(descriptor: int) -> int:
    """Send what is written there to nowhere; give a descriptor of where it went before."""
    before = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return before


def _take_everything_away() -> None:
    """Leave the modules no keys, no home, and a directory that is gone: nothing can be kept."""
    directory = tempfile.mkdtemp()
    os.chdir(directory)
    Path(directory).rmdir()
    for name in list(os.environ):
        if name.upper() not in KEPT:
            del os.environ[name]
    os.environ["HOME"] = directory


async def _answer(question: Mapping[str, Any], sites: Mapping[str, Ask], out: int) -> NoReturn:
    # The threads of curl: one that hangs must not keep the others' places.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
    document = await _ask_all(question, sites)
    with os.fdopen(out, "w", encoding="utf-8") as file:
        json.dump(document, file)
    # Not by returning: that would wait for every thread that still hangs.
    os._exit(0)


async def _ask_all(question: Mapping[str, Any], sites: Mapping[str, Ask]) -> dict[str, Any]:
    places = asyncio.Semaphore(question["concurrency"])
    wanted = sites if question["sites"] is None else question["sites"]
    statuses: dict[str, list[int]] = {name: [] for name in sites if name in wanted}
    tasks = {
        name: asyncio.create_task(_ask(sites[name], question, places, statuses[name]))
        for name in statuses
    }
    if tasks:
        await asyncio.wait(tasks.values(), timeout=question["seconds"])
    return {
        "responses": sum(map(len, statuses.values())),
        "sites": [_row(name, task) for name, task in tasks.items()],
    }


async def _ask(
    ask: Ask, question: Mapping[str, Any], places: asyncio.Semaphore, statuses: list[int]
) -> tuple[str, str]:
    _statuses.set(statuses)
    async with places:
        answer = await asyncio.wait_for(_caught(ask, question["address"]), question["site_seconds"])
    return (UNKNOWN, "") if all(map(_is_refusal, statuses)) else answer


async def _caught(ask: Ask, address: str) -> tuple[str, str]:
    try:
        return await ask(address)
    except (Exception, SystemExit):  # noqa: BLE001 - one site's failure is nobody else's
        return UNKNOWN, ""


def _is_refusal(status: int) -> bool:
    return status in {403, 429} or status >= 500


def _row(name: str, task: "asyncio.Task[tuple[str, str]]") -> dict[str, str]:
    answered = task.done() and not task.cancelled() and task.exception() is None
    answer, domain = task.result() if answered else (UNKNOWN, "")
    return {"site": name, "domain": domain or name, "answer": answer}
