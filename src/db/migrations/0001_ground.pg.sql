-- Settings, audit trail, sealed secrets, work. Times are microseconds since 1970 UTC, ids are made by the program.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE audit_entry (
  number BIGINT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  request_id TEXT NOT NULL,
  details TEXT NOT NULL,
  previous_mac BYTEA NOT NULL,
  mac BYTEA NOT NULL
);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, number);

CREATE TABLE audit_head (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  number BIGINT NOT NULL,
  mac BYTEA NOT NULL,
  head_mac BYTEA NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE master_key (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id BYTEA NOT NULL,
  key_check BYTEA NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE sub_key (
  name TEXT NOT NULL PRIMARY KEY,
  sealed BYTEA NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE sealed_secret (
  id BIGINT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  wrapped_key BYTEA NOT NULL,
  sealed BYTEA NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE secret_inventory (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  opens TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT,
  renew_by BIGINT,
  set_by TEXT NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE run (
  id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'interrupted', 'cancelled')),
  request_id TEXT NOT NULL,
  input TEXT NOT NULL,
  result TEXT NOT NULL,
  process TEXT NOT NULL,
  created BIGINT NOT NULL,
  started BIGINT,
  ended BIGINT,
  seq BIGINT NOT NULL,
  last_seq BIGINT NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX run_subject ON run (kind, subject, id);
CREATE INDEX run_open ON run (process) WHERE state IN ('queued', 'running');

CREATE TABLE run_step (
  run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'note', 'warning', 'failed', 'skipped')),
  evidence TEXT NOT NULL,
  remedy TEXT NOT NULL,
  started BIGINT NOT NULL,
  milliseconds BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (run_id, position)
) WITH (fillfactor = 80);

CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  token BIGINT NOT NULL,
  expires BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE schedule (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  every_us BIGINT NOT NULL CHECK (every_us > 0),
  next_due BIGINT NOT NULL,
  holder TEXT NOT NULL,
  claimed_until BIGINT NOT NULL,
  PRIMARY KEY (kind, subject)
) WITH (fillfactor = 80);
CREATE INDEX schedule_due ON schedule (next_due);

CREATE TABLE event (
  number BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX event_age ON event (at);

CREATE TABLE event_head (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  number BIGINT NOT NULL
) WITH (fillfactor = 80);
INSERT INTO event_head (id, number) VALUES (1, 0);
