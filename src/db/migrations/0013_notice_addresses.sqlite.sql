-- An address gets notices once it is confirmed: by a code that was sent to it, of which the hash stands here, or by
-- whoever may change connections. What stood before this was asked goes on.
ALTER TABLE notice_subscription ADD COLUMN confirmed INTEGER;
ALTER TABLE notice_subscription ADD COLUMN code_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE notice_subscription ADD COLUMN code_made INTEGER;
ALTER TABLE notice_subscription ADD COLUMN code_tries INTEGER NOT NULL DEFAULT 0;
UPDATE notice_subscription SET confirmed = updated;

-- `turned_away`: since when a webhook's receiver does not take who sends; `next_try`: nothing is tried before. `remedy`
-- belongs to the last refusal.
ALTER TABLE notice_channel ADD COLUMN turned_away INTEGER;
ALTER TABLE notice_channel ADD COLUMN next_try INTEGER;
ALTER TABLE notice_channel ADD COLUMN last_remedy TEXT NOT NULL DEFAULT '';
