"""How long a review may wait, whom it is brought before, and how often a text is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import Invalid
from kb.settings import option


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """The review cycle; days are working days where nothing else is said."""

    lead_days: int = option(15, "days before a review date that its task is opened", minimum=1, maximum=200)
    opens_from: str = option("warning", "the least severity of a signal that opens a task",
                             choices=("info", "warning", "serious"))
    serious_days: int = option(2, "days for a task with a serious signal", minimum=1, maximum=200)
    warning_days: int = option(10, "days for a task with a warning", minimum=1, maximum=200)
    info_days: int = option(20, "days for a task without either", minimum=1, maximum=200)
    high_risk_percent: int = option(50, "of those days, and of the time between reviews, where the category's risk is "
                                        "high", minimum=10, maximum=100)
    low_risk_percent: int = option(150, "the same where it is low", minimum=100, maximum=400)
    remind_days: int = option(2, "days before the due day that its person is reminded", minimum=1, maximum=50)
    head_days: int = option(1, "days after the due day that the department's head hears of it", minimum=1, maximum=100)
    manager_days: int = option(5, "days after the due day that a knowledge manager does", minimum=2, maximum=200)
    snooze_days: int = option(10, "days that a task may be put off at once", minimum=1, maximum=100)
    snoozes: int = option(2, "how often a task may be put off; one with a serious signal never is", minimum=0,
                          maximum=20)
    shortest_days: int = option(30, "calendar days between two reviews, at least", minimum=1, maximum=3_650)
    longest_days: int = option(730, "calendar days between two reviews, at most", minimum=1, maximum=3_650)
    signal_percent: int = option(20, "by how much each signal since the last review brings the next one forward",
                                 minimum=0, maximum=90)
    clean_percent: int = option(25, "by how much each review in a row that only its date asked for puts off the next",
                                minimum=0, maximum=200)

    def __post_init__(self) -> None:
        """Raise Invalid where two settings contradict each other."""
        for low, high in (("head_days", "manager_days"), ("shortest_days", "longest_days")):
            if getattr(self, low) > getattr(self, high):
                raise Invalid("setting_range", "setting {key}: {value} is more than {high}", value=getattr(self, low),
                              high=f"review.{high}", key=f"review.{low}")
