-- Version 1 of the workspace: OGC GeoPackage 1.3 core tables, then ours.
-- Released migrations are never edited: a change of the schema is a new file.

CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);

INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
   'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid'),
  ('China Geodetic Coordinate System 2000', 4490, 'EPSG', 4490,
   'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4490"]]',
   'longitude/latitude coordinates in decimal degrees on CGCS2000');

CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);

CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);

CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);

-- What this file is: schema_version, made_with, created.
CREATE TABLE rla_meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Who is writing: one row, inside a transaction of ours only. Empty for every other program,
-- which is how the history tells the two apart.
CREATE TABLE rla_session (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  who TEXT NOT NULL,
  origin TEXT NOT NULL
) STRICT;

CREATE TABLE rla_layer (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  table_name TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  placement TEXT NOT NULL,
  source TEXT NOT NULL,
  source_epsg INTEGER,
  position INTEGER NOT NULL,
  visible INTEGER NOT NULL CHECK (visible IN (0, 1)),
  opacity REAL NOT NULL CHECK (opacity BETWEEN 0 AND 1),
  -- Replaced by an official layer: listed, not shown.
  retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
  -- Taken out of the list by the user; the features stay.
  removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT;

-- The name a column has in its file, where its table's column had to be called otherwise.
CREATE TABLE rla_field (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  layer_id INTEGER NOT NULL REFERENCES rla_layer(id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  type TEXT NOT NULL,
  UNIQUE (layer_id, position)
) STRICT;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  layer_id INTEGER NOT NULL REFERENCES rla_layer(id),
  feature INTEGER NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE INDEX quarantine_layer ON quarantine(layer_id);

CREATE TABLE import_issue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  layer_id INTEGER NOT NULL REFERENCES rla_layer(id),
  feature INTEGER,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  action TEXT NOT NULL
) STRICT;
CREATE INDEX import_issue_layer ON import_issue(layer_id);

-- The ledger. A feature table, so that QGIS shows and moves the points; a project without a place
-- has no geometry. No R-tree: a ledger is small, and so any SQLite tool can edit it.
CREATE TABLE project_site (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  geom POINT,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  planned_fen INTEGER NOT NULL,
  years_printed TEXT NOT NULL,
  start_year INTEGER NOT NULL,
  end_year INTEGER NOT NULL CHECK (start_year <= end_year),
  placement TEXT NOT NULL DEFAULT 'unlocated'
    CHECK (placement IN ('surveyed', 'approximate', 'district', 'schematic', 'unlocated')),
  precision_m REAL,
  basis TEXT NOT NULL DEFAULT '',
  plan_line INTEGER,
  plan_note TEXT NOT NULL DEFAULT ''
);

CREATE TABLE project_unit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE project_site_unit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id INTEGER NOT NULL REFERENCES project_site(id) ON DELETE CASCADE,
  unit_id INTEGER NOT NULL REFERENCES project_unit(id),
  position INTEGER NOT NULL DEFAULT 0,
  UNIQUE (site_id, unit_id)
) STRICT;
CREATE INDEX project_site_unit_unit ON project_site_unit(unit_id);

CREATE TABLE site_status_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id INTEGER NOT NULL REFERENCES project_site(id) ON DELETE CASCADE,
  date TEXT NOT NULL CHECK (date IS strftime('%Y-%m-%d', date)),
  status TEXT NOT NULL
    CHECK (status IN ('谋划', '前期', '未开工', '在建', '停缓建', '完工', '已验收', '调整终止')),
  note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX site_status_change_site ON site_status_change(site_id, date);

-- Money is whole fen (分): 1 万元 is 1 000 000 fen. NULL means not reported, which is not 0.
CREATE TABLE site_investment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id INTEGER NOT NULL REFERENCES project_site(id) ON DELETE CASCADE,
  year INTEGER NOT NULL CHECK (year BETWEEN 1900 AND 2200),
  planned_fen INTEGER,
  completed_fen INTEGER,
  UNIQUE (site_id, year)
) STRICT;

CREATE TABLE site_fund (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id INTEGER NOT NULL REFERENCES project_site(id) ON DELETE CASCADE,
  year INTEGER NOT NULL CHECK (year BETWEEN 1900 AND 2200),
  source TEXT NOT NULL CHECK (source IN ('central', 'province', 'city', 'district', 'society')),
  fen INTEGER NOT NULL,
  UNIQUE (site_id, year, source)
) STRICT;

-- The ledger as a reader wants it: status, money in 万元. Read-only.
CREATE VIEW project_overview AS
SELECT
  site.id AS id,
  site.geom AS geom,
  site.category AS category,
  site.name AS name,
  site.location AS location,
  COALESCE((SELECT status FROM site_status_change WHERE site_id = site.id
            ORDER BY date DESC, id DESC LIMIT 1), '谋划') AS status,
  CAST(site.planned_fen / 1000000.0 AS REAL) AS planned_wan,
  CAST(COALESCE((SELECT sum(fen) FROM site_fund
                 WHERE site_id = site.id), 0) / 1000000.0 AS REAL) AS arrived_wan,
  CAST(COALESCE((SELECT sum(completed_fen) FROM site_investment
                 WHERE site_id = site.id), 0) / 1000000.0 AS REAL) AS completed_wan,
  site.start_year AS start_year,
  site.end_year AS end_year,
  (SELECT group_concat(unit.name, '、')
   FROM project_site_unit AS link JOIN project_unit AS unit ON unit.id = link.unit_id
   WHERE link.site_id = site.id) AS units,
  site.placement AS placement,
  site.precision_m AS precision_m
FROM project_site AS site;

-- The plan's facts, verbatim, each with its line.
CREATE TABLE indicator_13th (
  id INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  base_2015 TEXT NOT NULL,
  target_2020 TEXT NOT NULL,
  actual_2020 TEXT NOT NULL,
  kind TEXT NOT NULL,
  result TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE indicator_14th (
  id INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  sub_name TEXT NOT NULL,
  unit TEXT NOT NULL,
  base_2020 TEXT NOT NULL,
  target_2025 TEXT NOT NULL,
  kind TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE plan_task (
  id INTEGER PRIMARY KEY,
  box_number INTEGER NOT NULL,
  box_title TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE spatial_rule (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  sentence TEXT NOT NULL,
  distance_m REAL,
  measured_from TEXT,
  applies_to TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE district_fact (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  value TEXT NOT NULL,
  unit TEXT NOT NULL,
  words TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE TABLE section_count (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  level TEXT NOT NULL,
  count INTEGER NOT NULL,
  statement TEXT NOT NULL,
  plan_line INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

-- Who changed what, when, from what to what. Written by the triggers below, whichever program
-- makes the change; rows are never changed or deleted.
CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  origin TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_id INTEGER NOT NULL,
  operation TEXT NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
  before TEXT,
  after TEXT
) STRICT;

CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, '变更记录不可修改'); END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, '变更记录不可删除'); END;

INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES
  ('project_site', 'features', '项目', 4490),
  ('project_overview', 'features', '项目一览（只读）', 4490),
  ('project_unit', 'attributes', '建设单位', NULL),
  ('project_site_unit', 'attributes', '项目与建设单位', NULL),
  ('site_status_change', 'attributes', '项目状态变更', NULL),
  ('site_investment', 'attributes', '年度投资（分）', NULL),
  ('site_fund', 'attributes', '到位资金（分）', NULL),
  ('indicator_13th', 'attributes', '专栏1 指标', NULL),
  ('indicator_14th', 'attributes', '专栏2 指标', NULL),
  ('plan_task', 'attributes', '规划任务', NULL),
  ('spatial_rule', 'attributes', '规划空间管控要求', NULL),
  ('district_fact', 'attributes', '区情数据', NULL),
  ('section_count', 'attributes', '断面数量', NULL),
  ('history', 'attributes', '变更记录', NULL),
  ('quarantine', 'attributes', '隔离区', NULL),
  ('import_issue', 'attributes', '导入问题', NULL);
INSERT INTO gpkg_geometry_columns VALUES
  ('project_site', 'geom', 'POINT', 4490, 0, 0),
  ('project_overview', 'geom', 'POINT', 4490, 0, 0);

-- History triggers. `rla_session` is empty unless we are writing; 'setup' is the filling of a new
-- workspace, which is no change of anybody's. Geometry is kept as hexadecimal text.

CREATE TRIGGER history_project_site_insert AFTER INSERT ON project_site
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'project_site', NEW.id, 'insert',
    NULL,
    json_object(
      'geom', CASE WHEN NEW.geom IS NOT NULL THEN hex(NEW.geom) END,
      'category', NEW.category, 'name', NEW.name, 'content', NEW.content,
      'location', NEW.location, 'planned_fen', NEW.planned_fen,
      'years_printed', NEW.years_printed, 'start_year', NEW.start_year,
      'end_year', NEW.end_year, 'placement', NEW.placement, 'precision_m', NEW.precision_m,
      'basis', NEW.basis, 'plan_line', NEW.plan_line, 'plan_note', NEW.plan_note)
  );
END;

CREATE TRIGGER history_project_site_update AFTER UPDATE ON project_site
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.geom, OLD.category, OLD.name, OLD.content, OLD.location, OLD.planned_fen, OLD.years_printed, OLD.start_year, OLD.end_year, OLD.placement, OLD.precision_m, OLD.basis, OLD.plan_line, OLD.plan_note)
    IS NOT (NEW.geom, NEW.category, NEW.name, NEW.content, NEW.location, NEW.planned_fen, NEW.years_printed, NEW.start_year, NEW.end_year, NEW.placement, NEW.precision_m, NEW.basis, NEW.plan_line, NEW.plan_note)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'project_site', NEW.id, 'update',
    json_object(
      'geom', CASE WHEN OLD.geom IS NOT NULL THEN hex(OLD.geom) END,
      'category', OLD.category, 'name', OLD.name, 'content', OLD.content,
      'location', OLD.location, 'planned_fen', OLD.planned_fen,
      'years_printed', OLD.years_printed, 'start_year', OLD.start_year,
      'end_year', OLD.end_year, 'placement', OLD.placement, 'precision_m', OLD.precision_m,
      'basis', OLD.basis, 'plan_line', OLD.plan_line, 'plan_note', OLD.plan_note),
    json_object(
      'geom', CASE WHEN NEW.geom IS NOT NULL THEN hex(NEW.geom) END,
      'category', NEW.category, 'name', NEW.name, 'content', NEW.content,
      'location', NEW.location, 'planned_fen', NEW.planned_fen,
      'years_printed', NEW.years_printed, 'start_year', NEW.start_year,
      'end_year', NEW.end_year, 'placement', NEW.placement, 'precision_m', NEW.precision_m,
      'basis', NEW.basis, 'plan_line', NEW.plan_line, 'plan_note', NEW.plan_note)
  );
END;

CREATE TRIGGER history_project_site_delete AFTER DELETE ON project_site
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'project_site', OLD.id, 'delete',
    json_object(
      'geom', CASE WHEN OLD.geom IS NOT NULL THEN hex(OLD.geom) END,
      'category', OLD.category, 'name', OLD.name, 'content', OLD.content,
      'location', OLD.location, 'planned_fen', OLD.planned_fen,
      'years_printed', OLD.years_printed, 'start_year', OLD.start_year,
      'end_year', OLD.end_year, 'placement', OLD.placement, 'precision_m', OLD.precision_m,
      'basis', OLD.basis, 'plan_line', OLD.plan_line, 'plan_note', OLD.plan_note),
    NULL
  );
END;

CREATE TRIGGER history_site_status_change_insert AFTER INSERT ON site_status_change
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_status_change', NEW.id, 'insert',
    NULL,
    json_object(
      'site_id', NEW.site_id, 'date', NEW.date, 'status', NEW.status, 'note', NEW.note)
  );
END;

CREATE TRIGGER history_site_status_change_update AFTER UPDATE ON site_status_change
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.site_id, OLD.date, OLD.status, OLD.note)
    IS NOT (NEW.site_id, NEW.date, NEW.status, NEW.note)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_status_change', NEW.id, 'update',
    json_object(
      'site_id', OLD.site_id, 'date', OLD.date, 'status', OLD.status, 'note', OLD.note),
    json_object(
      'site_id', NEW.site_id, 'date', NEW.date, 'status', NEW.status, 'note', NEW.note)
  );
END;

CREATE TRIGGER history_site_status_change_delete AFTER DELETE ON site_status_change
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_status_change', OLD.id, 'delete',
    json_object(
      'site_id', OLD.site_id, 'date', OLD.date, 'status', OLD.status, 'note', OLD.note),
    NULL
  );
END;

CREATE TRIGGER history_site_investment_insert AFTER INSERT ON site_investment
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_investment', NEW.id, 'insert',
    NULL,
    json_object(
      'site_id', NEW.site_id, 'year', NEW.year, 'planned_fen', NEW.planned_fen,
      'completed_fen', NEW.completed_fen)
  );
END;

CREATE TRIGGER history_site_investment_update AFTER UPDATE ON site_investment
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.site_id, OLD.year, OLD.planned_fen, OLD.completed_fen)
    IS NOT (NEW.site_id, NEW.year, NEW.planned_fen, NEW.completed_fen)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_investment', NEW.id, 'update',
    json_object(
      'site_id', OLD.site_id, 'year', OLD.year, 'planned_fen', OLD.planned_fen,
      'completed_fen', OLD.completed_fen),
    json_object(
      'site_id', NEW.site_id, 'year', NEW.year, 'planned_fen', NEW.planned_fen,
      'completed_fen', NEW.completed_fen)
  );
END;

CREATE TRIGGER history_site_investment_delete AFTER DELETE ON site_investment
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_investment', OLD.id, 'delete',
    json_object(
      'site_id', OLD.site_id, 'year', OLD.year, 'planned_fen', OLD.planned_fen,
      'completed_fen', OLD.completed_fen),
    NULL
  );
END;

CREATE TRIGGER history_site_fund_insert AFTER INSERT ON site_fund
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_fund', NEW.id, 'insert',
    NULL,
    json_object(
      'site_id', NEW.site_id, 'year', NEW.year, 'source', NEW.source, 'fen', NEW.fen)
  );
END;

CREATE TRIGGER history_site_fund_update AFTER UPDATE ON site_fund
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.site_id, OLD.year, OLD.source, OLD.fen)
    IS NOT (NEW.site_id, NEW.year, NEW.source, NEW.fen)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_fund', NEW.id, 'update',
    json_object(
      'site_id', OLD.site_id, 'year', OLD.year, 'source', OLD.source, 'fen', OLD.fen),
    json_object(
      'site_id', NEW.site_id, 'year', NEW.year, 'source', NEW.source, 'fen', NEW.fen)
  );
END;

CREATE TRIGGER history_site_fund_delete AFTER DELETE ON site_fund
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'site_fund', OLD.id, 'delete',
    json_object(
      'site_id', OLD.site_id, 'year', OLD.year, 'source', OLD.source, 'fen', OLD.fen),
    NULL
  );
END;

CREATE TRIGGER history_rla_layer_insert AFTER INSERT ON rla_layer
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'rla_layer', NEW.id, 'insert',
    NULL,
    json_object(
      'name', NEW.name, 'kind', NEW.kind, 'placement', NEW.placement, 'source', NEW.source,
      'retired', NEW.retired, 'removed', NEW.removed)
  );
END;

CREATE TRIGGER history_rla_layer_update AFTER UPDATE ON rla_layer
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
  AND (OLD.name, OLD.kind, OLD.placement, OLD.source, OLD.retired, OLD.removed)
    IS NOT (NEW.name, NEW.kind, NEW.placement, NEW.source, NEW.retired, NEW.removed)
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'rla_layer', NEW.id, 'update',
    json_object(
      'name', OLD.name, 'kind', OLD.kind, 'placement', OLD.placement, 'source', OLD.source,
      'retired', OLD.retired, 'removed', OLD.removed),
    json_object(
      'name', NEW.name, 'kind', NEW.kind, 'placement', NEW.placement, 'source', NEW.source,
      'retired', NEW.retired, 'removed', NEW.removed)
  );
END;

CREATE TRIGGER history_rla_layer_delete AFTER DELETE ON rla_layer
WHEN (SELECT origin FROM rla_session) IS NOT 'setup'
BEGIN
  INSERT INTO history (at, who, origin, table_name, row_id, operation, before, after)
  VALUES (
    strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime'),
    COALESCE((SELECT who FROM rla_session), '未知'),
    COALESCE((SELECT origin FROM rla_session), '其他程序'),
    'rla_layer', OLD.id, 'delete',
    json_object(
      'name', OLD.name, 'kind', OLD.kind, 'placement', OLD.placement, 'source', OLD.source,
      'retired', OLD.retired, 'removed', OLD.removed),
    NULL
  );
END;
