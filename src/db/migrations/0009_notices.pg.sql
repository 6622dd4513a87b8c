-- Notices: by which channels they go out, who wants which, what was posted, and what became of each on its way.
CREATE TABLE notice_channel (
  id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  port BIGINT NOT NULL,
  security TEXT NOT NULL,
  user_name TEXT NOT NULL,
  from_address TEXT NOT NULL,
  url TEXT NOT NULL,
  proof TEXT NOT NULL,
  trust_pem TEXT NOT NULL,
  enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),
  secret_id BIGINT,
  -- Since when nothing is sent because the other side refused the password; until the channel is edited.
  resting BIGINT,
  last_accepted BIGINT,
  last_refused BIGINT,
  last_refusal TEXT NOT NULL DEFAULT '',
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  updated_by TEXT NOT NULL
);

-- `kinds`: "all", or names with spaces between. `owner`: a user's id, or empty for what belongs to the house.
CREATE TABLE notice_subscription (
  id BIGINT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  channel_id BIGINT NOT NULL REFERENCES notice_channel (id),
  address TEXT NOT NULL,
  kinds TEXT NOT NULL,
  least_severity BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  UNIQUE (owner, channel_id, address)
);

-- `times`: how many posts this one stands for. `sealed`: on its way, so no further post is counted into it.
CREATE TABLE notice (
  id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  severity BIGINT NOT NULL,
  posted BIGINT NOT NULL,
  last_posted BIGINT NOT NULL,
  times BIGINT NOT NULL,
  sealed BIGINT NOT NULL CHECK (sealed IN (0, 1))
);

-- What was posted last of a kind about a subject, and the notice that gathers what follows within the window.
CREATE TABLE notice_window (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  ends BIGINT NOT NULL,
  severity BIGINT NOT NULL,
  notice_id BIGINT,
  PRIMARY KEY (kind, subject)
);

CREATE TABLE notice_delivery (
  id BIGINT NOT NULL PRIMARY KEY,
  notice_id BIGINT NOT NULL REFERENCES notice (id),
  channel_id BIGINT NOT NULL,
  channel_name TEXT NOT NULL,
  owner TEXT NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL,
  due BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  lease TEXT NOT NULL,
  held BIGINT NOT NULL CHECK (held IN (0, 1)),
  lead_id BIGINT,
  said TEXT NOT NULL,
  ended BIGINT,
  UNIQUE (notice_id, channel_id, address)
);
CREATE INDEX notice_delivery_due ON notice_delivery (channel_id, due) WHERE state = 'waiting';
CREATE INDEX notice_delivery_sent ON notice_delivery (channel_id, address, ended) WHERE state = 'sent';
CREATE INDEX notice_delivery_lead ON notice_delivery (lead_id);
