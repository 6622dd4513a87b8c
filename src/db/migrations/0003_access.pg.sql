-- Users, roles, sessions, API tokens, invitations. Tokens and passwords stand here only as keyed or slow hashes, the
-- secrets of one-time codes in sealed_secret. Roles and rights are names with commas between.
CREATE TABLE access_role (
  name TEXT NOT NULL PRIMARY KEY,
  totp_required BIGINT NOT NULL CHECK (totp_required IN (0, 1))
);
INSERT INTO access_role (name, totp_required)
VALUES ('administrator', 0), ('analyst', 0), ('operator', 0), ('auditor', 0);

CREATE TABLE access_user (
  id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  reads_content BIGINT NOT NULL CHECK (reads_content IN (0, 1)),
  enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),
  password_hash TEXT NOT NULL,
  password_set BIGINT,
  totp_secret BIGINT,
  totp_pending BIGINT,
  totp_last_step BIGINT NOT NULL,
  last_sign_in BIGINT,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  updated_by TEXT NOT NULL
);

CREATE TABLE access_known_source (
  user_id BIGINT NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  last_seen BIGINT NOT NULL,
  PRIMARY KEY (user_id, source)
);

CREATE TABLE access_invitation (
  user_id BIGINT NOT NULL PRIMARY KEY REFERENCES access_user (id) ON DELETE CASCADE,
  token_hash BYTEA NOT NULL UNIQUE,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);

CREATE TABLE access_session (
  id BIGINT NOT NULL PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  user_id BIGINT NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  confirmed BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX access_session_user ON access_session (user_id);

CREATE TABLE access_token (
  id BIGINT NOT NULL PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  user_id BIGINT NOT NULL REFERENCES access_user (id) ON DELETE CASCADE,
  description TEXT NOT NULL,
  rights TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  last_used BIGINT,
  last_source TEXT NOT NULL
);
CREATE INDEX access_token_user ON access_token (user_id);
