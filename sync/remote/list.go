package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// List hands every record below parent to yield, each once, page by page. It fails rather than leave records out that the
// API tells of: what is not listed would be created again.
func (c *Client) List(ctx context.Context, parent model.Record, yield func(plan.Found) error) error {
	listing := c.opts.Resource.List
	if listing == nil {
		return nil
	}
	seen := map[string]bool{}
	err := c.pages(ctx, listing, c.pathParams(parent, ""), func(items []json.RawMessage) (fresh int, err error) {
		for _, item := range items {
			f, err := c.found(item, parent)
			if err != nil {
				return fresh, err
			}
			if seen[f.ID] {
				continue // pages shift while they are read
			}
			seen[f.ID] = true
			fresh++
			if err := yield(f); err != nil {
				return fresh, err
			}
		}
		return fresh, nil
	})
	below := len(c.opts.Resource.Parents) > 0
	switch {
	case below && (errors.Is(err, errNotFound) || errors.Is(err, errUnsafe)):
		return fmt.Errorf("%w: %w", plan.ErrParentNotFound, err)
	case below && errors.Is(err, errForbidden):
		return fmt.Errorf("%w: %w", plan.ErrParentForbidden, err)
	case errors.Is(err, errNotFound):
		return fmt.Errorf("%w; check connection.path_prefix and base_url", err)
	case errors.Is(err, errForbidden):
		return fmt.Errorf("%w: %w", plan.ErrAccount, err)
	}
	return err
}

// pages walks the pages of a listing. take returns how many of the items were new: a page without news ends a listing
// whose pages do not advance.
func (c *Client) pages(ctx context.Context, l *model.Listing, params map[string]string, take func([]json.RawMessage) (int, error)) error {
	got, total, size := 0, -1, l.Size
	for number := 1; ; number++ {
		address, err := c.address(&l.Operation, params, pageQuery(l, number, size))
		if err != nil {
			return err
		}
		body, err := c.read(ctx, call{op: &l.Operation, address: address})
		if number > 1 && errors.Is(err, errNotFound) {
			break // the page before was the last, and full
		}
		if err != nil {
			return err
		}
		p, err := readPage(l, body)
		if err != nil {
			return fmt.Errorf("%s %s, page %d: %w", l.Method, l.Path, number, err)
		}
		fresh, err := take(p.items)
		if err != nil {
			return err
		}
		got, total = got+fresh, max(p.total, -1)
		if number == 1 && p.size > 0 {
			size = p.size // what the server took as its size must hold for the pages that follow
		} else if number == 1 && l.FirstPlain {
			size = max(len(p.items), 1) // the size was the server's own, and all that it tells of it is this page
		}
		if fresh == 0 || p.last(l, number, size) {
			break
		}
	}
	if got < total {
		return fmt.Errorf("%s %s: %d of %d records are not on any page; the API does not page as documented, or its records changed meanwhile: try again", l.Method, l.Path, total-got, total)
	}
	return nil
}

// pageQuery asks for a page. The first may go without parameters, for APIs that know none.
func pageQuery(l *model.Listing, number, size int) url.Values {
	query := url.Values{}
	if l.PageParam == "" || number == 1 && l.FirstPlain {
		return query
	}
	query.Set(l.PageParam, strconv.Itoa(number))
	if l.SizeParam != "" {
		query.Set(l.SizeParam, strconv.Itoa(size))
	}
	return query
}

// page is one page of a listing. Figures that the answer does not have are -1.
type page struct {
	items      []json.RawMessage
	totalPages int
	count      int
	size       int
	total      int
}

// readPage takes a page apart. The records may be under the documented property, or be the answer itself.
func readPage(l *model.Listing, body []byte) (page, error) {
	p := page{totalPages: -1, count: -1, size: -1, total: -1}
	if err := json.Unmarshal(body, &p.items); err == nil && p.items != nil {
		return p, nil
	}
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil || answer == nil {
		return p, errors.New("the answer is neither a JSON object nor a list")
	}
	raw, ok := member(answer, l.Items)
	if !ok || json.Unmarshal(raw, &p.items) != nil {
		return p, fmt.Errorf("the answer has no list %q", l.Items)
	}
	for name, into := range map[string]*int{l.TotalPages: &p.totalPages, l.Count: &p.count, l.PageSize: &p.size, l.Total: &p.total} {
		var n *int
		if raw, ok := member(answer, name); ok && json.Unmarshal(raw, &n) == nil && n != nil {
			*into = *n
		}
	}
	return p, nil
}

// member finds what is under a dotted name.
func member(answer map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	for {
		step, rest, nested := strings.Cut(name, ".")
		raw, ok := answer[step]
		if !ok || !nested {
			return raw, ok
		}
		answer = nil
		if json.Unmarshal(raw, &answer) != nil {
			return nil, false
		}
		name = rest
	}
}

// last reports whether no page follows number.
func (p *page) last(l *model.Listing, number, size int) bool {
	switch {
	case l.PageParam == "":
		return true
	case p.totalPages >= 0:
		return p.totalPages <= number
	case p.count >= 0:
		return p.count < size
	}
	return len(p.items) < size
}
