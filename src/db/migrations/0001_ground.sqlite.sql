-- Settings, audit trail, sealed secrets, work. Times are microseconds since 1970 UTC, ids are made by the program.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE audit_entry (
  number INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  request_id TEXT NOT NULL,
  details TEXT NOT NULL,
  previous_mac BLOB NOT NULL,
  mac BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, number);

CREATE TABLE audit_head (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL,
  mac BLOB NOT NULL,
  head_mac BLOB NOT NULL
) STRICT;

CREATE TABLE master_key (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id BLOB NOT NULL,
  key_check BLOB NOT NULL,
  since INTEGER NOT NULL
) STRICT;

CREATE TABLE sub_key (
  name TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE sealed_secret (
  id INTEGER NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  wrapped_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE secret_inventory (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  opens TEXT NOT NULL,
  created INTEGER NOT NULL,
  last_used INTEGER,
  renew_by INTEGER,
  set_by TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE run (
  id INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'interrupted', 'cancelled')),
  request_id TEXT NOT NULL,
  input TEXT NOT NULL,
  result TEXT NOT NULL,
  process TEXT NOT NULL,
  created INTEGER NOT NULL,
  started INTEGER,
  ended INTEGER,
  seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL
) STRICT;
CREATE INDEX run_subject ON run (kind, subject, id);
CREATE INDEX run_open ON run (process) WHERE state IN ('queued', 'running');

CREATE TABLE run_step (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'note', 'warning', 'failed', 'skipped')),
  evidence TEXT NOT NULL,
  remedy TEXT NOT NULL,
  started INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT;

CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE schedule (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  every_us INTEGER NOT NULL CHECK (every_us > 0),
  next_due INTEGER NOT NULL,
  holder TEXT NOT NULL,
  claimed_until INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT;
CREATE INDEX schedule_due ON schedule (next_due);

CREATE TABLE event (
  number INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_age ON event (at);

CREATE TABLE event_head (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO event_head (id, number) VALUES (1, 0);
