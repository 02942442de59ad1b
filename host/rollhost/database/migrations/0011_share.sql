-- What this computer was told to do, such as where to share: never exported, never shared.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,              -- JSON
    crc INTEGER NOT NULL DEFAULT 0    -- as in step 9
) STRICT, WITHOUT ROWID;

CREATE TRIGGER setting_added AFTER INSERT ON settings BEGIN
    UPDATE settings SET crc = row_crc(NEW.name, NEW.value) WHERE name = NEW.name;
END;
CREATE TRIGGER setting_changed AFTER UPDATE OF name, value ON settings
WHEN OLD.crc = row_crc(OLD.name, OLD.value) BEGIN
    UPDATE settings SET crc = row_crc(NEW.name, NEW.value) WHERE name = NEW.name;
END;
