// Package remote is one REST client for any target: it lists, reads, creates and updates records as the target's document
// says, authenticates, and reads error answers.
//
// It sends each write once and says what is known of it then ([push.Answer]); whether to send again is not its decision.
// Reads are safe to repeat, and it repeats them itself. A write passes the pacer before it comes here; every read passes
// it here. It knows no API by name.
//
// Begin at [New].
package remote

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// Options say where the API is and who asks.
type Options struct {
	Target     *model.Target
	Resource   *model.Resource
	BaseURL    string            // origin
	PathPrefix string            // "" or "/v0"
	Slash      model.Slash       // which paths end in a slash
	Account    map[string]string // account settings by name
	Headers    map[string]string // values of the target's fixed headers, by their name on the wire; "" = not sent
	Auth       Credentials
	Timeout    time.Duration // of one request, default 30s
	Patience   time.Duration // how long a read may keep failing, default 30s
	Workers    int           // connections to keep
	CAFile     string        // PEM file with further authorities
	Insecure   bool          // accept http for other hosts than loopback, and any certificate
	Pacer      *pace.Pacer   // of the account; reads wait for it here, writes before they come here
	Log        *slog.Logger  // default: none
}

// The defaults of Options.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultPatience = 30 * time.Second
)

// Client speaks to one account of a target. It is safe for concurrent use.
type Client struct {
	opts      Options
	base      *url.URL
	model     *model.Model
	duplicate *regexp.Regexp // what a refusal of a duplicate says, nil if that is not known
	secrets   *redactor
	tokens    *tokens
	transport http.RoundTripper
	lists     sharing

	sent, retried, throttled atomic.Int64
}

var (
	_ plan.Finder = (*Client)(nil)
	_ push.Writer = (*Client)(nil)
)

// New checks the options and prepares a client. Nothing is sent.
func New(opts Options) (*Client, error) {
	base, err := baseURL(opts.BaseURL, opts.Insecure)
	if err != nil {
		return nil, err
	}
	opts.PathPrefix = strings.TrimRight(opts.PathPrefix, "/")
	if err := checkPrefix(opts.PathPrefix); err != nil {
		return nil, err
	}
	if err := checkHeaders(opts); err != nil {
		return nil, err
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.Patience <= 0 {
		opts.Patience = DefaultPatience
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	transport, err := newTransport(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{opts: opts, base: base, model: opts.Resource.Model, secrets: &redactor{}, transport: transport}
	c.secrets.add(opts.Auth.Token, opts.Auth.ClientSecret, opts.Auth.RefreshToken)
	if c.tokens, err = newTokens(c); err != nil {
		return nil, err
	}
	if pattern := opts.Target.Errors.Duplicate; pattern != "" {
		if c.duplicate, err = regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("read errors.duplicate of target %s: %w", opts.Target.Name, err)
		}
	}
	return c, nil
}

// Hide takes the secrets of the client out of a text that is to be shown.
func (c *Client) Hide(text string) string { return c.secrets.hide(text) }

// Use makes the client read and write records of resource, which is the one it began with and knows more of the account. It
// must not be called while requests are under way.
func (c *Client) Use(resource *model.Resource) {
	c.opts.Resource, c.model = resource, resource.Model
}

// checkHeaders finds values that net/http would refuse to send, request after request.
func checkHeaders(opts Options) error {
	const refusal = "%s: it holds a line break or another control character, which no header may carry"
	if strings.ContainsFunc(opts.Auth.Token.reveal(), unicode.IsControl) {
		return fmt.Errorf(refusal, "connection.auth.token")
	}
	for _, s := range opts.Target.Settings {
		if slices.Contains(s.In, "header") && strings.ContainsFunc(opts.Account[s.Name], unicode.IsControl) {
			return fmt.Errorf(refusal, "connection.account."+s.Name)
		}
	}
	for _, h := range opts.Target.Headers {
		if strings.ContainsFunc(opts.Headers[h.Name], unicode.IsControl) {
			return fmt.Errorf(refusal, "header "+h.Name)
		}
	}
	return nil
}

// Stats is how many requests a client has sent.
type Stats struct{ Sent, Retried, Throttled int }

// Stats is what the client has sent so far: Retried counts repeated reads only.
func (c *Client) Stats() Stats {
	return Stats{int(c.sent.Load()), int(c.retried.Load()), int(c.throttled.Load())}
}

// Close lets go of idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// What a read can find out about the run, rather than about a record.
var (
	ErrUnauthorized = errors.New("the API does not accept the credentials (401); check connection.auth")
	ErrUnreachable  = errors.New("the API cannot be reached")
	ErrMisdirected  = errors.New("the API answers with a redirect; check connection.trailing_slash, path_prefix and base_url")
)

// What a read can find out about what it asked for.
var (
	errNotFound  = errors.New("not found")
	errUnfit     = errors.New("not understood")
	errForbidden = errors.New("forbidden")
	errUnsafe    = errors.New("cannot be part of a path") // nothing was sent
	errTold      = errors.New("holds a secret of connection.auth, and nothing of it is kept; take it out there, and have a new one made")
)
