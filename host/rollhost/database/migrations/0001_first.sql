-- The first schema. Times are UTC Unix seconds unless a name says otherwise.

CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL UNIQUE,      -- the chip's id, hex
    name TEXT UNIQUE,                 -- given by the owner
    board TEXT NOT NULL,
    firmware TEXT NOT NULL,
    -- When we last talked to it: which log it had, and this computer's clock minus its own.
    log_id INTEGER REFERENCES logs (id),
    met_at INTEGER,
    met_behind_s INTEGER,
    -- When a sync last came to its end, and how far behind the clock was found then.
    synced_at INTEGER,
    clock_behind_s INTEGER
) STRICT;

-- A case whose flash was wiped begins another log; sequence numbers start again with it.
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    log TEXT NOT NULL,                -- the log's id, hex
    UNIQUE (case_id, log)
) STRICT;

-- One row a record, the bytes as the case wrote them beside what they say.
CREATE TABLE records (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,                -- 32 bytes
    kind TEXT NOT NULL,
    zone INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    uptime_s INTEGER NOT NULL,
    case_time INTEGER NOT NULL,       -- as stamped, never corrected here
    data TEXT NOT NULL,               -- JSON: the fields of its kind, as numbers
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

-- Records that could not be read: damaged, or of a kind that this version does not know.
CREATE TABLE quarantine (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,
    chain INTEGER NOT NULL,           -- the CRC that it should be chained to
    reason TEXT NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

-- Rules that were in force at some time, by the digest that the log names.
CREATE TABLE policies (
    digest INTEGER PRIMARY KEY,
    policy TEXT NOT NULL
) STRICT;

-- Rules that wait to be put into a case at its next sync.
CREATE TABLE pending_policies (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    policy TEXT NOT NULL
) STRICT;
