"""Gives what a report came to in counts: what the row of its run keeps."""

from digital_footprint.report.facts import Report


def counts(report: Report) -> dict[str, int]:
    """Give the counts; nothing in them names anybody."""
    exposures = (*report.lasting, *report.removable)
    return {
        "persons": len(report.people.cards) + report.people.more,
        "open": sum(one.open for one in exposures),
        "closed": sum(one.closed for one in exposures),
        "tasks": len(report.do_now) + report.more_to_do,
        "waiting": len(report.waiting.requests) + report.waiting.more,
        "changes": len(report.news.changes) + report.news.more,
        "checks": report.coverage.checks,
        "fresh": report.coverage.fresh,
        "unanswered": report.coverage.unanswered,
        "never": report.coverage.never,
    }
