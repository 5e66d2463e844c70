package sync

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// Person takes part in a login.
type Person struct {
	// Visit shows the address at which to log in. coming tells whether the browser's way back leads to this program.
	Visit func(address string, coming bool)
	// Paste asks for the code, or for the whole address at which the browser has ended. With nil the browser comes back to
	// this program.
	Paste func(ctx context.Context) (string, error)
}

// LoggedIn is who has logged in, and where that is kept.
type LoggedIn struct {
	Target   string `json:"target"`
	Account  string `json:"account"`
	ClientID string `json:"client_id"`
	Store    string `json:"store"`
}

// pastedBack is the address to come back to where the job names none and the person pastes: nothing needs to be there.
const pastedBack = "http://127.0.0.1/callback"

// Login lets a person log in to the job's account (authorization code with PKCE), and keeps the refresh token in the file
// connection.auth.store. The end of ctx gives up.
func Login(ctx context.Context, opts Options, person Person) (in *LoggedIn, err error) {
	defer func() { err = cause(ctx, err) }()
	job := opts.Job
	auth := &job.Connection.Auth
	if auth.Store == "" {
		return nil, fmt.Errorf("%w: connection.auth: login needs client_id, and store: FILE to keep the refresh token in; %s offers %s",
			ErrJob, job.Target.Title, offered(&job.Target.Auth))
	}
	client, err := newClient(opts, pace.New(budgetOf(opts, filepath.Dir(auth.Store))), opts.Log)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if person.Paste != nil {
		err = pasteLogin(ctx, client, auth.RedirectURL, person)
	} else {
		err = browserLogin(ctx, client, auth.RedirectURL, person)
	}
	if errors.Is(err, remote.ErrNoLogin) {
		err = fmt.Errorf("%w: %w", ErrJob, err)
	}
	if err != nil {
		return nil, err
	}
	creds, err := job.credentials()
	if err != nil {
		return nil, err
	}
	return &LoggedIn{Target: job.Target.Name, Account: job.Where(), ClientID: creds.ClientID, Store: auth.Store}, nil
}

// browserLogin waits for the browser to come back.
func browserLogin(ctx context.Context, client *remote.Client, redirect string, person Person) error {
	landing, err := remote.NewLanding(redirect)
	if err != nil {
		return err
	}
	defer landing.Close()
	login, err := client.Login(landing.URL())
	if err != nil {
		return err
	}
	person.Visit(login.URL(), true)
	query, err := landing.Wait(ctx)
	if err != nil {
		return fmt.Errorf("wait for the login: %w", err)
	}
	code, err := login.Code(query)
	if err != nil {
		return err
	}
	return login.Finish(ctx, code)
}

// pasteLogin waits for the person to bring the code.
func pasteLogin(ctx context.Context, client *remote.Client, redirect string, person Person) error {
	if redirect == "" {
		redirect = pastedBack
	}
	login, err := client.Login(redirect)
	if err != nil {
		return err
	}
	person.Visit(login.URL(), false)
	text, err := person.Paste(ctx)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return fmt.Errorf("%w: nothing was pasted; give the code, or the whole address at which the browser ended", ErrUsage)
	}
	code := remote.NewSecret(text)
	if query, isAddress := pastedQuery(text); isAddress {
		if code, err = login.Code(query); err != nil {
			return err
		}
	}
	return login.Finish(ctx, code)
}

// pastedQuery is the query of a pasted address, or a query that was pasted itself. A code alone is neither.
func pastedQuery(text string) (url.Values, bool) {
	query := text
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil {
			return nil, true // no login has such an address
		}
		query = u.RawQuery
	}
	values, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	return values, strings.Contains(text, "://") || err == nil && (values.Has("code") || values.Has("error"))
}
