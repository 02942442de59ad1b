-- Whose skin a log is about, and everything that a person says as an entry. Tokens are numbers from
-- 1 to 2**32 - 1, random, and name the same thing on every computer.

CREATE TABLE persons (
    token INTEGER PRIMARY KEY,        -- 0: who uses this computer, called me
    name TEXT NOT NULL
) STRICT;

INSERT INTO persons VALUES (0, 'me');

-- NULL: nobody has said yet.
ALTER TABLE logs ADD COLUMN person INTEGER REFERENCES persons (token);
-- 1 for the first log of a flash, then one more for each new one. NULL: the case does not say.
ALTER TABLE logs ADD COLUMN generation INTEGER;
-- The id, hex, of the log before it on the same flash. NULL: it is the first, or the case does not say.
ALTER TABLE logs ADD COLUMN follows TEXT;
-- A flash that was put back from a copy goes on under the same id. What it wrote then is a log of its
-- own here: its id, then the CRC of its first own record, hex; this is the log that it left.
ALTER TABLE logs ADD COLUMN fork_of INTEGER REFERENCES logs (id);
-- What the records up to state_seq add up to, packed. A cache: NULL where it has to be computed.
ALTER TABLE logs ADD COLUMN state BLOB;
ALTER TABLE logs ADD COLUMN state_seq INTEGER;

-- Until now the program has treated every case but a virtual one as this person's.
UPDATE logs SET person = 0 WHERE case_id IN (SELECT id FROM cases WHERE board <> 'virtual');

-- The packed state after a record, as the case told it: what is known of records that are not here.
CREATE TABLE case_states (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

-- Sessions of other logs that a log was told of, because they make a rest end later.
CREATE TABLE carried (
    log_id INTEGER NOT NULL REFERENCES logs (id), -- the log that was told
    origin INTEGER NOT NULL,          -- the CRC of device, log and seq of the record that it is from
    zone INTEGER NOT NULL,            -- of the log that was told; 255: all its zones
    at INTEGER NOT NULL,              -- the latest that it can have been
    what INTEGER NOT NULL,            -- 1: a use, 2: a session at a clinic
    needle_um INTEGER NOT NULL,       -- 0: not known
    token INTEGER,                    -- of the entry that it is from; NULL: it is from no entry
    PRIMARY KEY (log_id, origin, zone, at)
) STRICT, WITHOUT ROWID;

-- What a person said. An entry is added and never changed. What was undone stays, beside an entry
-- of kind undo; what was forgotten goes.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,           -- the order of adding
    token INTEGER NOT NULL UNIQUE,    -- a case is told of the entry under it
    person INTEGER NOT NULL REFERENCES persons (token),
    case_id INTEGER REFERENCES cases (id), -- NULL: of the person, and so for every case
    kind TEXT NOT NULL,               -- see rollhost/database/diary.py
    at INTEGER NOT NULL,              -- when it was
    zone TEXT,                        -- NULL: none in particular
    data TEXT NOT NULL,               -- JSON: what else there is of its kind
    written_at INTEGER NOT NULL,      -- 0: not known, before all others
    basis INTEGER                     -- what it was based on: of a policy, the digest that it replaces
) STRICT;

INSERT INTO entries
    SELECT id, token, 0, case_id, kind, at, zone, data, written_at, NULL FROM diary ORDER BY id;

-- Policies that wait for a case's next sync are entries too.
INSERT INTO entries (token, person, case_id, kind, at, zone, data, written_at, basis)
    SELECT abs(random() % 4294967295) + 1, 0, case_id, 'policy', 0, NULL,
        json_object('policy', policy), 0, NULL
    FROM pending_policies ORDER BY case_id;

-- The tokens of entries that were forgotten: none of them is taken in again.
CREATE TABLE forgotten (
    token INTEGER PRIMARY KEY
) STRICT;

DROP TABLE diary;
DROP TABLE pending_policies;
