-- How an account's password is renewed, and when by itself; where another vault hands over its passwords; the account
-- that takes its place while it is renewed; and what the directory showed of the old password afterwards.
ALTER TABLE service_account ADD COLUMN twin_account_id BIGINT REFERENCES service_account (id);
ALTER TABLE service_account ADD COLUMN password_expires BIGINT;
ALTER TABLE service_account ADD COLUMN password_expires_read BIGINT;

CREATE TABLE rotation_plan (
  account_id BIGINT NOT NULL PRIMARY KEY REFERENCES service_account (id),
  version BIGINT NOT NULL,
  mode TEXT NOT NULL,
  every_days BIGINT NOT NULL CHECK (every_days BETWEEN 0 AND 366),
  days BIGINT NOT NULL CHECK (days BETWEEN 1 AND 127),
  from_minute BIGINT NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  unlocks BIGINT NOT NULL CHECK (unlocks IN (0, 1)),
  reminded BIGINT,
  updated BIGINT NOT NULL,
  updated_by TEXT NOT NULL
);

CREATE TABLE external_source (
  account_id BIGINT NOT NULL PRIMARY KEY REFERENCES service_account (id),
  command TEXT NOT NULL,
  url TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  token_secret BIGINT,
  updated BIGINT NOT NULL,
  updated_by TEXT NOT NULL
);

-- The account that a twin takes over from; in mode "twin" alone.
ALTER TABLE rotation ADD COLUMN partner_id BIGINT;

CREATE TABLE old_password_watch (
  run_id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  until BIGINT NOT NULL,
  ended BIGINT,
  baseline TEXT NOT NULL,
  seen TEXT NOT NULL,
  updated BIGINT NOT NULL
);
CREATE INDEX old_password_watch_open ON old_password_watch (until) WHERE ended IS NULL;
