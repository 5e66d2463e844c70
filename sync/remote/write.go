package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// Write sends the one request of a change and says what is known of it. What can never be sent is refused.
func (c *Client) Write(ctx context.Context, change *plan.Change, id string) push.Answer {
	op := c.opts.Resource.Update
	if change.Action == plan.Create {
		op = c.opts.Resource.Create
	}
	if op == nil {
		return push.Answer{Verdict: push.Refused, RetryAfter: -1, Message: "the target file names no operation to update a record"}
	}
	address, err := c.address(op, c.pathParams(change.Record, change.ID), nil)
	if err != nil {
		return push.Answer{Verdict: push.Refused, RetryAfter: -1, Message: c.shown(err.Error())}
	}
	body := c.withAccount(c.model.AppendBody(nil, change.Record, nil), op)
	rep := c.do(ctx, call{op: op, address: address, body: body, id: id, limit: maxWriteAnswer})
	a := push.Answer{HTTPStatus: rep.status, RetryAfter: -1}
	if wait, ok := pace.RetryAfter(rep.header, time.Now()); ok {
		a.RetryAfter = wait
	}
	if errors.Is(rep.err, context.DeadlineExceeded) {
		a.Lingers = c.opts.Timeout // an API that is slow once may be as slow again
	}
	a.Verdict = c.verdict(rep, change.Action, &a)
	return a
}

// verdict decides what is known of a write, and fills in what its answer says.
func (c *Client) verdict(rep reply, action plan.Action, a *push.Answer) push.Verdict {
	switch {
	case rep.status == 0 && rep.conns == 0:
		a.Message = rep.err.Error()
		return push.NotSent
	case rep.status == 0:
		a.Message = "no answer: " + rep.err.Error()
		return push.Unclear
	case rep.status/100 == 2:
		return c.accepted(rep, action, a)
	case rep.status/100 == 3:
		a.Message = fmt.Sprintf("HTTP %d to %s; check connection.trailing_slash, path_prefix and base_url", rep.status, c.shownLocation(rep))
		return push.Misdirected
	}
	a.Field, a.Message = c.readError(rep)
	switch {
	case rep.status == http.StatusUnauthorized:
		return push.Unauthorized
	case rep.status == http.StatusForbidden:
		return push.Forbidden
	case rep.status == http.StatusTooManyRequests:
		return push.Throttled
	case rep.status == http.StatusRequestTimeout:
		return push.Unclear
	case rep.status/100 == 4:
		return push.Refused
	}
	return push.Unclear
}

// accepted reads a 2xx. A create is done only if its id was read; an update only if the answer is empty or JSON: a page of
// some proxy in between also says 200.
func (c *Client) accepted(rep reply, action plan.Action, a *push.Answer) push.Verdict {
	id, found := c.opts.Resource.ReadID(rep.body)
	if action == plan.Create && found {
		a.ID = id
		return push.Accepted
	}
	switch {
	case rep.err != nil:
		a.Message = "the answer broke off: " + rep.err.Error()
	case action == plan.Create:
		a.Message = fmt.Sprintf("HTTP %d without an id that could be read", rep.status)
	case len(rep.body) > 0 && !json.Valid(rep.body):
		a.Message = fmt.Sprintf("HTTP %d with an answer that is not JSON", rep.status)
	default:
		return push.Accepted
	}
	return push.Unclear
}

// withAccount puts the account settings that travel in the body in front of the others.
func (c *Client) withAccount(body []byte, op *model.Operation) []byte {
	members := []byte{'{'}
	for _, s := range c.opts.Target.Settings {
		if s.In != "body" || !c.applies(s, op) {
			continue
		}
		value := []byte(c.opts.Account[s.Name])
		if s.Kind != model.Integer || !json.Valid(value) { // 007 is no number in JSON
			value = quoted(c.opts.Account[s.Name])
		}
		members = append(append(append(append(members, quoted(s.Param)...), ':'), value...), ',')
	}
	if len(members) == 1 {
		return body
	}
	if len(body) == len("{}") {
		members = members[:len(members)-1]
	}
	return append(members, body[1:]...)
}

// quoted is a text as JSON.
func quoted(text string) []byte {
	out, _ := json.Marshal(text) // never fails on a string
	return out
}
