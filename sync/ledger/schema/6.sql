-- Fields of changes that hold the id of a record which another change of the run creates: the row is complete once that change has
-- its outcome. The rows of a run are counted in its body, and stand in the order in which their changes can be pushed.
CREATE TABLE waits (
  id INTEGER PRIMARY KEY, -- run number * 2^32 + place in that order, from 1
  change_id BIGINT NOT NULL,
  field TEXT NOT NULL,
  kind TEXT NOT NULL, -- of the field's value, as values in records begin
  after_id BIGINT NOT NULL, -- the change that creates the record
  after_line BIGINT NOT NULL, -- and its row of the sheet
  sum BIGINT NOT NULL
);
