-- A final outcome says by itself that the attempts of its change are answered: it is not written beside them any more. And what a run
-- has created comes into the id map when the run is agreed on. An older version would take the one for doubts and miss the other.
-- This is the attempts with what is known of them, for whoever looks into the file.
CREATE VIEW answers AS
  SELECT attempts.id, attempts.change_id, attempts.attempt, attempts.request_id, attempts.intended_at,
    CASE WHEN outcomes.status IS NULL OR outcomes.status IN ('in_doubt', 'not_attempted') THEN attempts.status ELSE outcomes.status END AS status
  FROM attempts LEFT JOIN outcomes ON outcomes.change_id = attempts.change_id;
