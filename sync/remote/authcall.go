package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// refusedError says why no token is to be had with the credentials. It is [ErrUnauthorized].
type refusedError string

// Error gives the reason.
func (e refusedError) Error() string {
	return "there is no token for these credentials; check connection.auth: " + string(e)
}

// Is makes it the same trouble as a 401.
func (refusedError) Is(target error) bool { return target == ErrUnauthorized }

// ask makes a token call until it is answered: what may pass is tried again for as long as patience lasts. With the token
// comes the refresh token of the answer, or else the one that was sent.
func (t *tokens) ask(ctx context.Context, call func(context.Context) (*oauth2.Token, error)) (access, Secret, error) {
	c := t.client
	left := patience{failing: c.opts.Patience, throttled: pace.MaxRetryAfter}
	for n := 1; ; n++ {
		if n > 1 {
			c.retried.Add(1)
		}
		if err := c.opts.Pacer.Pass(ctx); err != nil { // whoever needs the token has the permit
			return access{}, Secret{}, err
		}
		wire, began := &tokenWire{client: c}, time.Now()
		answer, err := wire.call(ctx, call)
		if err == nil { // it counts even if ctx has ended by now: what it replaces may be worth nothing any more
			refresh := NewSecret(answer.RefreshToken)
			next, err := newAccess(answer, began)
			c.secrets.add(next.token, refresh)
			return next, refresh, err
		}
		if err := ctx.Err(); err != nil {
			return access{}, Secret{}, err
		}
		err = t.judge(wire.rep)
		if !passing(wire.rep) {
			return access{}, Secret{}, err
		}
		again, stopped := c.rest(ctx, &left, wire.rep, n)
		if stopped != nil {
			return access{}, Secret{}, stopped
		}
		if !again {
			return access{}, Secret{}, err
		}
	}
}

// newAccess reads the answer to a token call that was made at began.
func newAccess(answer *oauth2.Token, began time.Time) (access, error) {
	if strings.ContainsFunc(answer.AccessToken, unicode.IsControl) {
		return access{}, refusedError("the token that was issued holds a control character, which no header may carry")
	}
	a := access{token: NewSecret(answer.AccessToken), issued: began}
	if life := time.Until(answer.Expiry); life > 0 { // a token that has ended before it came says nothing of its end
		a.expires = began.Add(life)
	}
	return a, nil
}

// tokenWire sends one token call of package oauth2 in our own way: counted, bounded, logged, and without a redirect.
type tokenWire struct {
	client *Client
	rep    reply
}

// grace is how long a token call may go on after its context has ended. A call that is cut off may yet have used up the
// refresh token, and then the login is lost.
const grace = 5 * time.Second

// call makes the call.
func (w *tokenWire) call(ctx context.Context, call func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	calling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = pace.Sleep(calling, grace); cancel() })()
	client := &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return call(context.WithValue(calling, oauth2.HTTPClient, client))
}

// RoundTrip sends the request and hands on what came back.
func (w *tokenWire) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.GetBody = nil // as with any other request: nobody but us sends it again
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "rollcall")
	w.rep = w.client.send(req, call{id: "token", limit: maxWriteAnswer})
	if w.rep.broken() {
		return nil, w.rep.err
	}
	// Without a media type package oauth2 takes the body for what it has to be: JSON.
	return &http.Response{
		Request: req, StatusCode: w.rep.status, Status: fmt.Sprint(w.rep.status), ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(w.rep.body)),
	}, nil
}

// judge is the error that a reply to a token call amounts to.
func (t *tokens) judge(rep reply) error {
	what := "POST " + t.address
	if u, err := url.Parse(t.address); err == nil {
		what = "POST " + u.Path
	}
	const elsewhere = "; check connection.auth.token_url and base_url"
	switch {
	case rep.broken():
		return fmt.Errorf("%w: %s: %w%s", ErrUnreachable, what, rep.err, remedy(rep.err))
	case rep.status/100 == 2 && t.client.tokenError(rep) == "":
		return refusedError(fmt.Sprintf("%s: the answer holds no token%s", what, elsewhere))
	case rep.status/100 == 3:
		return refusedError(fmt.Sprintf("%s: HTTP %d to %s%s", what, rep.status, t.client.shownLocation(rep), elsewhere))
	}
	text := t.client.tokenError(rep)
	if text == "" {
		text = t.client.errorText(rep)
	}
	text = fmt.Sprintf("%s: HTTP %d: %s", what, rep.status, text)
	switch {
	case passing(rep):
		return fmt.Errorf("%w: %s", ErrUnreachable, text)
	case rep.status == http.StatusNotFound || rep.status == http.StatusMethodNotAllowed:
		return refusedError(text + elsewhere)
	}
	return refusedError(text)
}

// tokenError is what a refusal says in the manner of RFC 6749, section 5.2, "" if it says nothing in that manner.
func (c *Client) tokenError(rep reply) string {
	var answer struct {
		Code string `json:"error"`
		Text string `json:"error_description"`
	}
	_ = json.Unmarshal(rep.body, &answer) // what is of another form says nothing
	code, text := answer.Code, answer.Text
	if code != "" && text != "" {
		code += ": "
	}
	return c.shown(code + text)
}
