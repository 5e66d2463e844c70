package plan

import "github.com/rollcall-sync/rollcall/mapping/model"

// Order is what has to be there before a change can be sent.
type Order struct {
	After   []Wait // records that other rows create
	Level   int    // rows that are created one after the other before this one, 0 for none
	Awaited bool   // others wait for the record that this change creates; told of what is to be pushed
}

// Wait is a field that holds the id of a record which another row of the sheet creates. The record of the change lacks the
// field until that id is known.
type Wait struct {
	Field  int // of the model
	Name   string
	Kind   model.Kind
	Seq    int64  // of the change that creates the record
	Row    int    // physical row of that change
	Status Status // how that change ended when the ledger was read, Planned if it had not
}

// Value is what the field is once the record is there.
func (w *Wait) Value(id string) model.Value { return model.Value{Kind: w.Kind, Text: id} }
