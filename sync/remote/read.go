package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Get reads one record below parent. A record that the API keeps from us is an error that wraps plan.ErrParentForbidden: it
// may well be there.
func (c *Client) Get(ctx context.Context, id string, parent model.Record) (plan.Found, bool, error) {
	return c.get(ctx, id, parent, call{})
}

// get is Get with a request that has in's place in the queue.
func (c *Client) get(ctx context.Context, id string, parent model.Record, in call) (plan.Found, bool, error) {
	op := c.opts.Resource.Get
	if op == nil {
		return plan.Found{}, false, nil
	}
	address, err := c.address(op, c.pathParams(parent, id), nil)
	if err != nil {
		return plan.Found{}, false, nil // no record can have such an id
	}
	in.op, in.address = op, address
	body, err := c.read(ctx, in)
	if errors.Is(err, errNotFound) {
		return plan.Found{}, false, nil
	}
	if errors.Is(err, errUnfit) {
		return plan.Found{}, false, fmt.Errorf("%w: %w", plan.ErrUnfitID, err)
	}
	if errors.Is(err, errForbidden) {
		return plan.Found{}, false, fmt.Errorf("%w: %w", plan.ErrParentForbidden, err)
	}
	if err != nil {
		return plan.Found{}, false, err
	}
	found, err := c.found(body, parent)
	if err != nil || found.ID != id {
		return plan.Found{}, false, err
	}
	return found, true, nil
}

// found reads one record, and completes it with the path fields that lead to it.
func (c *Client) found(body []byte, parent model.Record) (plan.Found, error) {
	record, err := c.model.FromJSON(body)
	if err != nil {
		return plan.Found{}, fmt.Errorf("read a %s record: %w", c.model.Name(), err)
	}
	id, ok := c.opts.Resource.ReadID(body)
	if !ok {
		return plan.Found{}, fmt.Errorf("read a %s record: the answer has no %s", c.model.Name(), c.opts.Resource.IDField)
	}
	for i := range c.model.Fields {
		if c.secrets.isIn(record[i].Text) {
			return plan.Found{}, fmt.Errorf("record %s: its field %s %w", c.shown(id), c.model.Fields[i].Name, errTold)
		}
		if c.model.Fields[i].In == model.InPath && i < len(parent) {
			record[i] = parent[i]
		}
	}
	if c.secrets.isIn(id) {
		return plan.Found{}, fmt.Errorf("the %s of a record %w", c.opts.Resource.IDField, errTold)
	}
	found := plan.Found{ID: id, Record: record}
	if custom := c.opts.Resource.Custom; c.opts.Resource.Replace || custom != nil && !custom.Merge {
		found.Stray = c.model.Stray(body, custom)
		for i := range found.Stray {
			found.Stray[i] = c.shown(found.Stray[i])
		}
	}
	return found, nil
}

// read is the body of the answer to a read.
func (c *Client) read(ctx context.Context, in call) ([]byte, error) {
	rep, err := c.ask(ctx, in)
	return rep.body, err
}

// ask sends a read until it is answered: what may pass is tried again for as long as patience lasts.
func (c *Client) ask(ctx context.Context, in call) (reply, error) {
	in.limit = maxReadAnswer
	left := patience{failing: c.opts.Patience, throttled: pace.MaxRetryAfter}
	renewed := false
	for n := 1; ; n++ {
		if n > 1 {
			c.retried.Add(1)
		}
		rep, err := c.follow(ctx, in)
		if err != nil {
			return reply{}, err
		}
		if rep.status == http.StatusUnauthorized && c.tokens.renewable() && !renewed {
			if err := c.tokens.replace(ctx, rep.token); err != nil {
				return reply{}, err
			}
			renewed = true
			continue
		}
		err = c.judge(rep, in)
		if !passing(rep) {
			return rep, err
		}
		again, stopped := c.rest(ctx, &left, rep, n)
		if stopped != nil {
			return reply{}, stopped
		}
		if !again {
			return rep, err
		}
	}
}

// rest waits before what was answered by rep is tried again, for the n-th time. It reports false if patience is used up; the
// error is that of the context.
func (c *Client) rest(ctx context.Context, left *patience, rep reply, n int) (again bool, err error) {
	wait, patient := left.rest(rep, c.opts.Pacer.Backoff(n))
	if !patient {
		return false, nil
	}
	if rep.status == http.StatusTooManyRequests { // all requests of the account are meant
		c.opts.Pacer.Pause(wait)
		return true, nil
	}
	return true, c.opts.Pacer.Sleep(ctx, wait)
}

// maxRedirects is how many redirects of one read are followed.
const maxRedirects = 3

// follow sends a read, and follows redirects within the origin. Each request passes the pacer. The error is that of the
// context, or that there is no token.
func (c *Client) follow(ctx context.Context, in call) (reply, error) {
	for n := 0; ; n++ {
		rep, err := c.queue(ctx, in)
		if err != nil {
			return reply{}, err
		}
		// net/http repeats a read by itself when a kept connection breaks under it. Those requests count too.
		for range rep.conns - 1 {
			c.sent.Add(1)
			c.retried.Add(1)
			if err := c.opts.Pacer.Pass(ctx); err != nil {
				return reply{}, err
			}
			c.opts.Pacer.Sending()
			c.opts.Pacer.Heard(0)
		}
		location := rep.header.Get("Location")
		if rep.status/100 != 3 || location == "" || n == maxRedirects {
			return rep, nil
		}
		next, ok := c.inOrigin(location, in.address)
		if !ok {
			return rep, nil
		}
		in.address = next
	}
}

// queue sends a read when the pacer lets it. The error is that of the context, or that there is no token.
func (c *Client) queue(ctx context.Context, in call) (rep reply, err error) {
	if in.part {
		err = c.opts.Pacer.Pass(ctx)
	} else if err = c.opts.Pacer.Wait(ctx); err == nil {
		defer c.opts.Pacer.Done()
	}
	if err != nil {
		return reply{}, err
	}
	if in.begun != nil {
		in.begun()
	}
	if in.token, err = c.token(ctx); err != nil {
		return reply{}, err
	}
	in.id = newID()
	rep = c.do(ctx, in)
	return rep, ctx.Err()
}

// passing reports whether a read that had this reply may go better next time.
func passing(rep reply) bool {
	if rep.broken() {
		return !hopeless(rep.err)
	}
	return rep.status == http.StatusRequestTimeout || rep.status == http.StatusTooManyRequests || rep.status >= 500
}

// hopeless reports whether an error will be the same at every try: it takes a person to mend it.
func hopeless(err error) bool { return errors.Is(err, errTooLarge) || remedy(err) != "" }

// remedy is what a person can do about an error of a connection, "" if nothing helps but waiting.
func remedy(err error) string {
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &certificate):
		return "; check connection.base_url, or give the authority's certificate as connection.ca_file"
	case errors.As(err, &noTLS):
		return "; check whether connection.base_url should begin with http:"
	}
	return ""
}

// patience is how much longer a read may be tried again.
type patience struct {
	failing   time.Duration // while the API fails
	throttled time.Duration // while the API is well and asks to wait
}

// rest is how long to wait after a reply, taken off what is left; it reports false if too little is. The API's own word on
// when to come back goes before backoff. Its word to come back at once does not, or a confused server would be asked
// without end.
func (p *patience) rest(rep reply, backoff time.Duration) (time.Duration, bool) {
	wait, asked := pace.RetryAfter(rep.header, time.Now())
	asked = asked && wait > 0
	if !asked {
		wait = backoff
	}
	if rep.status == http.StatusTooManyRequests {
		p.throttled -= wait
		return wait, p.throttled >= 0
	}
	p.failing -= rep.took
	if !asked {
		wait = min(wait, p.failing) // a long rest must not end patience early: the last try comes when it is used up
	}
	if p.failing <= 0 || wait > p.failing {
		return 0, false
	}
	p.failing -= wait
	return wait, true
}

// judge turns a reply to a read into an error, nil if it is good.
func (c *Client) judge(rep reply, in call) error {
	what := in.op.Method + " " + in.op.Path
	switch {
	case rep.broken():
		return fmt.Errorf("%w: %s: %w%s", ErrUnreachable, what, rep.err, remedy(rep.err))
	case rep.status/100 == 2:
		return nil
	case rep.status/100 == 3:
		return fmt.Errorf("%w: %s: HTTP %d to %s", ErrMisdirected, what, rep.status, c.shownLocation(rep))
	}
	text := c.errorText(rep)
	switch {
	case rep.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s: %s", ErrUnauthorized, what, text)
	case rep.status == http.StatusForbidden:
		return fmt.Errorf("%w: %s: %s", errForbidden, what, text)
	case rep.status == http.StatusNotFound:
		return fmt.Errorf("%w: %s: %s", errNotFound, what, text)
	case rep.status == http.StatusBadRequest, rep.status == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s: HTTP %d: %s", errUnfit, what, rep.status, text)
	case passing(rep):
		return fmt.Errorf("%w: %s: HTTP %d: %s", ErrUnreachable, what, rep.status, text)
	}
	return fmt.Errorf("%s: HTTP %d: %s", what, rep.status, text)
}
