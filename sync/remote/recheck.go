package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

var _ push.Rechecker = (*Client)(nil)

// Recheck reads the record of an update that has its turn, and finds out whether it is still what the plan has seen.
func (c *Client) Recheck(ctx context.Context, change *plan.Change, begun func()) (drift *push.Fault, err error) {
	defer func() {
		if drift != nil || err != nil {
			c.opts.Pacer.Unsent() // the write does not follow
		}
	}()
	found, ok, err := c.get(ctx, change.ID, change.Record, call{part: true, begun: begun})
	switch {
	case errors.Is(err, plan.ErrParentForbidden):
		return &push.Fault{Message: "the API does not show the record any more: " + c.shown(err.Error())}, nil
	case errors.Is(err, ErrUnauthorized):
		return nil, fmt.Errorf("%w: %w", push.ErrUnauthorized, err)
	case err != nil:
		return nil, err
	case !ok:
		return &push.Fault{Message: "the record is not there any more"}, nil
	}
	for i, sent := range change.Record {
		f, shown := &c.model.Fields[i], found.Record[i]
		if !sent.Known() || f.In != model.InBody || !shown.Known() || !f.Fits(shown) || f.Same(shown, sent) {
			continue
		}
		if before := change.Before[i]; !f.Same(shown, before) {
			return &push.Fault{Field: f.Name, Message: c.shown(fmt.Sprintf("the API says %s now, and said %s when the run was planned",
				shown.Said(), before.Said()))}, nil
		}
	}
	return nil, nil
}
