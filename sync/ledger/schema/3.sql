-- How many transactions were committed, in one row with the number 1; there is none before the first. The mark beside the
-- file says how many of them were acknowledged.
CREATE TABLE commits (
  number INTEGER PRIMARY KEY,
  count BIGINT NOT NULL,
  sum BIGINT NOT NULL
);
