"""What a history from the milestones on says of now: exactly what the whole history says."""

import json
from pathlib import Path
from random import Random

import pytest
from tests.host.random_lives import Lives
from tests.host.ten_years import DAY

from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.exchange import export_calendar
from rollhost.guidance.never import reminder
from rollhost.history import (
    agreement,
    case_status,
    checks,
    clinics,
    history,
    milestones,
    recent,
    skin_status,
)
from rollhost.history.history import History
from rollhost.history.reactions import reactions, watches
from rollhost.history.sessions import Session, uses_of
from rollhost.history.skin_status import Around
from rollhost.history.timeline import Placed
from rollhost.output.clinics import visits_document
from rollhost.output.heads import heads_document
from rollhost.output.plan import plans_document
from rollhost.output.products import products_document
from rollhost.output.reactions import reactions_document
from rollhost.output.status import status_document

SEEDS = (0, 2, 4, 5, 7, 8)
DENSE_SEEDS = (101, 104, 107, 108, 112, 3044)
"""Lives in which not everything is read as a whole."""


def said(every: History, now: int) -> dict[str, object]:
    """Return all that commands say of Unix time `now` (s), by a name."""
    owned = [(case, every.person_now(case)) for case in every.cases]
    found: dict[str, object] = {}
    for person in [*(known.token for known in every.persons), None]:
        past = every.of(person)
        summaries = case_status.summarise_all(past, now)
        known = case_status.summarise_skin(past, now)
        latest = max([now, *(summary.now for summary in known)])
        skin = skin_status.look(past, known, latest)
        around = Around.of(every, person)
        open_now = [known for known in reactions(past.entries, past.sessions) if not known.over]
        watched = [known for known in watches(past.entries, past.sessions) if not known.over]
        found |= {
            f"status {person}": status_document(summaries, skin, past.quarantined, around),
            f"heads {person}": heads_document(summaries, around),
            f"reactions {person}": reactions_document(open_now, watched, now),
            f"plans {person}": plans_document(skin.plans, [], now),
            f"clinics {person}": visits_document(clinics.visits(past), now),
            f"products {person}": products_document(skin.products),
            f"check {person}": checks.is_to_be_named(every, owned, person, now),
            f"never {person}": reminder(len(uses_of(past.sessions))),
            f"zones {person}": past.policies.zones_after_sync(),
            f"calendar {person}": export_calendar.planned(past, now, person or 0),
        }
        for summary in summaries:
            head = f"{person} {summary.case.device}"
            found |= {
                f"state {head}": vars(summary.state),
                f"soak {head}": _when(summary.disinfected),
                f"use {head}": summary.last_use and _use(summary.last_use),
                f"pace {head}": str(summary.head_ends),
            }
        for case in past.cases:
            log = past.log_now(case)
            rules = past.policies.ruling(log.content.folded if log else State())
            told = agreement.outstanding(past, case, log, rules, now - CASE_EPOCH)
            found[f"outstanding {person} {case.device}"] = [
                vars(told.state),
                [
                    [(message.verb, message.fields) for message in messages]
                    for messages in (told.corrections, told.tellings, told.fields)
                ],
                told.unknown,
            ]
    for log in every.all_logs:
        found[f"log {log.name}"] = [
            log.records, log.missing, len(log.quarantine), sorted(log.tokens),
            sorted(log.corrected), log.assumed_um, vars(log.content.folded),
        ]  # fmt: skip
    found["entries"] = [str(entry) for entry in every.entries]
    return found


def _when(placed: Placed | None) -> object:
    return placed and (placed.event.seq, placed.earliest, placed.latest)


def _use(session: Session) -> object:
    use = session.use
    assert use is not None
    return (
        session.key,
        session.ended,
        session.needle_um,
        session.zone,
        session.seq,
        use.case_id,
        _when(use.began),
        _when(use.end),
        use.seconds,
        use.how,
        use.early_s,
        use.policy.text,
        _when(use.disinfected),
        _when(use.cleaned),
        use.cleaned_after_s,
    )


def differences(archive: Archive, now: int) -> tuple[list[str], bool]:
    """Return in what both histories differ at Unix time `now` (s), and whether one has milestones.

    A milestone that is not what its records add up to is a difference, too.
    """
    part, whole = recent.read(archive, now), history.read(archive)
    found = [
        f"milestone of {log.name}"
        for log in whole.all_logs
        if (row := archive.milestone(log.id)) is not None
        and (stone := milestones.unpack(*row)) is not None
        and not recent.is_right(log, stone, whole.policies)
    ]
    if all(log.milestone is None for log in part.all_logs):
        return found, False
    ours, wanted = said(part, now), said(whole, now)
    found += [
        f"{name}:\n    {_text(ours.get(name))}\n    {_text(wanted.get(name))}"
        for name in ours.keys() | wanted.keys()
        if _text(ours.get(name)) != _text(wanted.get(name))
    ]
    return found, True


def _text(value: object) -> str:
    return json.dumps(value, default=str, sort_keys=True)


class Compared:
    """How often both histories were compared, how often one had milestones, and what differed."""

    def __init__(self) -> None:
        self.times = 0
        self.with_milestones = 0
        self.found: list[str] = []


def live_and_compare(path: Path, seed: int, seasons: int, days: int) -> Compared:
    """Live a random life of so many seasons, and compare what is said at moments in and after it.

    Milestones are made in some of the seasons, as a sync does. `days` is as in `Lives`.
    """
    compared, chance = Compared(), Random(seed)
    with open_archive(path, create=True) as archive:
        lives = Lives(archive, seed, days)
        for season in range(seasons):
            lives.live(60)
            moments = [0, chance.choice((-400, -60, -1)), chance.choice((1, 20, 90, 900))]
            for offset in moments[: chance.choice((1, 2, 3))]:
                now = lives.now + offset * DAY + chance.randrange(DAY)
                found, has_milestones = differences(archive, now)
                compared.times += 1
                compared.with_milestones += has_milestones
                if found:
                    where = f"seed {seed}, season {season}, {offset:+} days"
                    compared.found += [f"{where}: {text}" for text in found]
                    compared.found += lives.happened[-40:]
                    return compared
            if chance.random() < 0.6:
                with archive.transaction():
                    recent.keep_milestones(archive, recent.read(archive, lives.now), lives.now)
    return compared


def test_random_lives_say_the_same_from_their_milestones_on(tmp_path: Path) -> None:
    lives = [live_and_compare(tmp_path / f"{seed}.db", seed, 20, 7) for seed in SEEDS]
    assert [text for compared in lives for text in compared.found] == []
    assert sum(life.with_milestones for life in lives) > sum(life.times for life in lives) / 6


def test_denser_milestones_in_random_lives_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "WORTH", 5)
    monkeypatch.setattr(recent, "MARGIN_S", 0)
    lives = [live_and_compare(tmp_path / f"{seed}.db", seed, 14, 3) for seed in DENSE_SEEDS]
    assert [text for compared in lives for text in compared.found] == []
    assert sum(life.with_milestones for life in lives) > sum(life.times for life in lives) / 5
