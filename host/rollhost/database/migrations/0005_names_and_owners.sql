-- What a person or a case is called, and whose skin a log is about, is what the newest entry says.
-- persons.name, cases.name and logs.person hold what the entries add up to.
INSERT INTO entries (token, person, case_id, kind, at, zone, data, written_at, basis)
    SELECT abs(random() % 4294967295) + 1, token, NULL, 'person', 0, NULL,
        json_object('name', name), 0, NULL
    FROM persons WHERE token <> 0 OR name <> 'me' ORDER BY token;
INSERT INTO entries (token, person, case_id, kind, at, zone, data, written_at, basis)
    SELECT abs(random() % 4294967295) + 1, 0, id, 'case name', 0, NULL,
        json_object('name', name), 0, NULL
    FROM cases WHERE name IS NOT NULL ORDER BY id;
INSERT INTO entries (token, person, case_id, kind, at, zone, data, written_at, basis)
    SELECT abs(random() % 4294967295) + 1, person, case_id, 'owner', 0, NULL,
        json_object('log', substr(log, 1, 16)), 0, NULL
    FROM logs WHERE person IS NOT NULL AND fork_of IS NULL ORDER BY id;

-- Logs whose records were forgotten: none of them is taken in again.
CREATE TABLE forgotten_logs (
    device TEXT NOT NULL,
    log TEXT NOT NULL,                -- the log's id, hex; of a fork, the id of the case's log
    PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;
