-- The bytes as they came, with flipped bits, of records in which a sync has put these right. The
-- row in records has the bytes that the case wrote.
CREATE TABLE flipped (
    log_id INTEGER NOT NULL REFERENCES logs (id),
    seq INTEGER NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;
