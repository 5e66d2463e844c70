package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Credentials say who asks, in one of three ways: with a token that somebody made (Token), as a program (ClientID and
// ClientSecret), or for a person who has logged in (ClientID and Store). Without any of them no token is sent.
type Credentials struct {
	Token        Secret // bearer token or API key
	ClientID     string
	ClientSecret Secret   // of a program; for a person only if the API has issued one
	RefreshToken Secret   // to begin with: the store knows later ones
	Store        string   // file that keeps the newest refresh token
	TokenURL     string   // of the token call; default: the base URL and the target's path of it
	AuthorizeURL string   // where a person logs in; default: the target's
	Scopes       []string // default: the target's
}

// access is an access token; the zero value is none.
type access struct {
	token   Secret
	issued  time.Time
	expires time.Time // zero if the API does not say: then it is good until it is refused
}

// maxMargin is how long before its end a token is renewed at most: a request may be under way for a while.
const maxMargin = 30 * time.Second

// usable reports whether requests may go out with the token: it is there, it is not the one that was refused, and it does not
// end within a tenth of its life.
func (a access) usable(refused Secret) bool {
	if a.token.Empty() || a.token.is(refused) {
		return false
	}
	margin := min(maxMargin, a.expires.Sub(a.issued)/10)
	return a.expires.IsZero() || time.Now().Before(a.expires.Add(-margin))
}

// tokens gives every request the token to go with, and renews it. It is safe for concurrent use: however many requests
// find that a token has ended, it is renewed once.
type tokens struct {
	client  *Client
	creds   Credentials
	isKey   bool   // the token is an API key
	address string // of the token call, "" without one
	store   *store // nil unless a person has logged in

	mu      sync.Mutex
	current access
	renewal *renewal // under way, nil if none is
	dead    error    // why no token will be had any more, nil as long as there is hope
	unsaved *kept    // what came with the last token and is not on the disk
}

// renewal is a token call that several requests may wait for.
type renewal struct {
	done  chan struct{}
	token Secret
	err   error
}

// newTokens checks the credentials. Nothing is sent.
func newTokens(c *Client) (*tokens, error) {
	creds, auth := c.opts.Auth, &c.opts.Target.Auth
	t := &tokens{client: c, creds: creds}
	if creds.ClientID == "" {
		methods := slices.DeleteFunc(slices.Clone(auth.Methods), func(m string) bool { return m != "bearer" && m != "api_key" })
		t.isKey = len(methods) > 0 && methods[0] == "api_key"
		return t, nil
	}
	var err error
	if t.address, err = c.tokenAddress(); err != nil {
		return nil, err
	}
	if len(creds.Scopes) == 0 {
		t.creds.Scopes = auth.Scopes
	}
	if creds.Store == "" {
		return t, nil
	}
	t.store = &store{path: creds.Store, client: creds.ClientID, address: t.address, seed: hashOf(creds.RefreshToken)}
	if _, err := t.store.read(); err != nil {
		return nil, err
	}
	return t, nil
}

// tokenAddress is where tokens are issued. It stands outside the path prefix.
func (c *Client) tokenAddress() (string, error) {
	if c.opts.Auth.TokenURL != "" {
		return endpoint("connection.auth.token_url", c.opts.Auth.TokenURL, c.opts.Insecure)
	}
	if c.opts.Target.Auth.TokenPath == "" {
		return "", fmt.Errorf("connection.auth.token_url: %s names no address that issues tokens, so the job has to", c.opts.Target.Title)
	}
	return c.base.String() + c.opts.Target.Auth.TokenPath, nil
}

// endpoint checks an address that secrets go to.
func endpoint(key, text string, insecure bool) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "", fmt.Errorf("%s: it must be an address such as https://login.example.com/token", key)
	case u.User != nil || u.Fragment != "":
		return "", fmt.Errorf("%s: no user and no fragment may be in it", key)
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !insecure:
		return "", fmt.Errorf("%s: it must be https; http is for the own machine, or say --insecure", key)
	}
	return u.String(), nil
}

// renewable reports whether another token can be had in place of one that was refused.
func (t *tokens) renewable() bool { return t.creds.ClientID != "" }

// ready is the token for the next request, if nothing has to be done for it.
func (t *tokens) ready() (token Secret, ok bool) {
	if !t.renewable() {
		return t.creds.Token, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current.token, t.dead == nil && t.current.usable(Secret{})
}

// get is the token for the next request. It is renewed first if it is about to end. An error wraps [ErrUnauthorized] if
// no token is to be had with these credentials.
func (t *tokens) get(ctx context.Context) (Secret, error) {
	if !t.renewable() {
		return t.creds.Token, nil
	}
	return t.other(ctx, Secret{})
}

// replace sees to it that the next request goes with another token than the one that was refused.
func (t *tokens) replace(ctx context.Context, refused Secret) error {
	_, err := t.other(ctx, refused)
	return err
}

// other is a token that is not the refused one. Whoever comes first renews it, all others wait for that.
func (t *tokens) other(ctx context.Context, refused Secret) (Secret, error) {
	for {
		t.mu.Lock()
		if t.dead != nil || t.current.usable(refused) {
			defer t.mu.Unlock()
			return t.current.token, t.dead
		}
		r := t.renewal
		if r == nil {
			r = &renewal{done: make(chan struct{})}
			t.renewal = r
			t.mu.Unlock()
			t.carryOut(ctx, r, refused)
			return r.token, r.err
		}
		t.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return Secret{}, ctx.Err()
		}
		// Where it was the other one's context that has ended, it is for us to go on.
		if r.err != nil && !errors.Is(r.err, context.Canceled) && !errors.Is(r.err, context.DeadlineExceeded) || r.err == nil && !r.token.is(refused) {
			return r.token, r.err
		}
	}
}

// carryOut renews the token, and lets everybody know who waits for it.
func (t *tokens) carryOut(ctx context.Context, r *renewal, refused Secret) {
	next, err := t.renew(ctx, refused)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil || t.current.token.is(refused) { // what was refused is not sent again
		t.current = next
	}
	if errors.Is(err, ErrUnauthorized) {
		t.dead = err // to ask again would only be refused again
	}
	r.token, r.err = next.token, err
	t.renewal = nil
	close(r.done)
}

// renew gets a token: for a program by its secret, for a person by what the store keeps.
func (t *tokens) renew(ctx context.Context, refused Secret) (access, error) {
	if t.store != nil {
		return t.renewStored(ctx, refused)
	}
	config := clientcredentials.Config{
		ClientID: t.creds.ClientID, ClientSecret: t.creds.ClientSecret.reveal(), TokenURL: t.address, Scopes: t.creds.Scopes,
		AuthStyle: oauth2.AuthStyleInParams,
	}
	next, _, err := t.ask(ctx, func(ctx context.Context) (*oauth2.Token, error) { return config.Token(ctx) })
	return next, err
}

// renewStored gets a token in place of the one that the store keeps, unless another process has done so already. What came
// with it is on the disk before it is used: an API may take every refresh token once only, and the next one is all there is.
func (t *tokens) renewStored(ctx context.Context, refused Secret) (access, error) {
	unlock, err := t.store.lock(ctx)
	if err != nil {
		return access{}, err
	}
	defer unlock()
	if t.unsaved != nil {
		return t.save(t.unsaved)
	}
	k, err := t.store.read()
	if err != nil {
		return access{}, err
	}
	if k == nil || k.Seed != t.store.seed && !t.creds.RefreshToken.Empty() { // the job names a newer one
		k = &kept{RefreshToken: t.creds.RefreshToken.reveal()}
	}
	refresh := NewSecret(k.RefreshToken)
	t.client.secrets.add(refresh, NewSecret(k.AccessToken))
	if kept := k.access(); kept.usable(refused) {
		return kept, nil
	}
	if refresh.Empty() {
		return access{}, refusedError("nobody has logged in yet; run `rollcall login`")
	}
	if err := t.store.check(); err != nil {
		return access{}, err
	}
	config := t.config("")
	next, refresh, err := t.ask(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.reveal()}).Token()
	})
	if errors.Is(err, ErrUnauthorized) {
		return access{}, fmt.Errorf("%w; run `rollcall login` to log in again", err)
	}
	if err != nil {
		return access{}, err
	}
	return t.save(t.store.keep(next, refresh))
}

// save puts a token and what came with it on the disk.
func (t *tokens) save(k *kept) (access, error) {
	if err := t.store.write(k); err != nil {
		t.unsaved = k // it is worth more than the old one, which may be used up
		return access{}, err
	}
	t.unsaved = nil
	return k.access(), nil
}

// config is what the calls of a login have in common.
func (t *tokens) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: t.creds.ClientID, ClientSecret: t.creds.ClientSecret.reveal(), RedirectURL: redirect, Scopes: t.creds.Scopes,
		Endpoint: oauth2.Endpoint{TokenURL: t.address, AuthStyle: oauth2.AuthStyleInParams},
	}
}
