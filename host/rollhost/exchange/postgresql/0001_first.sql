-- Computers add rows and change none; only a mark that something was forgotten deletes it. Numbers
-- of 32 bits without a sign need a bigint here.
CREATE TABLE rollcase.records (
    device text NOT NULL,
    log text NOT NULL,                -- hex, as in an export
    seq bigint NOT NULL CHECK (seq BETWEEN 1 AND 4294967295),
    raw bytea NOT NULL CHECK (octet_length(raw) = 32),
    added_by name NOT NULL DEFAULT current_user,
    PRIMARY KEY (device, log, seq)
);
CREATE TABLE rollcase.quarantine (
    device text NOT NULL,
    log text NOT NULL,
    seq bigint NOT NULL CHECK (seq BETWEEN 1 AND 4294967295),
    raw bytea NOT NULL CHECK (octet_length(raw) = 32),
    chain bigint NOT NULL CHECK (chain BETWEEN 0 AND 4294967295),
    reason text NOT NULL,
    added_by name NOT NULL DEFAULT current_user,
    PRIMARY KEY (device, log, seq)
);
CREATE TABLE rollcase.entries (
    token bigint PRIMARY KEY CHECK (token BETWEEN 1 AND 4294967295),
    person bigint NOT NULL CHECK (person BETWEEN 1 AND 4294967295),
    body text NOT NULL,               -- JSON: the other fields of an entry in an export
    added_by name NOT NULL DEFAULT current_user
);
CREATE TABLE rollcase.policies (
    policy text PRIMARY KEY,
    added_by name NOT NULL DEFAULT current_user
);
-- What a computer knows of a case besides records and entries. Each role has its own rows.
CREATE TABLE rollcase.views (
    computer name NOT NULL DEFAULT current_user,
    device text NOT NULL,
    facts text NOT NULL,              -- JSON: a case in an export, without records
    PRIMARY KEY (computer, device)
);
CREATE TABLE rollcase.forgotten (
    token bigint PRIMARY KEY CHECK (token BETWEEN 1 AND 4294967295),
    added_by name NOT NULL DEFAULT current_user
);
CREATE TABLE rollcase.forgotten_logs (
    device text NOT NULL,
    log text NOT NULL,
    added_by name NOT NULL DEFAULT current_user,
    PRIMARY KEY (device, log)
);

-- A mark deletes what it is about, whoever has added that; and nothing of it comes back.
CREATE FUNCTION rollcase.forget_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = rollcase, pg_temp AS $body$
BEGIN
    DELETE FROM rollcase.entries WHERE token = NEW.token;
    RETURN NULL;
END $body$;
CREATE TRIGGER forget AFTER INSERT ON rollcase.forgotten
    FOR EACH ROW EXECUTE FUNCTION rollcase.forget_entry();

CREATE FUNCTION rollcase.forget_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = rollcase, pg_temp AS $body$
BEGIN
    DELETE FROM rollcase.records WHERE device = NEW.device AND left(log, 16) = NEW.log;
    DELETE FROM rollcase.quarantine WHERE device = NEW.device AND left(log, 16) = NEW.log;
    DELETE FROM rollcase.views WHERE device = NEW.device;
    RETURN NULL;
END $body$;
CREATE TRIGGER forget AFTER INSERT ON rollcase.forgotten_logs
    FOR EACH ROW EXECUTE FUNCTION rollcase.forget_log();

CREATE FUNCTION rollcase.keep_entry_out() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM rollcase.forgotten WHERE token = NEW.token) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER keep_out BEFORE INSERT ON rollcase.entries
    FOR EACH ROW EXECUTE FUNCTION rollcase.keep_entry_out();

CREATE FUNCTION rollcase.keep_log_out() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (
        SELECT FROM rollcase.forgotten_logs WHERE device = NEW.device AND log = left(NEW.log, 16)
    ) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER keep_out BEFORE INSERT ON rollcase.records
    FOR EACH ROW EXECUTE FUNCTION rollcase.keep_log_out();
CREATE TRIGGER keep_out BEFORE INSERT ON rollcase.quarantine
    FOR EACH ROW EXECUTE FUNCTION rollcase.keep_log_out();

-- Who has added a row cannot be made up, so no role may name it.
GRANT SELECT ON ALL TABLES IN SCHEMA rollcase TO rollcase_computer;
GRANT INSERT (device, log, seq, raw) ON rollcase.records TO rollcase_computer;
GRANT INSERT (device, log, seq, raw, chain, reason) ON rollcase.quarantine TO rollcase_computer;
GRANT INSERT (token, person, body) ON rollcase.entries TO rollcase_computer;
GRANT INSERT (policy) ON rollcase.policies TO rollcase_computer;
GRANT INSERT (token) ON rollcase.forgotten TO rollcase_computer;
GRANT INSERT (device, log) ON rollcase.forgotten_logs TO rollcase_computer;
GRANT INSERT (device, facts), UPDATE (facts) ON rollcase.views TO rollcase_computer;
ALTER TABLE rollcase.views ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_all ON rollcase.views FOR SELECT USING (true);
CREATE POLICY own_added ON rollcase.views FOR INSERT WITH CHECK (computer = current_user);
CREATE POLICY own_changed ON rollcase.views FOR UPDATE
    USING (computer = current_user) WITH CHECK (computer = current_user);
