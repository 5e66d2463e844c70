-- Times are nanoseconds since 1970 in UTC, 0 for none. sum is the CRC32C of the other columns.
-- Changes, attempts and outcomes have the number of their run in the upper half of their key, so that the rows of a run
-- lie together and no second index is needed.

-- What the write sequence and the id map belong to: one resource of one account.
CREATE TABLE scopes (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  sum BIGINT NOT NULL
);

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scope BIGINT NOT NULL,
  changes BIGINT NOT NULL, -- number of changes in the plan, -1 while the plan is being written
  body TEXT NOT NULL,
  settings BLOB NOT NULL,
  sum BIGINT NOT NULL,
  sequence BIGINT NOT NULL, -- from here on: written with each group of intents and outcomes
  intents BIGINT NOT NULL,
  outcomes BIGINT NOT NULL,
  doubts BIGINT NOT NULL,
  progress_sum BIGINT NOT NULL
);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY, -- run number * 2^32 + seq
  line BIGINT NOT NULL,
  action TEXT NOT NULL,
  status TEXT NOT NULL,
  record_id TEXT NOT NULL,
  identity TEXT NOT NULL,
  record TEXT NOT NULL,
  before TEXT NOT NULL,
  problems TEXT NOT NULL,
  sum BIGINT NOT NULL
);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, -- run number * 2^32 + count of the run's intents
  change_id BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  intended_at BIGINT NOT NULL,
  status TEXT NOT NULL, -- '' while nothing was heard
  http_status BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  sum BIGINT NOT NULL
);

CREATE TABLE outcomes (
  change_id INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  record_id TEXT NOT NULL,
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  message TEXT NOT NULL,
  http_status BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  concluded_at BIGINT NOT NULL,
  sum BIGINT NOT NULL
);

CREATE TABLE ids (
  scope BIGINT NOT NULL,
  identity TEXT NOT NULL,
  record_id TEXT NOT NULL,
  run TEXT NOT NULL,
  sum BIGINT NOT NULL,
  PRIMARY KEY (scope, identity)
) WITHOUT ROWID;

CREATE TABLE cache (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  data BLOB NOT NULL,
  stored_at BIGINT NOT NULL,
  sum BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) WITHOUT ROWID;
