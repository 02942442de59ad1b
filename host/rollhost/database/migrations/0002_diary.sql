-- What the owner wrote down, beside what the case has logged. Rows are added and never changed.

CREATE TABLE diary (
    id INTEGER PRIMARY KEY,
    -- The number under which a case is told of it; 1 to 2**32 - 1, random.
    token INTEGER NOT NULL UNIQUE,
    case_id INTEGER REFERENCES cases (id), -- NULL: of the person, and so for every case
    kind TEXT NOT NULL,                    -- see rollhost/diary.py
    at INTEGER NOT NULL,                   -- when it was
    zone TEXT,                             -- NULL: none in particular
    data TEXT NOT NULL,                    -- JSON: what else there is of its kind
    written_at INTEGER NOT NULL
) STRICT;
