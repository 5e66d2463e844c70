package sync

import (
	"context"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// belong puts half of the changes below the record of another one, in any order of the sheet. ranks says who may be above whom.
func (s *simulation) belong(ranks []int) {
	m := s.job.Resource.Model
	field := m.Index("number")
	for _, r := range s.api.records { // an update that waits leaves its record as it was for long: that must not look like anybody's
		r.Record[m.Index("email")] = model.Value{Kind: model.String, Text: "old@example.org"}
	}
	byRank := make([]int, len(ranks))
	for i, rank := range ranks {
		byRank[rank] = i
	}
	for rank, i := range byRank {
		c, parent := &s.changes[i], &s.changes[byRank[(rank+1)/2]]
		if i%2 == 0 || rank < 2 || parent.Action != plan.Create {
			continue
		}
		c.Order = plan.Order{Level: parent.Order.Level + 1, After: []plan.Wait{{
			Field: field, Name: "number", Kind: model.String, Seq: parent.Seq, Row: parent.Row,
		}}}
	}
}

// accountForParent wants a change that was sent to hold exactly the id of the record that it waited for, in the ledger and at the API.
func (s *simulation) accountForParent(e *push.Entry, add func(string, ...any)) {
	c := &s.changes[e.Change.Seq-1]
	if status := e.Status(); status != plan.Created && status != plan.Updated {
		return
	}
	for _, w := range c.Order.After {
		made := s.api.commits[w.Seq]
		kept, stored := e.Change.Record[w.Field].Text, s.api.records[e.Outcome.ID].Record[w.Field].Text
		if len(made) != 1 || kept != made[0] || stored != made[0] {
			add("change %d: below %q by the ledger and %q by the API, and change %d has made %v", c.Seq, kept, stored, w.Seq, made)
		}
	}
}

// isOrphan reports whether a change waits for a record that was not created: then it is kept if it is not known what became of that,
// and rejected if it is.
func (s *simulation) isOrphan(ctx context.Context, session *session, c *plan.Change, status plan.Status) bool {
	for e, err := range session.ledger.Entries(ctx, s.job.Resource.Model, simRun) {
		if err != nil {
			return false
		}
		for _, w := range c.Order.After {
			if w.Seq != e.Change.Seq {
				continue
			}
			open := e.Status() == plan.InDoubt || e.Status() == plan.NotAttempted
			return open && status == plan.NotAttempted || (e.Status() == plan.Failed || e.Status() == plan.Rejected) && status == plan.Rejected
		}
	}
	return false
}
