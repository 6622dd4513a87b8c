-- How an account's password is renewed, and when by itself; where another vault hands over its passwords; the account
-- that takes its place while it is renewed; and what the directory showed of the old password afterwards.
ALTER TABLE service_account ADD COLUMN twin_account_id INTEGER REFERENCES service_account (id);
ALTER TABLE service_account ADD COLUMN password_expires INTEGER;
ALTER TABLE service_account ADD COLUMN password_expires_read INTEGER;

CREATE TABLE rotation_plan (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES service_account (id),
  version INTEGER NOT NULL,
  mode TEXT NOT NULL,
  every_days INTEGER NOT NULL CHECK (every_days BETWEEN 0 AND 366),
  days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127),
  from_minute INTEGER NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  minutes INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  unlocks INTEGER NOT NULL CHECK (unlocks IN (0, 1)),
  reminded INTEGER,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

CREATE TABLE external_source (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES service_account (id),
  command TEXT NOT NULL,
  url TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  token_secret INTEGER,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

-- The account that a twin takes over from; in mode "twin" alone.
ALTER TABLE rotation ADD COLUMN partner_id INTEGER;

CREATE TABLE old_password_watch (
  run_id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL,
  until INTEGER NOT NULL,
  ended INTEGER,
  baseline TEXT NOT NULL,
  seen TEXT NOT NULL,
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX old_password_watch_open ON old_password_watch (until) WHERE ended IS NULL;
