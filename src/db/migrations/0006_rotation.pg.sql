-- Rotations of service accounts' passwords, the accounts that may reset them, and the key that a second copy of each new
-- password is sealed to.
ALTER TABLE service_account ADD COLUMN reset_account_id BIGINT REFERENCES service_account (id);

-- Who made the password ("typed" by a person, "generated" here), and how Active Directory knows it: when it was set, and
-- which controller took it first.
ALTER TABLE credential_version ADD COLUMN origin TEXT NOT NULL DEFAULT 'typed';
ALTER TABLE credential_version ADD COLUMN pwd_last_set BIGINT;
ALTER TABLE credential_version ADD COLUMN controller TEXT NOT NULL DEFAULT '';

-- The durable record beside a run of kind "rotation". The states are in src/connections/rotation_states.cpp.
CREATE TABLE rotation (
  run_id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  account TEXT NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  version_id BIGINT,
  old_version_id BIGINT,
  controller TEXT NOT NULL,
  pwd_last_set_before BIGINT,
  pwd_last_set_after BIGINT,
  front_end_accepted BIGINT NOT NULL CHECK (front_end_accepted IN (0, 1)),
  why TEXT NOT NULL,
  door_closed BIGINT,
  door_opened BIGINT,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  ended BIGINT
);
CREATE UNIQUE INDEX rotation_open ON rotation (account_id) WHERE ended IS NULL;
CREATE INDEX rotation_account ON rotation (account_id, run_id);

CREATE TABLE recovery_key (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  public_half BYTEA NOT NULL,
  mac BYTEA NOT NULL,
  private_secret BIGINT,
  created BIGINT NOT NULL,
  taken BIGINT
);
