package sync

import (
	"context"

	"github.com/rollcall-sync/rollcall/sync/ledger"
)

// knownKeys is the keys that we created before, and the ids of their records.
type knownKeys struct {
	ids    map[string]string
	sealed map[string]string // of purged runs: by what stands for a key
	seals  *ledger.Seals
}

// knownIDs reads what we created before under the fields that identify a record now.
func (s *session) knownIDs(ctx context.Context) (*knownKeys, error) {
	seals, err := s.ledger.Seals(ctx)
	if err != nil {
		return nil, err
	}
	known := &knownKeys{ids: map[string]string{}, sealed: map[string]string{}, seals: seals}
	sameKey := map[string]bool{} // by run: it identified records by the same fields
	for k, err := range s.ledger.KnownIDs(ctx, s.account.text(), s.resource()) {
		if err != nil {
			return nil, err
		}
		same, asked := sameKey[k.Run]
		if !asked {
			same = s.hasSameKey(ctx, k.Run)
			sameKey[k.Run] = same
		}
		switch {
		case !same:
		case k.Sealed:
			known.sealed[k.Key] = k.ID
		default:
			known.ids[k.Key] = k.ID
		}
	}
	return known, nil
}

// meet takes in that the sheet has a key: a purged one can be told only by somebody who has it. What was created after the purge
// counts.
func (k *knownKeys) meet(key string) {
	if len(k.sealed) == 0 || key == "" || k.ids[key] != "" {
		return
	}
	if id := k.sealed[k.seals.Seal(key)]; id != "" {
		k.ids[key] = id
	}
}

// other is for what else than key a record was created, "" if for nothing else.
func (k *knownKeys) other(id, key string) string {
	for theirs, record := range k.ids {
		if record == id && theirs != key {
			return shownKey(theirs)
		}
	}
	for theirs, record := range k.sealed {
		if record == id && theirs != k.seals.Seal(key) {
			return "a row of a purged run"
		}
	}
	return ""
}
