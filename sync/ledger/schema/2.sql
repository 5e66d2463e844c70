-- All that the API said was wrong with a record, as JSON: [{"field": "email", "message": "..."}]; '' for nothing. It takes no
-- part in the checksum where it is '', so that rows of the first schema keep theirs.
ALTER TABLE outcomes ADD COLUMN faults TEXT NOT NULL DEFAULT '';
