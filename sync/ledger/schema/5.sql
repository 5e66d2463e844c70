-- A line of sheets of one resource of an account. bases is how many records it has a base of, -1 while they are being written.
CREATE TABLE lineages (
  number INTEGER PRIMARY KEY,
  scope BIGINT NOT NULL,
  name TEXT NOT NULL, -- id of the export run that began it, '' for sheets that were not exported
  bases BIGINT NOT NULL,
  sum BIGINT NOT NULL
);

-- The values on which the sheets of a lineage and the API last agreed, by record.
CREATE TABLE bases (
  lineage BIGINT NOT NULL,
  record_id TEXT NOT NULL,
  seen_whole BIGINT NOT NULL, -- 1: the record was seen whole once, so what is not in here was blank
  record TEXT NOT NULL,
  exported TEXT NOT NULL, -- what was exported, once record is something else; '' before, and if nothing was
  run BIGINT NOT NULL, -- number of the run that moved it last, 0 for what was exported
  sum BIGINT NOT NULL,
  PRIMARY KEY (lineage, record_id)
) WITHOUT ROWID;

-- What a change still has to say about the base of its record: the fields on which sheet and API agreed already, '' for none.
-- A row goes when it has been said.
CREATE TABLE agreements (
  change_id INTEGER PRIMARY KEY,
  record TEXT NOT NULL,
  sum BIGINT NOT NULL
);

-- How far the agreements of a run are worked off: how many are left, for which lineage, and how far the run was then.
CREATE TABLE agreed_runs (
  run INTEGER PRIMARY KEY, -- number of the run
  agreements BIGINT NOT NULL,
  lineage BIGINT NOT NULL, -- 0 while nothing was worked off
  intents BIGINT NOT NULL, -- -1 while nothing was worked off
  outcomes BIGINT NOT NULL,
  doubts BIGINT NOT NULL,
  sum BIGINT NOT NULL
);
