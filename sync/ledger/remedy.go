package ledger

import (
	"errors"
	"fmt"
)

// loss is damage of a special kind: the ledger is sound in itself, but something that was acknowledged is not in it.
type loss string

func (l loss) Error() string { return string(l) }

const (
	// lostDoubts is what it means to go on without what a ledger has known.
	lostDoubts = "whatever was sent and is not in it is then unknown here, rows in doubt above all: plan finds by their key the " +
		"records that the API lists, so look for the others by hand before you apply"

	damageRemedy = "nothing is sent on the word of %[4]s: put back a copy of all its files (%[4]s*), or move them away and begin " +
		"anew. A new ledger is empty: " + lostDoubts

	lossRemedy = "nothing is sent on the word of %[4]s: put back a copy of all its files (%[4]s*), or remove %[4]s" + markSuffix +
		" to go on with what the ledger holds: " + lostDoubts
)

// explain adds the act, and what to do if the file or its disk is to blame.
func (l *Ledger) explain(act string, err error) error {
	var found damage
	var lost loss
	switch {
	case err == nil:
		return nil
	case errors.As(err, &lost):
		return fmt.Errorf("%s: %w: %w ("+lossRemedy+")", act, ErrDamaged, err, l.file)
	case errors.As(err, &found) || saysDamaged(err):
		return fmt.Errorf("%s: %w: %w ("+damageRemedy+")", act, ErrDamaged, err, l.file)
	case saysFull(err):
		return fmt.Errorf("%s: %w (no room on the disk of %s: free some and run again)", act, err, l.file)
	case saysUnwritten(err):
		return fmt.Errorf("%s: %w (the disk of %s failed: see to it, then `rollcall resume` goes on where this ended)", act, err, l.file)
	}
	return fmt.Errorf("%s: %w", act, err)
}
