"""What ``host sync`` prints: the new records, what the case took, and where it stands now."""

from rollcore import events
from rollhost.case.agree import Agreed
from rollhost.case.sync import Outcome
from rollhost.database.archive import Case
from rollhost.history.policies import policy_of
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.persons import whose_line
from rollhost.output.policy import overtaken_sentence
from rollhost.output.reactions import clinician_document, clinician_sentence
from rollhost.output.records import damage_words
from rollhost.output.status import case_document, case_lines
from rollhost.output.text import labelled

SURE = {
    events.SYNCHRONISED: "synchronised",
    events.AGREES: "agrees",
    events.CONFIRMED: "confirmed",
    events.GIVEN: "given",
}
"""In JSON, why this computer was sure of its time."""


def sync_document(
    outcome: Outcome, quarantined: int, summary: Summary, never: str | None = None
) -> dict[str, object]:
    """Return the result for ``--json``; `quarantined` records of all cases cannot be read.

    `never` is the rule of the Never list to be reminded of, None for none.
    """
    agreed = outcome.agreed
    return {
        "new": outcome.new,
        "quarantined": quarantined,
        "put_right": outcome.put_right,
        "case_found": {**outcome.broken, "lost_bytes": outcome.lost_bytes},
        "started_again": outcome.started_again,
        "back_to": outcome.back_to,
        "new_log": {
            "begun": outcome.new_log or None,
            "refused": outcome.new_log_refused or None,
        },
        "clock": {
            "behind_s": outcome.clock_behind_s,
            "first_setting": outcome.clock_was_never_set,
            "refused": outcome.clock_refused or None,
            "sure": SURE.get(outcome.clock_sure),
            "heard": outcome.clock_heard,
        },
        "unclaimed": agreed.is_nobodys,
        "told": agreed.told,
        "carried": agreed.carried,
        "taken_back": agreed.taken_back,
        "told_again": agreed.again,
        "agrees": agreed.agrees,
        "refused": agreed.refused,
        "fault": outcome.fault or None,
        "rules": {
            "changed": outcome.policy_changed,
            "refused": outcome.policy_refused or None,
            "overtaken": outcome.policy_overtaken is not None,
            "all_along": outcome.all_along,
        },
        "never": never,
        "clinician": clinician_document(summary.to_be_seen, [summary.state]),
        "case": case_document(summary),
    }


def sync_lines(
    outcome: Outcome,
    summary: Summary,
    width: int | None,
    never: str | None = None,
    who: str = "",
) -> list[str]:
    """Return the result and the case's status as a person reads it, wrapped as in `case_lines`.

    `never` is as in `sync_document`; `who` is the name of the person where there are others.
    """
    records = units.count(summary.records, "record")
    new = units.count(outcome.new, "new record") if outcome.new else "Nothing new"
    lines = [f"{new} from case {summary.case.title}; {records} in all."]
    if outcome.started_again:
        lines.append("The case had been stopped, and was started again.")
    if outcome.quarantined:  # said once; status says it from then on
        lines.append(
            f"{units.count(outcome.quarantined, 'record')} could not be read: kept"
            f" {units.as_came(outcome.quarantined)}, in quarantine."
        )
    lines += [*_damage(outcome), *_logs(outcome)]
    behind = outcome.clock_behind_s
    clock_set = not (outcome.clock_refused or outcome.clock_heard or outcome.untold)
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
    if outcome.all_along and outcome.policy is not None:
        length = units.needle(outcome.policy.needle_um)
        lines.append(f"The uses until now count as with {length} needles, too.")
    lines += _agreed(outcome.agreed)
    red = clinician_sentence(summary.to_be_seen, [summary.state])
    first = labelled([("", red)] if red else [], width)
    last = labelled([("Never", never)] if never is not None else [], width)
    whose = [f"{who}:"] if who else []
    return [*lines, "", *whose, *first, *case_lines(summary, width), *last]


def _agreed(agreed: Agreed) -> list[str]:
    """Return what the case was told, and whether both ends know the same then."""
    lines = []
    if agreed.taken_back:
        things = units.count(agreed.taken_back, "thing")
        lines.append(f"The case has taken back {things}.")
    if agreed.carried:
        uses = units.count(agreed.carried, "use")
        lines.append(f"The case was told {uses} that another log has, and rests for it.")
    if agreed.head:
        lines.append("The case was told what its head has seen.")
    if agreed.told:
        things = units.count(agreed.told, "thing")
        lines.append(f"The case was told {things} that you wrote down.")
    if agreed.again:
        things = units.count(agreed.again, "thing")
        lines.append(f"The case had lost {things} that it knew, and has it again.")
    return lines


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


def _heard(outcome: Outcome, now: float, program: str) -> str:
    """Return what follows from nobody having said that this computer's clock is right."""
    apart = abs(outcome.clock_behind_s)
    how_far = ""
    if outcome.clock_was_never_set:
        how_far = ", which was never set,"
    elif apart >= 60:
        way = "behind" if outcome.clock_behind_s > 0 else "ahead of"
        how_far = f", {units.span(apart)} {way} this one,"
    return (
        f"Nobody has said that this computer's clock is right: {units.long_time(now)}. So the"
        f" case's clock{how_far} was left alone. If this computer is right:"
        f" {program} sync --clock-is-right."
    )


def needle_stays_hint(needle_um: int) -> str:
    """Return that uses count as before, though the person said that it was this needle all along.

    `needle_um` is the longest needle (um) with which one counts.
    """
    return (
        f"A use counts as with {units.needle(needle_um)} needles still: it came after the first"
        " rules, or this case was told of it. The longer rest stays."
    )


def sync_hints(
    outcome: Outcome, case: Case, now: float, program: str, number: str = "", option: str = ""
) -> list[str]:
    """Return the case's fault and refusals with the next step, at Unix time `now` (s).

    `program` is what this program is called, for lines that can be typed as they stand: a bare
    sync is another program's. `number` and `option` are as in `overtaken_sentence`.
    """
    hints = [whose_line(case)] if outcome.agreed.is_nobodys else []
    if outcome.fault:
        hints.append(f"The case shows SOS: {outcome.fault}.")
    elif outcome.untold:
        hints.append(f"{outcome.untold} Its clock may not be set: run sync again.")
    if outcome.clock_heard:
        hints.append(_heard(outcome, now, program))
    ahead = -outcome.clock_behind_s
    if outcome.clock_refused and ahead > 0:
        hints.append(
            f"The case's clock is {units.span(ahead)} ahead of this computer's, and was left alone:"
            " its lamp may turn blue too early."
            f" If this computer is right: {program} sync --clock-is-right."
        )
        if case.board == "virtual":
            then = units.utc(now + ahead)
            hints.append(f"If its time was made to jump: ROLLCASE_NOW={then} {program} sync.")
    elif outcome.clock_refused:
        hints.append(
            f"{outcome.clock_refused} Its clock was left alone."
            f" If this computer is right: {program} sync --clock-is-right."
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
    if outcome.agreed.not_taken_back:
        things = units.count(outcome.agreed.not_taken_back, "thing")
        hints.append(
            f"{things} that you took back the case keeps: the records of it are not here. A"
            " computer that has them can tell the case."
        )
    if outcome.agreed.agrees is False and not outcome.agreed.again:
        hints.append(
            "The case knows more than its log here says. It keeps it: the longer rest counts."
        )
    for refused in outcome.agreed.refused:
        hints.append(f"{refused} It was about what you wrote down; the next sync tries again.")
    if outcome.policy_refused:
        hints.append(f"{outcome.policy_refused} The old rules stay in force.")
    if outcome.all_along is False and outcome.policy is not None:
        length = f"{outcome.policy.needle_um / 1000:g}"
        hints.append(
            "Uses from before count as with 0.5 mm needles, as nobody had said another length. If"
            f" it was this one all along: {program} sync --needle {length} --all-along."
        )
    if outcome.policy_overtaken is not None and outcome.policy is not None:
        entry = outcome.policy_overtaken
        chosen = units.clock_time(entry.written_at, now)
        rules = policy_of(entry)
        sentence = overtaken_sentence(rules, chosen, outcome.policy, program, number, option)
        hints += [sentence] if sentence else []
    return hints
