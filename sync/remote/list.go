package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// List hands every record below parent to yield, each once, page by page. It fails rather than leave records out that the
// API tells of: what is not listed would be created again. Those who list the same at the same time share its pages, and
// must not write to the records.
func (c *Client) List(ctx context.Context, parent model.Record, yield func(plan.Found) error) error {
	if c.opts.Resource.List == nil {
		return nil
	}
	below := ""
	for _, name := range c.opts.Resource.Parents {
		below += c.pathParams(parent, "")[name] + "\x1f"
	}
	return c.lists.list(ctx, below, yield, func(ctx context.Context, yield func(plan.Found) error) error {
		return c.listAlone(ctx, parent, yield)
	})
}

// listAlone reads the list below parent.
func (c *Client) listAlone(ctx context.Context, parent model.Record, yield func(plan.Found) error) error {
	listing := c.opts.Resource.List
	seen := map[string]bool{}
	take := func(item json.RawMessage) (bool, error) {
		f, err := c.found(item, parent)
		if err != nil || seen[f.ID] { // pages shift while they are read
			return false, err
		}
		seen[f.ID] = true
		return true, yield(f)
	}
	return c.listTrouble(c.pages(ctx, listing, c.opts.Resource.IDField, c.pathParams(parent, ""), take))
}

// listTrouble says of an error of a list whether it is about the parent, the account or the address of the API.
func (c *Client) listTrouble(err error) error {
	below := len(c.opts.Resource.Parents) > 0
	switch {
	case below && (errors.Is(err, errNotFound) || errors.Is(err, errUnsafe)):
		return &parentError{plan.ErrParentNotFound, err}
	case below && errors.Is(err, errForbidden):
		return &parentError{plan.ErrParentForbidden, err}
	case errors.Is(err, errNotFound):
		return fmt.Errorf("%w; check connection.path_prefix and base_url", err)
	case errors.Is(err, errForbidden):
		return fmt.Errorf("%w: %w", plan.ErrAccount, err)
	}
	return err
}

// pages walks the pages of a listing, whose items have their ids under id. take tells whether an item was new: a page
// without news ends a listing whose pages do not advance.
func (c *Client) pages(ctx context.Context, l *model.Listing, id string, params map[string]string, take func(json.RawMessage) (bool, error)) error {
	return c.walk(ctx, newWalk(l), tour{id: id, params: params, take: take})
}

// tour is what is wanted of a walk through a listing.
type tour struct {
	id     string            // property of an item that holds its id
	params map[string]string // of the path
	take   func(json.RawMessage) (bool, error)
	turned func(next string) error // told of each page that is read, and of the address of the one to come, "" for none; may be nil
}

// walk reads a listing from the page on that w stands at.
func (c *Client) walk(ctx context.Context, w *walk, t tour) error {
	l, address := w.listing, w.next
	var err error
	if w.number == 0 {
		if address, err = c.address(&l.Operation, t.params, w.query()); err != nil {
			return err
		}
	}
	for address != "" {
		body, err := c.read(ctx, call{op: &l.Operation, address: address})
		if w.number > 0 && errors.Is(err, errNotFound) && !w.resumed {
			break // the page before was the last, and full
		}
		if err != nil {
			return err
		}
		w.resumed = false
		p, err := readPage(l, t.id, body)
		if err != nil {
			return fmt.Errorf("%s %s, page %d: %w", l.Method, l.Path, w.number+1, err)
		}
		fresh, err := w.takeIn(p.items, t.take)
		if err != nil {
			return err
		}
		if address, err = c.follows(w, p, fresh, t.params, address); err != nil {
			return err
		}
		if t.turned != nil {
			if err := t.turned(address); err != nil {
				return err
			}
		}
	}
	if w.got < w.total {
		return fmt.Errorf("%s %s: %d of %d records are not on any page; the API does not page as documented, or its records changed meanwhile: try again", l.Method, l.Path, w.total-w.got, w.total)
	}
	return nil
}

// takeIn hands on the items of a page, and counts the new ones.
func (w *walk) takeIn(items []json.RawMessage, take func(json.RawMessage) (bool, error)) (fresh int, err error) {
	for i, item := range items {
		isNew, err := take(item)
		if err != nil {
			return fresh, err
		}
		if isNew {
			fresh++
		} else if isAmong(items[:i], item) { // it is twice in the list, and the API counts it twice
			w.got++
		}
	}
	return fresh, nil
}

// isAmong reports whether an item is one of items.
func isAmong(items []json.RawMessage, item json.RawMessage) bool {
	return slices.ContainsFunc(items, func(other json.RawMessage) bool { return bytes.Equal(other, item) })
}

// walk is how far a listing has been read.
type walk struct {
	listing *model.Listing
	number  int    // pages read
	size    int    // of a page
	cursor  string // of the page to come, or its address
	got     int    // records seen, each once
	total   int    // records that the API tells of, -1 if it does not

	followed map[string]bool // cursors and addresses
	stale    int             // pages in a row without anything new
	filter   url.Values      // of every page
	next     string          // address of the page to come, of a walk that goes on
	resumed  bool            // no page was read since it went on
}

// newWalk begins at the first page.
func newWalk(l *model.Listing) *walk {
	return &walk{listing: l, size: l.Size, total: -1, followed: map[string]bool{}}
}

// follows is the address of the page after p, "" if that was the last.
func (c *Client) follows(w *walk, p page, fresh int, params map[string]string, from string) (string, error) {
	l := w.listing
	w.number++
	w.got, w.total = w.got+fresh, max(p.total, -1)
	if w.number == 1 && p.size > 0 {
		w.size = p.size // what the server took as its size must hold for the pages that follow
	} else if w.number == 1 && l.FirstPlain {
		w.size = max(len(p.items), 1) // the size was the server's own, and all that it tells of it is this page
	}
	if l.Next == "" {
		if fresh == 0 || p.last(w) {
			return "", nil
		}
		return c.address(&l.Operation, params, w.query())
	}
	// A page may be empty and not the last, but one that leads back to an earlier one would never end.
	if p.next == "" || w.followed[p.next] {
		return "", nil
	}
	if w.stale++; fresh > 0 {
		w.stale = 0
	}
	if w.stale > maxStale {
		return "", fmt.Errorf("%s %s, page %d: the API tells of more and more pages and nothing new is on them; try again", l.Method, l.Path, w.number)
	}
	w.cursor, w.followed[p.next] = p.next, true
	if l.Cursor != "" {
		return c.address(&l.Operation, params, w.query())
	}
	next, ok := c.nextPage(p.next, from)
	if !ok {
		return "", fmt.Errorf("%s %s, page %d: the address of the next page leads to another host; check connection.base_url", l.Method, l.Path, w.number)
	}
	return next, nil
}

// maxStale is how many pages in a row may hold nothing new: a confused server can make up new ones without end.
const maxStale = 100

// query asks for the page to come. The first may go without parameters, for APIs that know none.
func (w *walk) query() url.Values {
	l, query := w.listing, url.Values{}
	for name, values := range w.filter {
		query[name] = slices.Clone(values)
	}
	if w.cursor != "" {
		query.Set(l.Cursor, w.cursor)
	}
	if w.number == 0 && l.FirstPlain {
		return query
	}
	if l.PageParam != "" {
		query.Set(l.PageParam, strconv.Itoa(w.number+1))
	}
	if l.SizeParam != "" {
		query.Set(l.SizeParam, strconv.Itoa(w.size))
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
	next       string // cursor or address of the page that follows, "" if none does
}

// readPage takes a page apart. The records may be under the documented property, be the answer itself, or be one: an
// object with an id.
func readPage(l *model.Listing, id string, body []byte) (page, error) {
	p := page{totalPages: -1, count: -1, size: -1, total: -1}
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) && json.Unmarshal(body, &p.items) == nil {
		return p, nil
	}
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil || answer == nil {
		return p, errors.New("the answer is neither a JSON object nor a list")
	}
	raw, ok := member(answer, l.Items)
	if !ok || l.Items == "" {
		if _, one := model.ReadText(body, id); one {
			p.items = []json.RawMessage{body}
			return p, nil
		}
	}
	if l.Items == "" {
		return p, errors.New("the answer is neither a list nor a record")
	}
	if !ok || json.Unmarshal(raw, &p.items) != nil {
		return p, fmt.Errorf("the answer has no list %q", l.Items)
	}
	for name, into := range map[string]*int{l.TotalPages: &p.totalPages, l.Count: &p.count, l.PageSize: &p.size, l.Total: &p.total} {
		var n *int
		if raw, ok := member(answer, name); ok && json.Unmarshal(raw, &n) == nil && n != nil {
			*into = *n
		}
	}
	if l.Next != "" {
		p.next, _ = model.ReadText(body, l.Next)
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

// last reports whether the answer proves that no page follows. A short page alone does not: an API may give less than it
// was asked for, and only says so by the size of its pages. Without any figure the list ends at a page that has no news.
func (p *page) last(w *walk) bool {
	switch {
	case w.listing.PageParam == "":
		return true
	case p.totalPages >= 0:
		return p.totalPages <= w.number
	case w.total >= 0 && w.got < w.total || w.total < 0 && p.size <= 0:
		return false
	}
	return max(p.count, len(p.items)) < w.size
}

// parentError is what a list says of the parent of its records.
type parentError struct{ says, err error }

// Error says once that it is not there, or kept from us.
func (e *parentError) Error() string {
	text := e.err.Error()
	for _, twice := range []error{errNotFound, errForbidden} {
		text = strings.TrimPrefix(text, twice.Error()+": ")
	}
	return e.says.Error() + ": " + text
}

// Unwrap gives both what is said of the parent and of the list.
func (e *parentError) Unwrap() []error { return []error{e.says, e.err} }
