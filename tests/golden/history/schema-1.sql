-- SPDX-License-Identifier: GPL-2.0-or-later
-- A history of schema 1, as the first version left it: no hash of settings, no windows.
CREATE TABLE hosts (  id TEXT PRIMARY KEY,  fingerprint TEXT NOT NULL,  origin TEXT NOT NULL,  arch TEXT NOT NULL,  cpu TEXT NOT NULL,  kernel TEXT NOT NULL,  distribution TEXT NOT NULL,  cores INTEGER NOT NULL,  memory_bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (  number INTEGER PRIMARY KEY,  id TEXT NOT NULL,  started_us INTEGER NOT NULL,  host TEXT NOT NULL REFERENCES hosts,  record TEXT NOT NULL,  plan TEXT NOT NULL,  build TEXT NOT NULL,  build_id TEXT NOT NULL,  xen_version TEXT NOT NULL,  verdict TEXT NOT NULL,  reason TEXT NOT NULL,  rig TEXT NOT NULL,  mode TEXT NOT NULL,  purpose TEXT NOT NULL,  seconds REAL,  UNIQUE (id, started_us));
CREATE INDEX runs_started ON runs (started_us);
CREATE INDEX runs_plan ON runs (plan, host, started_us);
CREATE TABLE metrics (  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,  name TEXT NOT NULL,  unit TEXT NOT NULL,  value REAL,  low REAL,  high REAL,  count INTEGER NOT NULL,  PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE findings (  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,  number INTEGER NOT NULL,  kind TEXT NOT NULL,  weight TEXT NOT NULL,  place TEXT NOT NULL,  when_s REAL,  line TEXT NOT NULL,  meaning TEXT NOT NULL,  count INTEGER NOT NULL,  PRIMARY KEY (run, number)) WITHOUT ROWID;
INSERT INTO hosts VALUES('aaaaaaaaaaaaaaaa','aaaaaaaaaaaaaaaa','','x86_64','A CPU of 2026','6.1.0','Debian 12',2,25769803776);
INSERT INTO runs VALUES(1,'20261120T100000Z-smoke-0001',1795168800000000,'aaaaaaaaaaaaaaaa','/nowhere/20261120T100000Z-smoke-0001','smoke','debian:bookworm','1111111111111111','4.17.5','pass','it went well','0.1.0','real','run',42.5);
INSERT INTO runs VALUES(2,'20261121T100000Z-smoke-0002',1795255200000000,'aaaaaaaaaaaaaaaa','/nowhere/20261121T100000Z-smoke-0002','smoke','debian:bookworm','1111111111111111','4.17.5','fail','w03 stood still','0.1.0','real','run',NULL);
INSERT INTO metrics VALUES(1,'throughput','B/s',400000000.0,360000000.0,440000000.0,3);
INSERT INTO metrics VALUES(2,'throughput','B/s',100000000.0,90000000.0,110000000.0,3);
INSERT INTO findings VALUES(2,1,'stall','fail','w03',12.5,'','It stood still.',1);
PRAGMA user_version = 1;
