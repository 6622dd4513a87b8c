-- What a step offers a person to do about it (JSON; empty: nothing). Beside the evidence, which is cut: an offer is whole.
ALTER TABLE run_step ADD COLUMN offer TEXT NOT NULL DEFAULT '';
