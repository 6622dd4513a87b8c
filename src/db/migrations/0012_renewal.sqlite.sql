-- "Renew everything": the plans, and their items in order. The states are in src/renewal/renewal_states.cpp. `slot` is 1
-- while a plan is open, so that there is one at a time. Lists and objects are JSON, as renewal_rows.cpp reads them.
CREATE TABLE renewal (
  id INTEGER NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  kinds TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  needs_approval INTEGER NOT NULL CHECK (needs_approval IN (0, 1)),
  approved_by TEXT NOT NULL,
  approved INTEGER,
  started_by TEXT NOT NULL,
  started INTEGER,
  run_id INTEGER,
  why TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  ended INTEGER,
  slot INTEGER UNIQUE CHECK (slot = 1)
) STRICT;

CREATE TABLE renewal_item (
  renewal_id INTEGER NOT NULL REFERENCES renewal (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  opens TEXT NOT NULL,
  way TEXT NOT NULL,
  times INTEGER NOT NULL,
  done_times INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  how TEXT NOT NULL,
  command TEXT NOT NULL,
  page TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  proof TEXT NOT NULL,
  why TEXT NOT NULL,
  remedy TEXT NOT NULL,
  run_id INTEGER,
  begun INTEGER,
  ended INTEGER,
  PRIMARY KEY (renewal_id, position)
) STRICT;

-- Keys that were made before they registered themselves.
INSERT INTO secret_inventory (kind, id, opens, created, last_used, renew_by, set_by)
SELECT 'master_key', 'master', 'every secret that is sealed in the database', since, NULL, NULL, 'system:secrets'
FROM master_key WHERE true ON CONFLICT (kind, id) DO NOTHING;
INSERT INTO secret_inventory (kind, id, opens, created, last_used, renew_by, set_by)
SELECT 'sub_key', name, 'what is hashed or authenticated as "' || name || '"', created, NULL, NULL, 'system:secrets'
FROM sub_key WHERE true ON CONFLICT (kind, id) DO NOTHING;
INSERT INTO secret_inventory (kind, id, opens, created, last_used, renew_by, set_by)
SELECT 'recovery_key', 'recovery', 'the passwords in the recovery file', created, NULL, NULL, 'system:secrets'
FROM recovery_key WHERE true ON CONFLICT (kind, id) DO NOTHING;
