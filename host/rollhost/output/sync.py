"""What ``host sync`` prints: the new records, what the case took, and where it stands now."""

from rollhost.case.sync import Outcome
from rollhost.database.archive import Case
from rollhost.history.case_status import Summary
from rollhost.output import units
from rollhost.output.persons import whose_line
from rollhost.output.records import damage_words
from rollhost.output.status import case_document, case_lines


def sync_document(outcome: Outcome, quarantined: int, summary: Summary) -> dict[str, object]:
    """Return the result for ``--json``; `quarantined` records of all cases cannot be read."""
    return {
        "new": outcome.new,
        "quarantined": quarantined,
        "put_right": outcome.put_right,
        "case_found": {**outcome.broken, "lost_bytes": outcome.lost_bytes},
        "back_to": outcome.back_to,
        "new_log": {
            "begun": outcome.new_log or None,
            "refused": outcome.new_log_refused or None,
        },
        "clock": {
            "behind_s": outcome.clock_behind_s,
            "first_setting": outcome.clock_was_never_set,
            "refused": outcome.clock_refused or None,
        },
        "unclaimed": outcome.unclaimed,
        "told": outcome.told,
        "refused": outcome.entries_refused,
        "fault": outcome.fault or None,
        "rules": {
            "changed": outcome.policy_changed,
            "refused": outcome.policy_refused or None,
            "overtaken": outcome.policy_overtaken is not None,
        },
        "case": case_document(summary),
    }


def sync_lines(
    outcome: Outcome, quarantined: int, summary: Summary, width: int | None
) -> list[str]:
    """Return the result and the case's status as a person reads it, wrapped as in `case_lines`."""
    records = units.count(summary.records, "record")
    new = units.count(outcome.new, "new record") if outcome.new else "Nothing new"
    lines = [f"{new} from case {summary.case.title}; {records} in all."]
    if quarantined:
        lines.append(
            f"{units.count(quarantined, 'record')} could not be read: kept"
            f" {units.as_came(quarantined)}, in quarantine."
        )
    lines += [*_damage(outcome), *_logs(outcome)]
    behind = outcome.clock_behind_s
    clock_set = not outcome.clock_refused and not outcome.untold
    if outcome.clock_was_never_set and clock_set:
        lines.append("The case's clock is set now.")
    elif abs(behind) >= 60 and clock_set:
        way = "behind" if behind > 0 else "ahead"
        lines.append(f"The case's clock was {units.span(abs(behind))} {way}; it is set now.")
    if outcome.policy_changed:
        lines.append(
            "The case had lost its rules, and has them again."
            if outcome.policy_put_back
            else "The case has taken the new rules."
        )
    if outcome.told:
        things = units.count(outcome.told, "thing")
        lines.append(f"The case was told {things} that you wrote down.")
    return [*lines, "", *case_lines(summary, width)]


def _damage(outcome: Outcome) -> list[str]:
    """Return what was broken on the case's flash: found by the case, and by this sync."""
    found = damage_words({**outcome.broken, "lost": 0} if outcome.log_lost else outcome.broken)
    if outcome.lost_bytes:
        found.append(f"{units.count(outcome.lost_bytes, 'byte')} of broken records left out")
    lines = [f"The case says of its flash: {'; '.join(found)}."] if found else []
    if outcome.log_lost:
        lines.append(
            "The case's log was lost; what had not come home is gone. The case has begun a new log,"
            " and counts a use in place of what is gone: there is nothing else to do."
        )
    if outcome.put_right:
        records = units.count(outcome.put_right, "record")
        lines.append(f"Flipped bits in {records} were put right here.")
    return lines


def _logs(outcome: Outcome) -> list[str]:
    """Return what became of the case's log, where it could not go on."""
    lines = []
    if outcome.back_to is not None:
        since = f"record {outcome.back_to}" if outcome.back_to else "its beginning"
        lines.append(
            f"The case's log had gone back to {since}: was its flash put back from a copy? What was"
            " here stays, and what it has written since is kept beside it, as a log of its own."
        )
    if outcome.new_log:
        why = "Littlefs had lost a part of the case's log. " if outcome.hurt else ""
        lines.append(f"{why}All of it is here, and the case has begun a new log.")
    return lines


def sync_hints(outcome: Outcome, case: Case, now: float, program: str) -> list[str]:
    """Return the case's fault and refusals with the next step, at Unix time `now` (s).

    `program` is what this program is called, for lines that can be typed as they stand: a bare
    sync is another program's.
    """
    hints = [whose_line(case)] if outcome.unclaimed else []
    if outcome.fault:
        hints.append(f"The case shows SOS: {outcome.fault}.")
    elif outcome.untold:
        hints.append(f"{outcome.untold} Its clock may not be set: run sync again.")
    ahead = -outcome.clock_behind_s
    if outcome.clock_refused and ahead > 0:
        hints.append(
            f"The case's clock is {units.span(ahead)} ahead of this computer's, and was left alone."
            f" If this computer is right: {program} sync --force-clock."
        )
        if case.board == "virtual":
            then = units.utc(now + ahead)
            hints.append(f"If its time was made to jump: ROLLCASE_NOW={then} {program} sync.")
    elif outcome.clock_refused:
        hints.append(
            f"{outcome.clock_refused} Its clock was left alone."
            f" If this computer is right: {program} sync --force-clock."
        )
    if outcome.new_log_refused:
        hints.append(
            f"{outcome.new_log_refused} The case needs a new log and has not begun one; the next"
            " sync asks again."
        )
    if outcome.state_refused:
        hints.append(
            f"{outcome.state_refused} It was about records that are not here: a rest may be shown"
            " too short."
        )
    for refused in outcome.entries_refused:
        hints.append(f"{refused} It was about what you wrote down; the next sync tries again.")
    if outcome.policy_refused:
        hints.append(f"{outcome.policy_refused} The old rules stay in force.")
    if outcome.policy_overtaken is not None:
        chosen = units.clock_time(outcome.policy_overtaken.written_at, now)
        hints.append(
            f"The rules that you set here {chosen} were not put in: the case has later ones, from"
            f" elsewhere. To set yours all the same: {program} policy set; to drop them: undo."
        )
    return hints
