"""What a person agrees to when a channel may name them."""

from dataclasses import dataclass

from digital_footprint.settings import ChannelSettings

VERSION = 1
FULL = (
    "the name of each person who agreed and the title of what was found of them, as in "
    "'Jane Doe: Adobe (breach)'; never an address, and never what its source marks as sensitive"
)
COUNTS = "numbers and the command to run: no name, no address, no breach"


@dataclass(frozen=True, slots=True)
class ChannelWording:
    """The consent to be named on a channel."""

    name: str
    consent_version: int = VERSION


def wording(channel: str) -> ChannelWording:
    """Give the consent that being named on a channel stands for."""
    return ChannelWording(f"channel:{channel}")


def says(channel: ChannelSettings) -> str:
    """Say what a channel's messages hold."""
    return FULL if channel.detail == "full" else COUNTS
