package plan

import (
	"context"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Bases knows on what the sheets of a line and the API last agreed.
type Bases interface {
	// Base is what was last agreed on of the record with that id, nil if nothing is known of it. A field of which nothing is
	// known is absent. One that the API did not show when the record was seen whole is an empty text: it was blank, unless the
	// API never shows it.
	Base(ctx context.Context, id string) (model.Record, error)
}

// Policy says what becomes of a field that has changed in the sheet and in the API, differently.
type Policy string

// The policies.
const (
	OnConflictHold  Policy = "hold"  // the row is held for a person; the default
	OnConflictSheet Policy = "sheet" // the sheet's value is sent
	OnConflictAPI   Policy = "api"   // the API's value is left alone
)
