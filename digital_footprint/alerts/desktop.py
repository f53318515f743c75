"""A notice on the screen of whoever is logged in."""

from dataclasses import dataclass

from digital_footprint.alerts.sending import Arrived, Letter, Refused, Sending, Unseen
from digital_footprint.process import NOT_FOUND, TIMED_OUT, FeedingRunner

SECONDS = 30
ON_MACOS = """\
on run argv
display notification (item 2 of argv) with title (item 1 of argv)
end run"""


@dataclass(frozen=True, slots=True)
class Desktop:
    """Runs the program that shows it: every program can read its words, which are counts alone."""

    run: FeedingRunner
    platform: str

    recipient: None = None

    def send(self, letter: Letter) -> Sending:
        """Hand the words to the program, each as one argument that is no option."""
        words = [letter.title, letter.body]
        if self.platform == "darwin":
            argv = ["osascript", "-e", ON_MACOS, *words]
        else:
            argv = ["notify-send", "--app-name=footprint", "--", *words]
        ended = self.run(argv, stdin="", seconds=SECONDS)
        match ended.code:
            case 0:
                return Arrived()
            case code if code == NOT_FOUND:
                return Refused(f"{argv[0]} is not installed")
            case code if code == TIMED_OUT:
                return Unseen(f"{argv[0]} did not end")
            case code:
                return Refused(f"{argv[0]} ended with {code}: is anybody logged in?")
