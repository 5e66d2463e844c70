package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// account is one tenant of a target. All state is bound to it.
type account struct {
	target   string
	base     string
	settings map[string]string
}

// accountOf is the account that a job goes to.
func accountOf(j *Job) account {
	return account{target: j.Target.Name, base: canonicalURL(j.Connection.BaseURL), settings: j.Connection.Account}
}

// canonicalURL is one spelling of an origin: two spellings of a host must not be two accounts, each with a lock of its own.
func canonicalURL(text string) string {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		return text
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		u.Host = u.Host[:strings.LastIndexByte(u.Host, ':')]
	}
	return u.String()
}

// text names the account in the ledger, always in the same way.
func (a account) text() string {
	names := make([]string, 0, len(a.settings))
	for name := range a.settings {
		names = append(names, name)
	}
	slices.Sort(names)
	parts := []string{a.target, a.base}
	for _, name := range names {
		parts = append(parts, name+"="+a.settings[name])
	}
	return strings.Join(parts, " ")
}

// fingerprint names the account in sheets that leave the house: it tells accounts apart and nothing about them.
func (a account) fingerprint() string { return fingerprintOf(a.text()) }

// fingerprintOf is the fingerprint of the account that a run is stored under.
func fingerprintOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// newClient is a client for the job's account.
func newClient(opts Options, pacer *pace.Pacer, log *slog.Logger) (*remote.Client, error) {
	job, c := opts.Job, &opts.Job.Connection
	creds, err := job.credentials()
	if err != nil {
		return nil, err
	}
	if opts.Insecure {
		opts.Progress.Note("--insecure: any certificate is accepted, and http; use it for test systems only")
	}
	client, err := remote.New(remote.Options{
		Target: job.Target, Resource: job.Resource, BaseURL: c.BaseURL, PathPrefix: strings.TrimRight(*c.PathPrefix, "/"),
		Slash: slashOf(c.TrailingSlash, job.Target.Slash), Account: c.Account, Headers: headersOf(job), Auth: creds,
		Timeout: c.Timeout, Patience: patience(c), Workers: c.Workers, CAFile: c.CAFile, Insecure: opts.Insecure,
		Pacer: pacer, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJob, err)
	}
	return client, nil
}

// headersOf is the values of the target's fixed headers; "" is not sent.
func headersOf(j *Job) map[string]string {
	headers, version := map[string]string{}, j.Connection.APIVersion
	for _, h := range j.Target.Headers {
		headers[h.Name] = h.Default
		if h.Setting == "api_version" && version != nil {
			headers[h.Name] = *version
			if *version == "false" {
				headers[h.Name] = ""
			}
		}
	}
	return headers
}

// patience is how long a read of a plan may keep failing: never longer than the job lets a run pause.
func patience(c *Connection) time.Duration {
	limit := remote.DefaultPatience
	if c.MaxPause > 0 {
		limit = min(limit, c.MaxPause)
	}
	return limit
}

// slashOf is the job's say on trailing slashes over the target's.
func slashOf(setting string, otherwise model.Slash) model.Slash {
	switch setting {
	case "never":
		return model.Slash{}
	case "always":
		return model.Slash{Read: true, Write: true}
	case "reads":
		return model.Slash{Read: true}
	case "writes":
		return model.Slash{Write: true}
	}
	return otherwise
}
