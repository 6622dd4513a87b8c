-- Whether the controller itself said that it took the new password (else its pwdLastSet alone shows a change, which may be
-- somebody else's); what a rotation has counted so far, so that a killed process loses nothing of it; and the domain
-- controllers that had not heard of the new password when it ended, each until it has been signed in at. The lists are
-- JSON, as rotation_rows.cpp reads it.
ALTER TABLE rotation ADD COLUMN confirmed BIGINT NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1));
ALTER TABLE rotation ADD COLUMN loads TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rotation ADD COLUMN behind TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rotation ADD COLUMN caught_up TEXT NOT NULL DEFAULT '[]';
