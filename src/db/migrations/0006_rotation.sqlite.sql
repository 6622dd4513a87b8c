-- Rotations of service accounts' passwords, the accounts that may reset them, and the key that a second copy of each new
-- password is sealed to.
ALTER TABLE service_account ADD COLUMN reset_account_id INTEGER REFERENCES service_account (id);

-- Who made the password ("typed" by a person, "generated" here), and how Active Directory knows it: when it was set, and
-- which controller took it first.
ALTER TABLE credential_version ADD COLUMN origin TEXT NOT NULL DEFAULT 'typed';
ALTER TABLE credential_version ADD COLUMN pwd_last_set INTEGER;
ALTER TABLE credential_version ADD COLUMN controller TEXT NOT NULL DEFAULT '';

-- The durable record beside a run of kind "rotation". The states are in src/connections/rotation_states.cpp.
CREATE TABLE rotation (
  run_id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL,
  account TEXT NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  version_id INTEGER,
  old_version_id INTEGER,
  controller TEXT NOT NULL,
  pwd_last_set_before INTEGER,
  pwd_last_set_after INTEGER,
  front_end_accepted INTEGER NOT NULL CHECK (front_end_accepted IN (0, 1)),
  why TEXT NOT NULL,
  door_closed INTEGER,
  door_opened INTEGER,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE UNIQUE INDEX rotation_open ON rotation (account_id) WHERE ended IS NULL;
CREATE INDEX rotation_account ON rotation (account_id, run_id);

CREATE TABLE recovery_key (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  public_half BLOB NOT NULL,
  mac BLOB NOT NULL,
  private_secret INTEGER,
  created INTEGER NOT NULL,
  taken INTEGER
) STRICT;
