-- How the directory reader proves himself to the controllers.
ALTER TABLE service_directory ADD COLUMN reader_sign_in TEXT NOT NULL DEFAULT 'simple' CHECK (reader_sign_in IN ('simple', 'kerberos'));
