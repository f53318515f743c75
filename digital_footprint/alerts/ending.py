"""Decides what is sent when a run has ended, and what of it is said on stderr.

The run's row is written by then: nothing here changes it, or the exit code.
"""

from dataclasses import replace

from digital_footprint.alerts import delivery
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import JobResult
from digital_footprint.scheduler.attempt import Options, sentence_of


def tell(db: Database, config: Config, result: JobResult, options: Options) -> JobResult:
    """Send what is due; give the result with what went wrong as its warning.

    A run that was broken off by a signal has no time left: the next one sends.
    """
    if result.signal is not None:
        return result
    try:
        delivered = delivery.deliver(
            db, config, clock=options.clock, run=options.run, run_id=result.run_id
        )
        trouble = delivered.trouble
    except Exception as error:  # noqa: BLE001 - whatever it is, the run itself is done
        db.rollback()
        trouble = [f"alerts wait for the next run: {sentence_of(error, db)}"]
    return replace(result, warning="; ".join(filter(None, (result.warning, *trouble))))
