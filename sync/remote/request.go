package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
)

// The most that is read of an answer, in bytes.
const (
	maxWriteAnswer = 1 << 20
	maxReadAnswer  = 64 << 20
)

// call is one request in the making.
type call struct {
	op      *model.Operation
	address string
	body    []byte // nil for none
	id      string // the request's own id
	token   Secret // that it goes with
	limit   int64  // the most that is read of the answer
	part    bool   // of another request, whose permit it uses
	begun   func() // called when the pacer has let it through, nil if nobody waits for that
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error         // no answer, or a broken one
	token  Secret        // that the request went with
	sent   []byte        // body of the request, nil for none
	took   time.Duration // from the start of the request to the end of the answer
	conns  int           // connections it was given: with one, it may have arrived; with more, net/http has repeated it
}

// broken reports whether a reply cannot be relied on: there is none, or a good one broke off. A refusal is clear from its
// status alone.
func (r *reply) broken() bool { return r.err != nil && (r.status == 0 || r.status/100 == 2) }

// errTooLarge is an answer beyond its limit.
var errTooLarge = errors.New("the answer is too large")

// token is the token for a request that has passed the pacer. Where it has to be renewed first, the request gives up its place:
// the token call needs one too, and nobody knows how long it takes. The error is that of the context, or that there is no token;
// the request has no place any more then.
func (c *Client) token(ctx context.Context) (Secret, error) {
	if token, ok := c.tokens.ready(); ok {
		return token, nil
	}
	c.opts.Pacer.Unsent()
	token, err := c.tokens.get(ctx)
	if err != nil {
		return Secret{}, err
	}
	return token, c.opts.Pacer.Pass(ctx)
}

// do sends one request. The caller has passed the pacer.
func (c *Client) do(ctx context.Context, in call) reply {
	req, err := c.newRequest(ctx, in)
	if err != nil {
		c.opts.Pacer.Unsent()
		return reply{err: c.clean(err)}
	}
	rep := c.send(req, in)
	rep.token, rep.sent = in.token, in.body
	return rep
}

// send sends a request that is built, counts it and logs it.
func (c *Client) send(req *http.Request, in call) reply {
	parent := req.Context()
	ctx, cancel := context.WithTimeout(parent, c.opts.Timeout)
	defer cancel()
	conns := 0
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }}
	req = req.WithContext(httptrace.WithClientTrace(ctx, trace))
	c.sent.Add(1)
	c.opts.Pacer.Sending()
	began := time.Now()
	rep := c.exchange(req, in.limit)
	rep.took, rep.conns = time.Since(began), conns
	c.opts.Pacer.Heard(rep.status)
	c.opts.Pacer.Seen(signOf(parent, in, rep), rep.took)
	if rep.status == http.StatusTooManyRequests {
		c.throttled.Add(1)
	}
	c.opts.Log.Debug("request", "method", req.Method, "path", c.Hide(req.URL.Path), "id", in.id, "status", rep.status, "error", rep.err, "took", rep.took)
	return rep
}

// signOf is what a reply tells of how busy the server is. That we gave up ourselves tells nothing.
func signOf(ctx context.Context, in call, rep reply) pace.Sign {
	switch {
	case rep.status == http.StatusTooManyRequests:
		return pace.Throttled
	case rep.status == http.StatusServiceUnavailable:
		return pace.Unavailable
	case errors.Is(rep.err, context.DeadlineExceeded) && ctx.Err() == nil:
		return pace.Unanswered
	case in.body != nil && rep.status/100 == 2:
		return pace.WellAsUsual
	}
	return pace.Well
}

// exchange sends a request and reads its answer.
func (c *Client) exchange(req *http.Request, limit int64) reply {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return reply{err: c.clean(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		err = c.clean(err)
	case int64(len(body)) > limit:
		err = fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: body, err: err}
}

// newRequest builds the HTTP request.
func (c *Client) newRequest(ctx context.Context, in call) (*http.Request, error) {
	var body io.Reader
	if in.body != nil {
		body = bytes.NewReader(in.body)
	}
	req, err := http.NewRequestWithContext(ctx, in.op.Method, in.address, body)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	// With GetBody, net/http would send a request again by itself when a reused connection breaks: a second create that
	// nobody counted.
	req.GetBody = nil
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "rollcall")
	if in.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	c.authenticate(req.Header, in.token)
	for _, h := range c.opts.Target.Headers {
		value := c.opts.Headers[h.Name]
		if h.Generate == "uuid" {
			value = in.id
		}
		if value != "" {
			req.Header.Set(h.Name, value)
		}
	}
	for _, s := range c.opts.Target.Settings {
		if c.travels(&s, in.op, "header") {
			req.Header.Set(s.Param, c.opts.Account[s.Name])
		}
	}
	return req, nil
}

// authenticate adds the token in the way that the target wants it.
func (c *Client) authenticate(h http.Header, token Secret) {
	switch {
	case token.Empty():
	case c.tokens.isKey:
		h.Set(c.opts.Target.Auth.APIKeyHeader, token.reveal())
	default:
		h.Set("Authorization", "Bearer "+token.reveal())
	}
}

// travels reports whether an account setting that the job gives goes along with an operation, in that place.
func (c *Client) travels(s *model.Setting, op *model.Operation, place string) bool {
	return c.opts.Account[s.Name] != "" && s.Travels(op, place)
}

// newID is a fresh id for a request.
func newID() string { return uuid.NewString() }

// clean is an error that may be shown: without a URL, whose query may hold what is nobody's business, without secrets,
// and of bounded length, because servers can put text of their own into it.
func (c *Client) clean(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if text := c.shown(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}
