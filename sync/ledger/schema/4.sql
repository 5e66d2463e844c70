-- The secret under which keys of purged runs are hashed in the id map, in one row with the number 1; there is none before the
-- first purge.
CREATE TABLE secrets (
  number INTEGER PRIMARY KEY,
  secret BLOB NOT NULL,
  sum BIGINT NOT NULL
);
