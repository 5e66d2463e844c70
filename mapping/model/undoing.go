package model

var undoCodes = []Explanation{
	{CodeKeptChanged, Stops, "A field that is to be undone was changed since, and the record is kept as it is.",
		"Somebody, or a later run, has edited the field after the run that is undone.",
		"Look at the record. --on-conflict api undoes its other fields, --on-conflict sheet all of them, or change it by hand.",
		"The run made 555-0100 of 555-0199, and the API has 555-0142 by now."},
	{CodeKeptField, Warns, "A field that is to be undone was changed since, and keeps its value; the others are undone.",
		"--on-conflict api says that later changes are kept.",
		"Nothing to do, or change the field by hand.",
		"Phone goes back, and e-mail stays as somebody has edited it."},
	{CodeUndoCreate, Stops, "The run created this record, and the API has no way to delete it.",
		"An undo takes back updates only.",
		"Remove the record by hand in the API if it should not be there; the report has its id.",
		"A contact that did not exist before the run."},
	{CodeUndoDoubt, Stops, "What the run did to this record is in doubt.",
		"The request was sent, and its outcome was never seen.",
		"Settle it with rollcall resolve, then undo the run again.",
		"An update that timed out, of a record that nobody can read."},
	{CodeUndoField, Stops, "A field cannot go back to what it was.",
		"What it was is not known, cannot be sent, breaks a rule of today, or was empty where the API does not document how a field is emptied.",
		"Change the record by hand; where a field has to be emptied, allow_undocumented: true in the job sends null.",
		"A reference that was empty, of an API that does not say how it is emptied."},
}
