-- What recommended measures are made of beside the books: what was read for them, by subject ("account:<id>",
-- "connection:<id>") as JSON of the room that read it; and the lines that a person has accepted, with what they rested on
-- then (a JSON list), so that what gets worse is shown again.
CREATE TABLE measure_reading (
  subject TEXT NOT NULL PRIMARY KEY,
  read_at BIGINT NOT NULL,
  reading TEXT NOT NULL
);

CREATE TABLE measure_acceptance (
  measure TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  accepted_by TEXT NOT NULL,
  until BIGINT NOT NULL,
  created BIGINT NOT NULL,
  grounds TEXT NOT NULL,
  PRIMARY KEY (measure, subject)
);
