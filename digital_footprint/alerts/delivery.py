"""Sends what waits: after the commit, by whoever holds the one lock of all senders.

`sending` is committed before the first byte leaves, with what leaves on the ledger; how it ended
is committed after. So whoever comes next knows what nobody saw the end of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from digital_footprint import consents, disclosures
from digital_footprint.alerts import agreement, items, messages, newcomers, outbox, texts, timing
from digital_footprint.alerts.channels import open_channel
from digital_footprint.alerts.items import Item
from digital_footprint.alerts.messages import Message
from digital_footprint.alerts.outbox import Event
from digital_footprint.alerts.sending import Arrived, Letter, Refused, Unseen
from digital_footprint.clock import Clock, to_text
from digital_footprint.config import DEFAULT_INTERVAL_DAYS, Config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.process import FeedingRunner
from digital_footprint.scheduler.locks import ALERTS, patient_lock

# A sender ahead may have several channels that do not answer.
PATIENCE_SECONDS = 90
LOOK = "see: footprint alert list"


@dataclass(slots=True)
class Delivered:
    """What became of what was due, message by message; `trouble` is said on stderr.

    `misconfigured`: how many of those left behind wait for a person to change something.
    """

    sent: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    misconfigured: int = 0
    trouble: list[str] = field(default_factory=list)


def deliver(
    db: Database,
    config: Config,
    *,
    clock: Clock,
    run: FeedingRunner,
    run_id: int | None = None,
) -> Delivered:
    """Send everything that is due. `run_id`: the run at whose end that happens.

    A second sender waits for the first: nothing committed is left lying. Raises TemporaryError
    when the first does not come to an end.
    """
    delivered = Delivered()
    channels = outbox.switched_on(config)
    if not channels and not outbox.is_any_known(db):
        return delivered
    with patient_lock(config.paths.locks, ALERTS, PATIENCE_SECONDS):
        now = clock.now()
        newcomers.leave(db, config)
        delivered.trouble += newcomers.welcome(db, config, now=now, run_id=run_id)
        _settle_dead(db, delivered, now)
        _bind(db, config, now)
        _hold(db, config, now)
        _send_all(_Sender(db, config, clock, run, delivered), list(channels))
    return delivered


def drill(
    db: Database, config: Config, names: Sequence[str], *, clock: Clock, run: FeedingRunner
) -> Delivered:
    """Send a marked drill on these channels, now, through the path that every message takes."""
    delivered = Delivered()
    with patient_lock(config.paths.locks, ALERTS, PATIENCE_SECONDS):
        sender = _Sender(db, config, clock, run, delivered)
        for name in names:
            with db.transaction():
                message_id = _enter_drill(db, name, clock.now())
            (message,) = [one for one in _due(sender, [name]) if one.id == message_id]
            sender.send(message)
    return delivered


@dataclass(frozen=True, slots=True)
class _Sender:
    """What sending needs, and the account that it keeps."""

    db: Database
    config: Config
    clock: Clock
    run: FeedingRunner
    delivered: Delivered

    def send(self, message: Message) -> bool:
        """Send one message; say whether its channel is worth another one now."""
        told = items.of_message(self.db, message.id, self._today())
        if not told:
            # Whom it was about is forgotten, or what it was about is settled.
            messages.drop(self.db, message)
            return True
        try:
            channel = open_channel(self.config, message.channel, self.run)
            letter, named = self._compose(message, told)
        except ConfigurationError as problem:
            self.delivered.misconfigured += 1
            self._refused(message, told, f"{problem.message} ({problem.hint})")
            return False
        with self.db.transaction():
            messages.begin(self.db, message)
            if channel.recipient is not None:
                self._disclose(message, channel.recipient, told, named)
        match channel.send(letter):
            case Arrived():
                messages.arrived(self.db, message, self.clock.now())
                self.delivered.sent.append(message.id)
                return True
            case Refused(error):
                self._refused(message, told, error)
            case Unseen(error):
                self._unseen(message, told, error)
        return False

    def _compose(self, message: Message, told: Sequence[Item]) -> tuple[Letter, frozenset[int]]:
        """Give what is said now, and whom it names: consents may have changed since."""
        settings = self.config.settings.alerts.channels[message.channel]
        agreed: frozenset[int] = frozenset()
        if settings.detail == "full":
            agreed = consents.consenting(self.db, agreement.wording(message.channel))
        manner = texts.Manner(agreed, again=message.unseen_ends > 0)
        letter = texts.compose(told, items.totals(self.db, self._today()), manner)
        return letter, texts.names_of(told, agreed)

    def _today(self) -> date:
        return self.clock.now().astimezone().date()

    def _disclose(
        self, message: Message, recipient: str, told: Sequence[Item], named: frozenset[int]
    ) -> None:
        for person_id in items.persons_of(told) or [None]:
            disclosures.record_message(
                self.db,
                person_id=person_id,
                message_id=message.id,
                run_id=message.run_id,
                source=agreement.wording(message.channel).name,
                recipient=recipient,
                datum="message: name and titles" if person_id in named else "message: counts",
                at=to_text(self.clock.now()),
            )

    def _refused(self, message: Message, told: Sequence[Item], error: str) -> None:
        self._say(message, f"did not take a message: {error}")
        if _is_drill(told):
            # A drill that comes hours later frightens, and shows nothing.
            messages.drop(self.db, message, error)
            self.delivered.given_up.append(message.id)
            return
        again = timing.next_try(message.attempts + 1, self.clock.now())
        messages.refused(self.db, message, error, again=again)
        self.delivered.left.append(message.id)

    def _unseen(self, message: Message, told: Sequence[Item], error: str) -> None:
        self._say(message, f"may or may not have passed a message on: {error}")
        if _is_drill(told):
            messages.drop(self.db, message, error)
            self.delivered.given_up.append(message.id)
            return
        again = timing.next_try(message.attempts + 1, self.clock.now())
        given_up = messages.unseen(self.db, message, error, again=again)
        where = self.delivered.given_up if given_up else self.delivered.left
        where.append(message.id)

    def _say(self, message: Message, what: str) -> None:
        self.delivered.trouble.append(f"the channel {message.channel} {what}; {LOOK}")


def _send_all(sender: _Sender, channels: list[str]) -> None:
    """Send until nothing is due; a channel that failed is left alone until the next run."""
    while channels and (found := _due(sender, channels)):
        if not sender.send(found[0]):
            channels.remove(found[0].channel)


def _due(sender: _Sender, channels: Sequence[str]) -> list[Message]:
    return messages.due(sender.db, channels, sender.clock.now())


def _settle_dead(db: Database, delivered: Delivered, now: datetime) -> None:
    with db.transaction():
        messages.drop_drills(db)
        dead = messages.end_dead(db, now)
    for message in dead:
        if message.unseen_ends:
            delivered.given_up.append(message.id)
            delivered.trouble.append(
                f"a message on the channel {message.channel} was cut off twice, and may never have "
                f"arrived: what it told stands in `footprint findings`; {LOOK}"
            )


def _bind(db: Database, config: Config, now: datetime) -> None:
    longest = max(config.job(name).timeout_minutes for name in DEFAULT_INTERVAL_DAYS)
    abandoned = now - timedelta(minutes=longest)
    with db.transaction():
        for name, channel in outbox.told_channels(db, config).items():
            messages.bind(db, name, channel.digest, now=now, abandoned=abandoned)


def _hold(db: Database, config: Config, now: datetime) -> None:
    """Put off what would wake somebody, and what was muted."""
    muted = {row["name"]: row["muted_until"] for row in db.query("SELECT * FROM channels")}
    # What was put off by a clock that was ahead is not to wait until it is right.
    messages.bring_near(db, now)
    quiet = timing.quiet_until(config.settings.alerts.quiet_hours, now)
    for name in outbox.told_channels(db, config):
        for until in (quiet, muted[name] and datetime.fromisoformat(muted[name])):
            if until is not None and until > now:
                messages.hold(db, name, until)


def _enter_drill(db: Database, channel: str, now: datetime) -> int:
    """Enter a drill as every event is entered, and give its message."""
    at = to_text(now)
    row = {"event": Event.DRILL, "at": at, "run_id": None, "person_id": None}
    subject = f"drill:{now.isoformat()}"
    nothing = {"finding": None, "removal_id": None, "details": "{}"}
    outbox.enter(db, channel, {**row, **nothing, "subject": subject})
    wanted = {"channel": channel, "subject": subject}
    (entered,) = db.query(
        "SELECT id FROM outbox WHERE channel = :channel AND subject = :subject", wanted
    )
    return messages.add(db, channel, [entered["id"]], run_id=None, now=now)


def _is_drill(told: Sequence[Item]) -> bool:
    return all(one.event is Event.DRILL for one in told)
