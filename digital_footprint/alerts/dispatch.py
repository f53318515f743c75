"""Sends what is due and says what became of it: the command `deliver` of both programs."""

from digital_footprint import process
from digital_footprint.alerts import delivery
from digital_footprint.alerts.delivery import Delivered
from digital_footprint.clock import Clock
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, FootprintError, TemporaryError
from digital_footprint.output import Result, say


def dispatch(db: Database, config: Config) -> tuple[Result, int]:
    """Send what is due now; give what there is to show, and the exit code."""
    done = delivery.deliver(db, config, clock=Clock(), run=process.run)
    for line in done.trouble:
        say(line)
    document = {
        "sent": len(done.sent),
        "left": len(done.left),
        "given_up": len(done.given_up),
        "trouble": done.trouble,
    }
    text = f"{len(done.sent)} sent, {len(done.left)} left, {len(done.given_up)} given up"
    return Result(document, (text,)), exit_code_of(done)


def exit_code_of(done: Delivered) -> int:
    """Give 1 for what was given up, 78 where all that is left waits for a person, 75 for the rest.

    Nothing due, or all of it sent, is 0.
    """
    if done.given_up:
        return FootprintError.exit_code
    if done.left and done.misconfigured == len(done.left):
        return ConfigurationError.exit_code
    return TemporaryError.exit_code if done.left else 0
