package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Where is a part of the records of a resource: those below a parent that have some values. What a filter of the API finds may
// be more than was asked for, such as names that only begin so; whoever asks has to compare.
type Where struct {
	Parent model.Record
	Values map[string]string // field -> value; each field must be among the filters of the resource's list
}

// Mark is how far a list has been read. Who keeps it can go on with the page that follows, in another process too. The zero
// value is the beginning.
type Mark struct {
	Pages  int    `json:"pages"`
	Size   int    `json:"size"`             // of a page
	Got    int    `json:"got"`              // records that were seen, each once
	Total  int    `json:"total"`            // records that the API tells of, -1 if it does not
	Cursor string `json:"cursor,omitempty"` // of the page to come
	Next   string `json:"next,omitempty"`   // address of the page to come, "" after the last
}

// Left is how many pages are to come, as far as the API has told: at least one while there is any.
func (m Mark) Left() int {
	switch {
	case m.Next == "":
		return 0
	case m.Total > m.Got && m.Size > 0:
		return (m.Total - m.Got + m.Size - 1) / m.Size
	}
	return 1
}

// Pages hands the records that where asks for to yield, a page at a time, with the mark behind it. It begins at from. seen
// holds the ids of what the pages up to there had; it is filled as pages come, and a record that moves to another page while
// the list is read comes once.
//
// Where going on does not work, because a cursor has run out or records have moved meanwhile, the list is read again from its
// beginning: then records come that came before.
func (c *Client) Pages(ctx context.Context, where Where, from Mark, seen map[string]bool, yield func([]plan.Found, Mark) error) error {
	refused := false // by whoever takes the pages
	err := c.pagesFrom(ctx, where, from, seen, func(page []plan.Found, m Mark) error {
		err := yield(page, m)
		refused = err != nil
		return err
	})
	if from.Pages > 0 && !refused && isOfThePlace(ctx, err) {
		clear(seen)
		err = c.pagesFrom(ctx, where, Mark{}, seen, yield)
	}
	return c.listTrouble(err)
}

// isOfThePlace reports whether an error may be due to where a list was gone on with: neither the API's nor the account's.
func isOfThePlace(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrUnauthorized) && !errors.Is(err, errTold)
}

// pagesFrom reads from a mark on.
func (c *Client) pagesFrom(ctx context.Context, where Where, from Mark, seen map[string]bool, yield func([]plan.Found, Mark) error) error {
	l := c.opts.Resource.List
	w, err := c.walkFrom(l, from)
	if err != nil {
		return err
	}
	for field, value := range where.Values {
		if w.filter == nil {
			w.filter = url.Values{}
		}
		w.filter.Set(l.Filters[field], value)
	}
	var page []plan.Found
	return c.walk(ctx, w, tour{
		id: c.opts.Resource.IDField, params: c.pathParams(where.Parent, ""),
		take: func(item json.RawMessage) (bool, error) {
			f, err := c.found(item, where.Parent)
			if err != nil || seen[f.ID] {
				return false, err
			}
			seen[f.ID] = true
			page = append(page, f)
			return true, nil
		},
		turned: func(next string) error {
			done := page
			page = nil
			return yield(done, Mark{Pages: w.number, Size: w.size, Got: w.got, Total: w.total, Cursor: w.cursor, Next: next})
		},
	})
}

// walkFrom is a walk that goes on behind a mark. Nobody may have led the address of the next page away meanwhile.
func (c *Client) walkFrom(l *model.Listing, from Mark) (*walk, error) {
	w := newWalk(l)
	if from.Pages == 0 {
		return w, nil
	}
	next, ok := c.inOrigin(from.Next, c.base.String())
	if !ok {
		return nil, fmt.Errorf("%s %s: the next page is on another host than connection.base_url", l.Method, l.Path)
	}
	w.number, w.size, w.got, w.total, w.cursor = from.Pages, from.Size, from.Got, from.Total, from.Cursor
	w.next, w.resumed = next, true
	return w, nil
}
