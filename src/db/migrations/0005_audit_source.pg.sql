-- From where somebody came who acts (the peer's address; empty over the local socket and for what Mailward does by itself), and
-- the id of the API token where a program came with one.
ALTER TABLE audit_entry ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_entry ADD COLUMN token TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_entry_actor ON audit_entry (actor, number);
CREATE INDEX audit_entry_source ON audit_entry (source, number);
CREATE INDEX audit_entry_request ON audit_entry (request_id, number);
CREATE INDEX audit_entry_at ON audit_entry (at);
