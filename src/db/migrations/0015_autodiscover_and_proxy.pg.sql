-- The address by which Autodiscover finds a connection's EWS, and the proxy on the way there. The proxy's password
-- stands in sealed_secret; here is only its id.
ALTER TABLE server_connection ADD COLUMN autodiscover TEXT NOT NULL DEFAULT '';
ALTER TABLE server_connection ADD COLUMN proxy_url TEXT NOT NULL DEFAULT '';
ALTER TABLE server_connection ADD COLUMN proxy_sign_in TEXT NOT NULL DEFAULT 'none';
ALTER TABLE server_connection ADD COLUMN proxy_user TEXT NOT NULL DEFAULT '';
ALTER TABLE server_connection ADD COLUMN proxy_trust_pem TEXT NOT NULL DEFAULT '';
ALTER TABLE server_connection ADD COLUMN proxy_secret BIGINT;
