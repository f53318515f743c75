"""Decides what an assistant can read by address: status, the report, a run, a finding."""

import json
from dataclasses import asdict
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import Annotations

from digital_footprint.mcp_server.access import OpenHome, for_resource
from digital_footprint.schedule import Schedule

JSON = "application/json"
RUNS, CHECKS = 10, 100
# Of a person's exposure first the person is to be shown something.
PRIVATE = Annotations(audience=["user"], priority=0.5)
LARGEST = 2**63 - 1


def add_resources(server: MCPServer[Any], db: OpenHome, schedule: Schedule) -> None:
    """Add them; each is a JSON document in the shape of the tool of the same matter."""

    @server.resource("footprint://status", title="Schedule status", mime_type=JSON)
    def status() -> str:
        """Tell how each job stands."""
        from digital_footprint.mcp_server.status import schedule_status

        with for_resource(db) as home:
            return _json(schedule_status(home, schedule.read, RUNS))

    @server.resource(
        "footprint://report/latest", title="Report", mime_type=JSON, annotations=PRIVATE
    )
    def report() -> str:
        """Report how the household stands at this moment, as one field of untrusted Markdown."""
        from digital_footprint.mcp_server.report import latest_report

        with for_resource(db) as home:
            return _json(latest_report(home))

    @server.resource("footprint://run/{id}", title="Run", mime_type=JSON)
    def run(id: str) -> str:  # noqa: A002 - the address is public
        """Tell one run with its checks."""
        from digital_footprint.mcp_server.runs import show_run

        with for_resource(db) as home:
            return _json(show_run(home, _number(id), CHECKS))

    @server.resource(
        "footprint://finding/{id}", title="Finding", mime_type=JSON, annotations=PRIVATE
    )
    def finding(id: str) -> str:  # noqa: A002 - the address is public
        """Tell everything that is known of one finding."""
        from digital_footprint.mcp_server.findings import explain_finding

        with for_resource(db) as home:
            return _json(explain_finding(home, _number(id)))


def _json(answer: Any) -> str:
    return json.dumps(asdict(answer), ensure_ascii=False)


def _number(text: str) -> int:
    """Read an id. Raises ResourceNotFoundError."""
    if text.isascii() and text.isdecimal() and 1 <= int(text[:20]) <= LARGEST:
        return int(text)
    raise ResourceNotFoundError("that is no number. Next step: list the runs or the findings")
