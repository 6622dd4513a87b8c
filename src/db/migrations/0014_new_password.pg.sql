-- Whether a user must choose another password before he may do anything else.
ALTER TABLE access_user ADD COLUMN must_choose_password BIGINT NOT NULL DEFAULT 0 CHECK (must_choose_password IN (0, 1));
