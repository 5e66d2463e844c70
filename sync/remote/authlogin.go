package remote

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"
)

// ErrNoLogin marks a job that nobody can log in with.
var ErrNoLogin = errors.New("there is no login")

// Login is an authorization code flow with PKCE that has begun: a person logs in at [Login.URL], and what comes back is
// exchanged for tokens by [Login.Finish].
type Login struct {
	client   *Client
	config   *oauth2.Config
	state    string
	verifier string
}

// Login begins a login that comes back to the address redirect. Nothing is sent.
func (c *Client) Login(redirect string) (*Login, error) {
	if c.tokens.store == nil {
		return nil, fmt.Errorf("%w: connection.auth needs client_id, and store: FILE to keep the refresh token in", ErrNoLogin)
	}
	authorize := c.opts.Auth.AuthorizeURL
	if authorize == "" {
		authorize = c.opts.Target.Auth.AuthorizeURL
	}
	if authorize == "" {
		return nil, fmt.Errorf("%w: connection.auth.authorize_url is missing, and %s names no such page", ErrNoLogin, c.opts.Target.Title)
	}
	authorize, err := endpoint("connection.auth.authorize_url", authorize, c.opts.Insecure)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLogin, err)
	}
	l := &Login{client: c, config: c.tokens.config(redirect), state: rand.Text(), verifier: oauth2.GenerateVerifier()}
	l.config.Endpoint.AuthURL = authorize
	c.secrets.add(NewSecret(l.verifier))
	return l, nil
}

// URL is where the person logs in.
func (l *Login) URL() string {
	return l.config.AuthCodeURL(l.state, oauth2.S256ChallengeOption(l.verifier))
}

// Code reads the code out of the query that the login came back with. An error wraps [ErrUnauthorized].
func (l *Login) Code(query url.Values) (Secret, error) {
	code := NewSecret(query.Get("code"))
	l.client.secrets.add(code)
	reason := query.Get("error")
	switch {
	// First of all, or anybody could make us say something.
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.state)) != 1:
		return Secret{}, refusedError("what came back does not belong to this login (its state is another one); run `rollcall login` again, and use the address that it prints")
	case reason != "":
		if text := query.Get("error_description"); text != "" {
			reason += ": " + text
		}
		return Secret{}, refusedError("the login was refused: " + l.client.shown(reason))
	case code.Empty():
		return Secret{}, refusedError("the login came back without a code; run `rollcall login` again")
	}
	return code, nil
}

// Finish exchanges the code for tokens and puts them into the store. An error wraps [ErrUnauthorized] if there are none.
func (l *Login) Finish(ctx context.Context, code Secret) error {
	t := l.client.tokens
	l.client.secrets.add(code)
	unlock, err := t.store.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := t.store.check(); err != nil {
		return err
	}
	next, refresh, err := t.ask(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return l.config.Exchange(ctx, code.reveal(), oauth2.VerifierOption(l.verifier))
	})
	if err != nil {
		return err
	}
	if refresh.Empty() {
		return refusedError("no refresh token came with the access token; ask the API's provider for one, or for the scope to name in connection.auth.scopes")
	}
	return t.store.write(t.store.keep(next, refresh))
}
