"""The file that ``host import`` takes, and that this page takes in: the format of an export.

What is known of a case goes out: records, quarantine, the states that it told, its policy. As at
the first sync of a host, an only case is that of the person who uses this browser, a virtual one
nobody's. Whose one of several cases is, nobody has said here: the host asks.
"""

import json
from binascii import crc32, hexlify, unhexlify

from rollcore import events, policy, snapshot
from rollcore.events import RECORD_SIZE
from rollhost.page.inside import effects
from rollhost.page.inside.effects import PageError, Records
from rollhost.page.inside.sync import other

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.page.inside.effects import Job

    Row = dict[str, Any]

OLDEST_WITH_LOGS = 2
"""The first version of the format that tells of logs what is needed here."""

OWNER = "owner"
"""The kind of an entry that says whom a log is about, as in `rollhost.database.diary`."""

ME = 0
"""The number of the person who uses a computer, as in `rollhost.database.diary`."""

LONGEST_TEXT = 512
LAST = 0xFFFFFFFF


def export(form: "Row") -> "Job[str]":
    """Return the text of a file with everything that is here.

    `form` has the ``name`` and ``version`` of the format, from `rollhost.exchange`. Its records are
    written one by one: MicroPython takes seconds for JSON of a whole log.
    """
    cases = yield from effects.read("cases")
    texts = yield from effects.read("policies")
    real = [case["device"] for case in cases if case["board"] != "virtual"]
    found: list[str] = []
    entries: list[Row] = []
    for case in cases:
        person = ME if real == [case["device"]] else None
        logs = yield from effects.read("logs", device=case["device"])
        parts: list[str] = []
        for row in logs:
            part = yield from _log(row, person)
            parts.append(part)
            if person is not None:
                entries.append(_owned(row, person))
        about = {
            "device": case["device"],
            "name": None,
            "board": case["board"],
            "firmware": case["firmware"],
            "log": case["log"],
            "met_at": case.get("met_at"),
            "met_behind_s": case.get("met_behind_s"),
            "synced_at": case.get("synced_at"),
            "clock_behind_s": case.get("clock_behind_s"),
            "new_policy": None,
        }
        found.append(_with(about, "logs", parts))
    about = {
        "format": form["name"],
        "schema_version": form["version"],
        "persons": [],
        "policies": texts,
        "diary": entries,
        "forgotten": [],
        "forgotten_logs": [],
    }
    return _with(about, "cases", found)


def _with(row: "Row", name: str, items: "list[str]") -> str:
    """Return the JSON of a row whose entry `name` is a list of `items`, which are JSON."""
    return "".join((json.dumps(row)[:-1], ', "', name, '": [', ", ".join(items), "]}"))


def _log(row: "Row", person: int | None) -> "Job[str]":
    joined = yield from effects.records(row["device"], row["log"])
    others = yield from effects.read("flawed and flipped", device=row["device"], log=row["log"])
    about = {
        "log": row["log"],
        "person": person,
        "generation": None,
        "follows": None,
        "fork_of": None,
        "states": [{"seq": seq, "state": told} for seq, told in row["states"]],
        "carried": [],
        "quarantine": [
            {"seq": r["seq"], "raw": r["raw"], "chain": r["chain"], "reason": r["flaw"]}
            for r in others
            if r["flaw"]
        ],
        "flipped": [{"seq": r["seq"], "came": r["came"]} for r in others if r["came"]],
    }
    records = [
        '{"seq": ' + str(events.seq_of(raw)) + ', "raw": "' + _hex(raw) + '"}'
        for raw in _each(joined)
    ]
    return _with(about, "records", records)


def _owned(log: "Row", person: int) -> "Row":
    """Return the entry that says whom a log is about, as `Archive.infer_owner` writes it."""
    words = [OWNER, log["device"], log["log"], str(person)]
    return {
        "token": crc32("\0".join(words).encode()) or 1,
        "person": person,
        "device": log["device"],
        "kind": OWNER,
        "at": 0,
        "zone": None,
        "data": {"log": log["log"]},
        "written_at": 0,
        "basis": None,
    }


# Taking a file in.


def take_in(text: str, form: "Row") -> "Job[Row]":
    """Keep the cases and records of a file that are not here; return what was new, and left out.

    Raises `PageError`, with nothing changed, if it is no export, was changed, or has another record
    in a place that is taken here. Entries of a diary and photos stay in the file.
    """
    document = _document(text, form)
    policies = [policy.parse(known).text for known in document["policies"]]
    cases: list[Row] = []
    logs: list[Row] = []
    records = Records()
    others: list[Row] = []
    left_out = 0
    for case in document["cases"]:
        row = _case(case)
        # A log that was put back and went on, or was forgotten, is for the program alone.
        parts = [log for log in case["logs"] if not log.get("fork_of")]
        if row["log"] not in [log.get("log") for log in parts]:
            left_out += 1
            continue
        cases.append(row)
        for log in parts:
            _check(_is_hex(log.get("log"), 16))
            kept = {"device": case["device"], "log": log["log"], "states": _states(log)}
            logs.append(kept)
            yield from _add_new(kept, log, records, others)
    for case in cases:
        here = yield from effects.read("case", device=case["device"])
        if here is not None and (here.get("met_at") or 0) >= (case["met_at"] or 0):
            cases = [row for row in cases if row is not case]
    changes = {"cases": cases, "logs": logs, "others": others, "policies": policies}
    yield from effects.keep(changes, records)
    new = len(records.raws) + len([row for row in others if row["flaw"]])
    entries = [entry for entry in document["diary"] if entry.get("kind") != OWNER]
    return {"new": new, "entries": len(entries), "left_out": left_out}


def read_back(text: str, form: "Row", device: str, name: str) -> "Job[Saved | None]":
    """Return what a file holds of a log, with nothing changed; None if the log is not in it.

    Raises `PageError` as `take_in` does.
    """
    document = _document(text, form)
    for case in document["cases"]:
        for log in case["logs"]:
            if case.get("device") == device and log.get("log") == name and not log.get("fork_of"):
                _check(_is_hex(name, 16))
                kept = {"device": device, "log": name}
                yield from _add_new(kept, log, Records(), [])
                raw = unhexlify("".join([record["raw"] for record in log["records"]]))
                rows = [{"seq": r["seq"], "chain": r["chain"]} for r in log["quarantine"]]
                return Saved(raw, _states(log), rows)
    return None


class Saved:
    """What a file holds of a log: records one behind the other, told states, damaged records."""

    def __init__(self, raw: bytes, states: "list[list[Any]]", flawed: "list[Row]") -> None:
        self.raw = raw
        self.states = states
        self.flawed = flawed


def _document(text: str, form: "Row") -> "Row":
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("format") != form["name"]:
        raise PageError("This file was not written by this page or by host export json.")
    version: Any = document.get("schema_version")
    if not _is_number(version, LAST) or version > form["version"]:
        raise PageError("This file was written by a newer version.", "Get a newer page.")
    _check(version >= OLDEST_WITH_LOGS)
    for name in ("cases", "policies", "diary"):
        _check(isinstance(document.get(name), list))
    for case in document["cases"]:
        _check(isinstance(case, dict) and isinstance(case.get("logs"), list))
    for entry in document["diary"]:
        _check(isinstance(entry, dict))
    for known in document["policies"]:
        _check(isinstance(known, str) and _is_policy(known))
    return document


def _case(case: "Row") -> "Row":
    row: dict[str, Any] = {}
    for name in ("device", "board", "firmware"):
        text = case.get(name)
        _check(isinstance(text, str) and 0 < len(text) <= LONGEST_TEXT)
        row[name] = text
    _check(all(isinstance(log, dict) for log in case["logs"]))
    names = [log.get("log") for log in case["logs"]]
    _check(case.get("log") is None or case["log"] in names)
    row["log"] = case["log"]
    for name in ("met_at", "synced_at"):
        _check(case.get(name) is None or _is_number(case[name], events.CASE_EPOCH + LAST))
        row[name] = case.get(name)
    for name in ("met_behind_s", "clock_behind_s"):
        value = case.get(name)
        _check(value is None or (type(value) is int and -LAST <= value <= LAST))
        row[name] = value
    return row


def _states(log: "Row") -> "list[list[Any]]":
    states = log.get("states")
    _check(isinstance(states, list))
    found: list[list[Any]] = []
    for told in states or ():
        _check(isinstance(told, dict) and _is_number(told.get("seq"), LAST))
        _check(_is_hex(told.get("state"), 2 * snapshot.SIZE))
        if snapshot.is_snapshot(unhexlify(told["state"])):
            found.append([told["seq"], told["state"]])
    return found


def _add_new(row: "Row", log: "Row", records: Records, others: "list[Row]") -> "Job[None]":
    """Add those records of a log in a file that are not here."""
    device, name = row["device"], row["log"]
    joined = yield from effects.records(device, name)
    known = yield from effects.read("flawed and flipped", device=device, log=name)
    here = {events.seq_of(raw): raw for raw in _each(joined)}
    flawed = {row["seq"] for row in known if row["flaw"]}
    for part in ("records", "quarantine"):
        _check(isinstance(log.get(part), list))
    came = {}
    for flipped in log.get("flipped") or ():
        _check(isinstance(flipped, dict))
        came[flipped.get("seq")] = _raw(flipped.get("came"))
    records.begin(device, name)
    last, chain = 0, events.first_chain(unhexlify(name))
    for record in log["records"]:
        _check(isinstance(record, dict))
        raw = _raw(record.get("raw"))
        seq = events.seq_of(raw)
        _check(record.get("seq") == seq > last and _can_be_read(raw))
        _check(seq != last + 1 or events.intact(raw, chain))
        last, chain = seq, events.crc_of(raw)
        if here.get(seq, raw) != raw:
            raise PageError(
                "Record " + str(seq) + " of a log is another one in the file than here.",
                "One of them was changed, or its case was put back: host import tells. Nothing"
                " was changed.",
            )
        if seq not in here:
            records.add(seq, raw)
            if seq in came:
                others.append(other(device, name, seq, raw, came[seq], 0, ""))
    for record in log["quarantine"]:
        _check(isinstance(record, dict))
        raw = _raw(record.get("raw"))
        _check(_is_number(record.get("seq"), LAST) and _is_number(record.get("chain"), LAST))
        reason = record.get("reason")
        _check(isinstance(reason, str) and 0 < len(reason) <= LONGEST_TEXT)
        if record["seq"] not in flawed and record["seq"] not in here:
            others.append(other(device, name, record["seq"], raw, raw, record["chain"], reason))


def _each(joined: bytes) -> "list[bytes]":
    """Return the records of which these are the bytes, one behind the other."""
    return [joined[at : at + RECORD_SIZE] for at in range(0, len(joined), RECORD_SIZE)]


def _hex(raw: bytes) -> str:
    return str(hexlify(raw), "ascii")


def _raw(value: object) -> bytes:
    """Return the record of which this is the hex; raises `PageError` if it is none."""
    try:
        raw = unhexlify(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    _check(len(raw) == RECORD_SIZE and _hex(raw) == value)
    return raw


def _can_be_read(raw: bytes) -> bool:
    try:
        events.decode(raw)
    except events.RecordError:
        return False
    return True


def _check(is_right: bool) -> None:
    if not is_right:
        raise PageError(
            "This file does not hold what it should.",
            "Was it changed, or is not all of it here? Nothing was changed.",
        )


def _is_policy(text: str) -> bool:
    try:
        policy.parse(text)
    except policy.PolicyError:
        return False
    return True


def _is_number(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_hex(value: object, size: int) -> bool:
    if not isinstance(value, str) or len(value) != size:
        return False
    return all(char in "0123456789abcdef" for char in value)
