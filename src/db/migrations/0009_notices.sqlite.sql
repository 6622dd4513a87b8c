-- Notices: by which channels they go out, who wants which, what was posted, and what became of each on its way.
CREATE TABLE notice_channel (
  id INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  security TEXT NOT NULL,
  user_name TEXT NOT NULL,
  from_address TEXT NOT NULL,
  url TEXT NOT NULL,
  proof TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  secret_id INTEGER,
  -- Since when nothing is sent because the other side refused the password; until the channel is edited.
  resting INTEGER,
  last_accepted INTEGER,
  last_refused INTEGER,
  last_refusal TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

-- `kinds`: "all", or names with spaces between. `owner`: a user's id, or empty for what belongs to the house.
CREATE TABLE notice_subscription (
  id INTEGER NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  channel_id INTEGER NOT NULL REFERENCES notice_channel (id),
  address TEXT NOT NULL,
  kinds TEXT NOT NULL,
  least_severity INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  UNIQUE (owner, channel_id, address)
) STRICT;

-- `times`: how many posts this one stands for. `sealed`: on its way, so no further post is counted into it.
CREATE TABLE notice (
  id INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  severity INTEGER NOT NULL,
  posted INTEGER NOT NULL,
  last_posted INTEGER NOT NULL,
  times INTEGER NOT NULL,
  sealed INTEGER NOT NULL CHECK (sealed IN (0, 1))
) STRICT;

-- What was posted last of a kind about a subject, and the notice that gathers what follows within the window.
CREATE TABLE notice_window (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  ends INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  notice_id INTEGER,
  PRIMARY KEY (kind, subject)
) STRICT;

CREATE TABLE notice_delivery (
  id INTEGER NOT NULL PRIMARY KEY,
  notice_id INTEGER NOT NULL REFERENCES notice (id),
  channel_id INTEGER NOT NULL,
  channel_name TEXT NOT NULL,
  owner TEXT NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  leased_until INTEGER NOT NULL,
  lease TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held IN (0, 1)),
  lead_id INTEGER,
  said TEXT NOT NULL,
  ended INTEGER,
  UNIQUE (notice_id, channel_id, address)
) STRICT;
CREATE INDEX notice_delivery_due ON notice_delivery (channel_id, due) WHERE state = 'waiting';
CREATE INDEX notice_delivery_sent ON notice_delivery (channel_id, address, ended) WHERE state = 'sent';
CREATE INDEX notice_delivery_lead ON notice_delivery (lead_id);
