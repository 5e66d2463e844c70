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
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/mapping/model"
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
	limit   int64  // the most that is read of the answer
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error         // no answer, or a broken one
	took   time.Duration // from the start of the request to the end of the answer
	conns  int           // connections it was given: with one, it may have arrived; with more, net/http has repeated it
}

// broken reports whether a reply cannot be relied on: there is none, or a good one broke off. A refusal is clear from its
// status alone.
func (r *reply) broken() bool { return r.err != nil && (r.status == 0 || r.status/100 == 2) }

// errTooLarge is an answer beyond its limit.
var errTooLarge = errors.New("the answer is too large")

// do sends one request. The caller has passed the pacer.
func (c *Client) do(ctx context.Context, in call) reply {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	conns := 0
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }}
	req, err := c.newRequest(httptrace.WithClientTrace(ctx, trace), in)
	if err != nil {
		return reply{err: c.clean(err)}
	}
	c.sent.Add(1)
	began := time.Now()
	rep := c.exchange(req, in.limit)
	rep.took, rep.conns = time.Since(began), conns
	if rep.status == http.StatusTooManyRequests {
		c.throttled.Add(1)
	}
	c.opts.Log.Debug("request", "method", req.Method, "path", req.URL.Path, "id", in.id, "status", rep.status, "error", rep.err, "took", rep.took)
	return rep
}

// exchange sends a request and reads its answer.
func (c *Client) exchange(req *http.Request, limit int64) reply {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return reply{err: c.clean(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
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
	c.authenticate(req.Header)
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
		if s.In == "header" && c.applies(s, in.op) {
			req.Header.Set(s.Param, c.opts.Account[s.Name])
		}
	}
	return req, nil
}

// authenticate adds the token in the way that the target prefers.
func (c *Client) authenticate(h http.Header) {
	auth := &c.opts.Target.Auth
	switch {
	case c.opts.Token.Empty():
	case len(auth.Methods) > 0 && auth.Methods[0] == "api_key":
		h.Set(auth.APIKeyHeader, c.opts.Token.reveal())
	default:
		h.Set("Authorization", "Bearer "+c.opts.Token.reveal())
	}
}

// applies reports whether an account setting goes along with an operation.
func (c *Client) applies(s model.Setting, op *model.Operation) bool {
	return c.opts.Account[s.Name] != "" && !slices.Contains(s.Except, op.ID)
}

// newID is a fresh id for a request.
func newID() string { return uuid.NewString() }

// clean is an error that may be shown: without a URL, whose query may hold what is nobody's business, without the token,
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
