package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// maxChecked is how many items of a check are believed to be all there are: more may be on a page that was not asked for.
const maxChecked = 100

// Account asks the target's own check whether the account is accessible.
func (c *Client) Account(ctx context.Context) error {
	check := c.opts.Target.Check
	if check == nil {
		return plan.ErrInconclusive
	}
	address, err := c.address(&check.Operation, nil, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", plan.ErrInconclusive, err)
	}
	body, err := c.read(ctx, call{op: &check.Operation, address: address})
	switch {
	case errors.Is(err, errForbidden):
		return fmt.Errorf("%w: %w", plan.ErrAccount, err)
	case errors.Is(err, errNotFound):
		return fmt.Errorf("%w: %w", plan.ErrInconclusive, err)
	case err != nil:
		return err
	}
	want := c.opts.Account[check.Setting]
	if check.Setting == "" || want == "" {
		return nil
	}
	p, err := readPage(&model.Listing{Items: check.Items}, check.ID, body)
	if err != nil {
		return fmt.Errorf("%w: %s %s: %w", plan.ErrInconclusive, check.Method, check.Path, err)
	}
	var ids []string
	for _, item := range p.items {
		if id, ok := model.ReadText(item, check.ID); ok {
			ids = append(ids, id)
		}
	}
	if slices.Contains(ids, want) || len(p.items) >= maxChecked {
		return nil
	}
	return fmt.Errorf("%w: %s %s is not among those that the credentials may use (%s)", plan.ErrAccount, check.Setting, want, c.shown(strings.Join(ids, ", ")))
}
