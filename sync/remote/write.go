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
		return c.unsent(push.Answer{Verdict: push.Refused, RetryAfter: -1, Message: "the target file names no operation to update a record"})
	}
	address, err := c.address(op, c.pathParams(change.Record, change.ID), nil)
	if err != nil {
		return c.unsent(push.Answer{Verdict: push.Refused, RetryAfter: -1, Message: c.shown(err.Error())})
	}
	body := c.withAccount(c.model.AppendBody(nil, change.Record, nil), op)
	token, err := c.token(ctx)
	if err != nil {
		return tokenless(err)
	}
	rep := c.do(ctx, call{op: op, address: address, body: body, id: id, token: token, limit: maxWriteAnswer})
	a := push.Answer{HTTPStatus: rep.status, RetryAfter: -1, RequestID: c.otherID(rep, id)}
	if wait, ok := pace.RetryAfter(rep.header, time.Now()); ok {
		a.RetryAfter = wait
	}
	if errors.Is(rep.err, context.DeadlineExceeded) {
		a.Lingers = c.opts.Timeout // an API that is slow once may be as slow again
	}
	a.Verdict = c.verdict(rep, change.Action, &a)
	if a.Verdict == push.Unauthorized && c.tokens.renewable() {
		c.renewAfter(ctx, token, &a)
	}
	if a.Verdict == push.Accepted && change.Action == plan.Update && c.opts.Resource.Replace && c.opts.Resource.Get != nil {
		a.Verdict = c.readBack(ctx, change, &a)
	}
	return a
}

// unsent is the answer to a write that has passed the pacer and does not go out.
func (c *Client) unsent(a push.Answer) push.Answer {
	c.opts.Pacer.Unsent()
	return a
}

// readBack reads a record that was replaced: what a replacement loses is lost without a word, so it is not done before it is
// seen.
func (c *Client) readBack(ctx context.Context, change *plan.Change, a *push.Answer) push.Verdict {
	found, ok, err := c.get(ctx, change.ID, change.Record, call{part: true})
	switch {
	case err != nil:
		a.Message = "the record was replaced, and could not be read back: " + c.shown(err.Error())
		return push.Unclear
	case !ok:
		a.Message = "the record was replaced, and is not there any more"
		return push.Unclear
	}
	for i, sent := range change.Record {
		f := &c.model.Fields[i]
		shown := found.Record[i]
		if sent.Known() && f.In == model.InBody && shown.Known() && f.Fits(shown) && !f.Same(sent, shown) {
			a.Field = f.Name
			a.Message = c.shown(fmt.Sprintf("the API took the replacement, and shows %s as %q, not as %q", f.Name, found.Record[i].Text, sent.Text))
			return push.Refused
		}
	}
	return push.Accepted
}

// renewAfter renews the token that a write was refused for. Whether it goes out again is not for us to say.
func (c *Client) renewAfter(ctx context.Context, refused Secret, a *push.Answer) {
	err := c.tokens.replace(ctx, refused)
	if err == nil {
		a.Verdict = push.Expired
		return
	}
	without := tokenless(err)
	a.Verdict, a.Message = without.Verdict, a.Message+"; "+without.Message
}

// tokenless is the answer to a write for which there is no token. A token call that may yet go well is no reason to end
// the run.
func tokenless(err error) push.Answer {
	a := push.Answer{Verdict: push.Unauthorized, RetryAfter: -1, Message: err.Error()}
	if errors.Is(err, ErrUnreachable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		a.Verdict = push.NotSent
	}
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
	c.refusal(rep, a)
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
	if action == plan.Create && found && !c.secrets.isIn(id) {
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
		if !c.travels(&s, op, "body") {
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
