package sync

import (
	"bytes"
	"context"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
)

// putBack is what undos have put back, the oldest first. An undo has a lineage of its own, for what it takes back is no agreement
// of a sheet with the API.
type putBack struct {
	line  *sheetBases // of the sheet that is being planned
	undos []*ledger.Bases
}

// Base is what undos have last made of a record, since the sheet and the API agreed on it: what they agree on later is all that
// counts.
func (b *putBack) Base(ctx context.Context, id string) (all model.Record, err error) {
	since, err := b.line.moved(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, of := range b.undos {
		run, err := of.Moved(ctx, id)
		if err != nil {
			return nil, err
		}
		if run <= since {
			continue
		}
		record, err := of.Base(ctx, id)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = record
			continue
		}
		for i, v := range record {
			if v.Known() {
				all[i] = v
			}
		}
	}
	return all, nil
}

// putBack is what undos of the job's account have put back; its undos are nil if there were none.
func (s *session) putBack(ctx context.Context, line *sheetBases) (*putBack, error) {
	runs, err := s.ledger.Runs(ctx, 0)
	if err != nil {
		return nil, err
	}
	all := &putBack{line: line}
	for i := range slices.Backward(runs) {
		r := &runs[i]
		if r.Account != s.account.text() || r.Resource != s.resource() || r.State == ledger.StatePlanned || !bytes.Contains(r.Settings, []byte(`"undo":{`)) {
			continue
		}
		of, err := s.ledger.Bases(ctx, s.opts.Job.Resource.Model, ledger.Lineage{Account: r.Account, Resource: r.Resource, Name: r.ID})
		if err != nil {
			return nil, err
		}
		all.undos = append(all.undos, of)
	}
	return all, nil
}
