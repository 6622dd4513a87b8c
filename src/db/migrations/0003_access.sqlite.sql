-- Users, roles, sessions, API tokens, invitations. Tokens and passwords stand here only as keyed or slow hashes, the
-- secrets of one-time codes in sealed_secret. Roles and rights are names with commas between.
CREATE TABLE access_role (
  name TEXT NOT NULL PRIMARY KEY,
  totp_required INTEGER NOT NULL CHECK (totp_required IN (0, 1))
) STRICT;
INSERT INTO access_role (name, totp_required)
VALUES ('administrator', 0), ('analyst', 0), ('operator', 0), ('auditor', 0);

CREATE TABLE access_user (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  reads_content INTEGER NOT NULL CHECK (reads_content IN (0, 1)),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  password_hash TEXT NOT NULL,
  password_set INTEGER,
  totp_secret INTEGER,
  totp_pending INTEGER,
  totp_last_step INTEGER NOT NULL,
  last_sign_in INTEGER,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

CREATE TABLE access_known_source (
  user_id INTEGER NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  last_seen INTEGER NOT NULL,
  PRIMARY KEY (user_id, source)
) STRICT;

CREATE TABLE access_invitation (
  user_id INTEGER NOT NULL PRIMARY KEY REFERENCES access_user (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE access_session (
  id INTEGER NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX access_session_user ON access_session (user_id);

CREATE TABLE access_token (
  id INTEGER NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  description TEXT NOT NULL,
  rights TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER,
  last_source TEXT NOT NULL
) STRICT;
CREATE INDEX access_token_user ON access_token (user_id);
