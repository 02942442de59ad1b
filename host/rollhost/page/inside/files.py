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
from rollhost.page.inside.effects import PageError

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
KEEP_RECORDS = 1000


def export(form: "Row") -> "Job[str]":
    """Return the text of a file with everything that is here.

    `form` has the ``name`` and ``version`` of the format, from `rollhost.exchange`.
    """
    cases = yield from effects.read("cases")
    texts = yield from effects.read("policies")
    real = [case["device"] for case in cases if case["board"] != "virtual"]
    found = []
    entries: list[Row] = []
    for case in cases:
        person = ME if real == [case["device"]] else None
        logs = yield from effects.read("logs", device=case["device"])
        parts = []
        for row in logs:
            part = yield from _log(row, person)
            parts.append(part)
            if person is not None:
                entries.append(_owned(row, person))
        found.append({
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
            "logs": parts,
        })  # fmt: skip
    return json.dumps({
        "format": form["name"],
        "schema_version": form["version"],
        "persons": [],
        "cases": found,
        "policies": texts,
        "diary": entries,
        "forgotten": [],
        "forgotten_logs": [],
    })  # fmt: skip


def _log(row: "Row", person: int | None) -> "Job[Row]":
    where = {"device": row["device"], "log": row["log"]}
    joined = yield from effects.read("records", **where)
    others = yield from effects.read("flawed and flipped", **where)
    return {
        "log": row["log"],
        "person": person,
        "generation": None,
        "follows": None,
        "fork_of": None,
        "states": [{"seq": seq, "state": told} for seq, told in row["states"]],
        "carried": [],
        "records": [{"seq": events.seq_of(raw), "raw": _hex(raw)} for raw in _each(joined)],
        "quarantine": [
            {"seq": r["seq"], "raw": r["raw"], "chain": r["chain"], "reason": r["flaw"]}
            for r in others
            if r["flaw"]
        ],
        "flipped": [{"seq": r["seq"], "came": r["came"]} for r in others if r["came"]],
    }


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
    records: list[Row] = []
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
            new = yield from _new_records(kept, log)
            records += new
    for case in cases:
        here = yield from effects.read("case", device=case["device"])
        if here is not None and (here.get("met_at") or 0) >= (case["met_at"] or 0):
            cases = [other for other in cases if other is not case]
    changes = {"cases": cases, "logs": logs, "records": records, "policies": policies}
    yield from effects.keep(changes)
    entries = [entry for entry in document["diary"] if entry.get("kind") != OWNER]
    return {"new": len(records), "entries": len(entries), "left_out": left_out}


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
                yield from _new_records(kept, log)
                raw = unhexlify("".join([record["raw"] for record in log["records"]]))
                rows = [
                    _row(kept, r["seq"], r["raw"], "", r["chain"], r["reason"])
                    for r in log["quarantine"]
                ]
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


def _new_records(row: "Row", log: "Row") -> "Job[list[Row]]":
    """Return the records of a log in a file that are not here, as rows of the store."""
    joined = yield from effects.read("records", device=row["device"], log=row["log"])
    others = yield from effects.read("flawed and flipped", device=row["device"], log=row["log"])
    size = 2 * RECORD_SIZE
    here = {events.seq_of(raw): raw for raw in _each(joined)}
    flawed = {other["seq"] for other in others if other["flaw"]}
    for name in ("records", "quarantine"):
        _check(isinstance(log.get(name), list))
    came = {}
    for other in log.get("flipped") or ():
        _check(isinstance(other, dict) and _is_hex(other.get("came"), size))
        came[other.get("seq")] = other["came"]
    rows = []
    last, chain = 0, events.first_chain(unhexlify(row["log"]))
    for record in log["records"]:
        _check(isinstance(record, dict) and _is_hex(record.get("raw"), size))
        raw = unhexlify(record["raw"])
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
            rows.append(_row(row, seq, record["raw"], came.get(seq, ""), 0, ""))
    for record in log["quarantine"]:
        _check(isinstance(record, dict) and _is_hex(record.get("raw"), size))
        _check(_is_number(record.get("seq"), LAST) and _is_number(record.get("chain"), LAST))
        reason = record.get("reason")
        _check(isinstance(reason, str) and 0 < len(reason) <= LONGEST_TEXT)
        if record["seq"] not in flawed and record["seq"] not in here:
            rows.append(_row(row, record["seq"], record["raw"], "", record["chain"], reason))
    return rows


def _each(joined: str) -> "list[bytes]":
    """Return the records of which this is the hex, one behind the other."""
    raw = unhexlify(joined)  # first: MicroPython counts through a text to find a place in it
    return [raw[at : at + RECORD_SIZE] for at in range(0, len(raw), RECORD_SIZE)]


def _hex(raw: bytes) -> str:
    return str(hexlify(raw), "ascii")


def _row(log: "Row", seq: int, raw: str, came: str, chain: int, flaw: str) -> "Row":
    row: dict[str, Any] = {"device": log["device"], "log": log["log"], "seq": seq, "raw": raw}
    row.update({"came": came, "chain": chain, "flaw": flaw})
    return row


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
