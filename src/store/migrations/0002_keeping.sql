-- Version 2: what an import leaves behind can be read again, and what the user decided is remembered.

-- What the user says that columns mean, as JSON.
ALTER TABLE rla_layer ADD COLUMN roles TEXT NOT NULL DEFAULT '{}';

-- What is needed to read a feature again that was put aside: where it came from and in what it stood.
ALTER TABLE quarantine ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN format TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN encoding TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN epsg INTEGER;
-- The feature it has become. The row stays, with its text, so that it can be put back.
ALTER TABLE quarantine ADD COLUMN accepted_fid INTEGER;
-- The text it was accepted with, where that is not its own.
ALTER TABLE quarantine ADD COLUMN mended TEXT;
UPDATE quarantine SET
  source = (SELECT source FROM rla_layer WHERE id = layer_id),
  epsg = (SELECT source_epsg FROM rla_layer WHERE id = layer_id);

-- Where a problem is on the map.
ALTER TABLE import_issue ADD COLUMN lon REAL;
ALTER TABLE import_issue ADD COLUMN lat REAL;

-- What the user chose for a file, for the next one like it: same name but for digits, same columns.
CREATE TABLE import_decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL CHECK (subject IN ('crs', 'roles')),
  pattern TEXT NOT NULL,
  format TEXT NOT NULL,
  fields TEXT NOT NULL,
  value TEXT NOT NULL,
  decided_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (subject, pattern, format, fields)
) STRICT;
INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES
  ('import_decision', 'attributes', '导入时的选择', NULL);

-- Out of quarantine, and back.
CREATE TRIGGER history_quarantine_update AFTER UPDATE ON quarantine
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.accepted_fid, OLD.mended, OLD.code, OLD.reason, OLD.raw)
    IS NOT (NEW.accepted_fid, NEW.mended, NEW.code, NEW.reason, NEW.raw)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'quarantine', NEW.id, 'update',
    json_object(
      'layer_id', OLD.layer_id, 'feature', OLD.feature, 'accepted_fid', OLD.accepted_fid,
      'reason', OLD.reason, 'raw', OLD.raw, 'mended', OLD.mended),
    json_object(
      'layer_id', NEW.layer_id, 'feature', NEW.feature, 'accepted_fid', NEW.accepted_fid,
      'reason', NEW.reason, 'raw', NEW.raw, 'mended', NEW.mended)
  );
END;
