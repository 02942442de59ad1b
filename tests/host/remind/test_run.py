"""Reminders over random lives: each occasion at most once per channel, and each while it runs."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from tests.host.random_lives import ANN, HAPPENINGS, Lives
from tests.host.ten_years import HOUR

from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.database.open import open_archive
from rollhost.database.sent import CLAIMED, MISSED, SENT
from rollhost.history import recent
from rollhost.history.due import due
from rollhost.remind.channel import MaybeTaken, NotTaken
from rollhost.remind.run import after_sync, run
from rollhost.remind.schedule import Quiet
from rollhost.remind.settings import Settings

PERSONS = (ME, ANN)

TICK_S = 4 * HOUR
"""How often the timer runs in these lives."""

TICKS = 8


class Recorder:
    """A channel that remembers each text that it took; now and then it takes none."""

    def __init__(self, name: str, chance: Random, refuses: float = 0.0) -> None:
        self.name = name
        self.tried = 0
        self.taken: list[str] = []
        self._chance = chance
        self._refuses = refuses

    def send(self, text: str) -> None:
        """Take a text, or refuse it."""
        self.tried += 1
        if self._chance.random() < self._refuses:
            raise NotTaken("No.")
        self.taken.append(text)


class Remembers:
    """Which occasions each channel was sent, in all runs of a life."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.times: Counter[tuple[str, int, str]] = Counter()
        self._sent: set[tuple[str, int, str, int]] = set()

    def look(self) -> None:
        """Count what was sent since the last look: each claim that ended as sent."""
        for person in PERSONS:
            for row in self._archive.reminders.all_of(person):
                known = (row.key, person, row.channel, row.tries)
                if row.stage == SENT and known not in self._sent:
                    self._sent.add(known)
                    self.times[row.key, person, row.channel] += 1


@pytest.mark.parametrize("seeds", [range(4), range(4, 8)])
def test_random_lives_are_reminded_of_each_occasion_once_per_channel_and_of_all(
    tmp_path: Path, seeds: range
) -> None:
    assert sum(live(tmp_path / f"{seed}.db", seed) for seed in seeds) > 10


def live(path: Path, seed: int) -> int:
    """Live with a timer that runs now and then, and check what it sent; return how much."""
    chance = Random(seed)
    with open_archive(path, create=True) as archive:
        lives = Lives(archive, seed, days=1)
        lives._may_happen = [*HAPPENINGS]
        sure, moody = Recorder("desktop", chance), Recorder("json-1", chance, refuses=0.4)
        remembers = Remembers(archive)
        messages = 0
        for _ in range(10):
            lives.live(1)
            for tick in range(TICKS):
                now = lives.now + tick * TICK_S
                every = recent.read(archive, now)
                for person in PERSONS:
                    wanted = Settings(Quiet(22, 8) if chance.random() < 0.5 else Quiet(0, 0))
                    occasions = due(every.of(person), person, now)
                    assert len({occasion.key for occasion in occasions}) == len(occasions)
                    outcome = run(archive, occasions, person, [sure, moody], wanted, now, "host")
                    messages += len(outcome.sent)
                    remembers.look()
                    if not wanted.quiet.is_at(now):
                        rows = {
                            row.key: row.stage
                            for row in archive.reminders.all_of(person)
                            if row.channel == sure.name
                        }
                        assert all(
                            rows[occasion.key] == SENT
                            for occasion in occasions
                            if occasion.at <= now < occasion.stale_at
                        )
        assert len(sure.taken) + len(moody.taken) == messages
        assert set(remembers.times.values()) <= {1}
        stages = {row.stage for person in PERSONS for row in archive.reminders.all_of(person)}
        assert CLAIMED not in stages
        return messages


def test_life_that_sleeps_for_weeks_misses_what_it_was_not_awake_for(archive: Archive) -> None:
    chance = Random(1)
    lives = Lives(archive, 5, days=1)
    desktop = Recorder("desktop", chance)
    for _ in range(12):
        lives.live(9)
        past = recent.read(archive, lives.now).of(ME)
        run(archive, due(past, ME, lives.now), ME, [desktop], Settings(), lives.now, "host")
    assert MISSED in {row.stage for row in archive.reminders.all_of(ME)}


def test_channel_that_may_have_taken_a_reminder_is_not_given_it_again(archive: Archive) -> None:
    class Unsure(Recorder):
        def send(self, text: str) -> None:
            self.tried += 1
            raise MaybeTaken("Nobody knows.")

    lives = Lives(archive, 1)
    life = lives.cases[0]
    life.try_to_roll()
    life.sync()
    unsure = Unsure("desktop", Random(1))
    for tick in range(60 * 6):
        after_sync(archive, life.unix + tick * TICK_S, "host", ME, [unsure])
    rows = [row for row in archive.reminders.all_of(ME) if row.stage == CLAIMED]
    assert unsure.tried > 0
    assert {row.tries for row in rows} == {1}


def test_program_that_runs_while_another_one_sends_sends_nothing(archive: Archive) -> None:
    class Slow(Recorder):
        def send(self, text: str) -> None:
            super().send(text)
            with open_archive(archive.path) as other:
                after_sync(other, now, "host", ME, [second])

    life = Lives(archive, 1).cases[0]
    life.try_to_roll()
    life.sync()
    first, second = Slow("desktop", Random(1)), Recorder("desktop", Random(1))
    for tick in range(60 * 6):
        now = life.unix + tick * TICK_S
        after_sync(archive, now, "host", ME, [first])
    assert first.taken
    assert second.taken == []


def test_program_that_is_stopped_as_it_sends_leaves_a_claim(archive: Archive) -> None:
    class Stopped(Recorder):
        def send(self, text: str) -> None:
            raise KeyboardInterrupt

    life = Lives(archive, 1).cases[0]
    life.try_to_roll()
    life.sync()
    desktop, now = Recorder("desktop", Random(1)), life.unix
    while not any(
        occasion.at <= now for occasion in due(recent.read(archive, now).of(ME), ME, now)
    ):
        now += TICK_S
    wanted = Settings(Quiet(0, 0))
    occasions = due(recent.read(archive, now).of(ME), ME, now)
    with pytest.raises(KeyboardInterrupt):
        run(archive, occasions, ME, [Stopped("desktop", Random(1))], wanted, now, "host")
    stopped = [row for row in archive.reminders.all_of(ME) if row.stage == CLAIMED]
    assert stopped
    run(archive, occasions, ME, [desktop], wanted, now, "host")
    rows = archive.reminders.all_of(ME)
    assert [row for row in rows if row.stage == CLAIMED] == stopped
