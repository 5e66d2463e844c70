package push

import (
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Holds reports whether a record of the API has every field that c sends. A field that the API does not return cannot
// speak for or against, nor can one that it shows in a form of which nobody can tell what it stands for.
func Holds(m *model.Model, c *plan.Change, record model.Record) bool {
	for i, sent := range c.Record {
		if f := &m.Fields[i]; sent.Known() && record[i].Known() && f.Fits(record[i]) && !f.Same(sent, record[i]) {
			return false
		}
	}
	return true
}
