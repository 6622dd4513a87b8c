-- Directories, service accounts with their credential versions, server connections, and what is remembered of tried
-- passwords. Lists are JSON arrays of text. Secrets stand in sealed_secret; here are only their ids.
CREATE TABLE service_directory (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  realm TEXT NOT NULL,
  domain TEXT NOT NULL,
  controllers TEXT NOT NULL,
  base_dn TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  reader TEXT NOT NULL,
  reader_secret INTEGER,
  reader_refused INTEGER,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

CREATE TABLE service_account (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  normalised TEXT NOT NULL UNIQUE,
  sid TEXT NOT NULL,
  resolved TEXT NOT NULL,
  directory_id INTEGER REFERENCES service_directory (id),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  next_number INTEGER NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;
CREATE INDEX service_account_directory ON service_account (directory_id);
CREATE UNIQUE INDEX service_account_sid ON service_account (sid) WHERE sid <> '';

CREATE TABLE credential_version (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES service_account (id),
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'previous')),
  destinations TEXT NOT NULL,
  secret_id INTEGER NOT NULL,
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  promoted INTEGER,
  refused INTEGER,
  refusal TEXT NOT NULL,
  UNIQUE (account_id, number),
  UNIQUE (account_id, state)
) STRICT;

CREATE TABLE server_connection (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  description TEXT NOT NULL,
  ews_url TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES service_account (id),
  authentication TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  mailbox_check TEXT NOT NULL,
  refused_mailbox TEXT NOT NULL,
  front_ends TEXT NOT NULL,
  products TEXT NOT NULL,
  concurrency INTEGER NOT NULL CHECK (concurrency > 0),
  user_agent TEXT NOT NULL,
  heartbeat_seconds INTEGER NOT NULL CHECK (heartbeat_seconds >= 0),
  state TEXT NOT NULL CHECK (state IN ('untested', 'healthy', 'degraded', 'needs_credential', 'failing', 'disabled')),
  reason TEXT NOT NULL,
  reason_text TEXT NOT NULL,
  state_since INTEGER NOT NULL,
  last_test INTEGER,
  last_test_run TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;
CREATE INDEX server_connection_account ON server_connection (account_id);

CREATE TABLE tried_password (
  account TEXT NOT NULL,
  hash BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('being_tried', 'refused')),
  at INTEGER NOT NULL,
  failure_class TEXT NOT NULL,
  pwd_last_set INTEGER,
  PRIMARY KEY (account, hash)
) STRICT;
