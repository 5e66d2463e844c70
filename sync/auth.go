package sync

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// Auth says how the job authenticates, in one of three ways: token; client_id and client_secret; client_id and store.
// Secrets are references to them, never the secrets themselves.
type Auth struct {
	Token        string   `yaml:"token"`         // bearer token or API key
	ClientID     string   `yaml:"client_id"`     // may be a reference too
	ClientSecret string   `yaml:"client_secret"` // with a store: only if the API has issued one
	RefreshToken string   `yaml:"refresh_token"` // to begin with; the store knows later ones
	Store        string   `yaml:"store"`         // file that keeps the newest refresh token; absolute after reading
	TokenURL     string   `yaml:"token_url"`     // default: base_url and the target's path of the token call
	AuthorizeURL string   `yaml:"authorize_url"` // for login; default: the target's
	RedirectURL  string   `yaml:"redirect_url"`  // for login; default: a free port of this machine
	Scopes       []string `yaml:"scopes"`        // default: the target's
}

// The ways to authenticate, as targets call them.
const (
	methodBearer = "bearer"
	methodKey    = "api_key"
	methodClient = "client_credentials"
	methodLogin  = "refresh_token"
)

// given is the keys that the job gives besides token, in the order of the documentation.
func (a *Auth) given() []string {
	var keys []string
	for _, k := range []struct{ key, value string }{
		{"client_id", a.ClientID}, {"client_secret", a.ClientSecret}, {"refresh_token", a.RefreshToken}, {"store", a.Store},
		{"token_url", a.TokenURL}, {"authorize_url", a.AuthorizeURL}, {"redirect_url", a.RedirectURL}, {"scopes", strings.Join(a.Scopes, " ")},
	} {
		if k.value != "" {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// check finds what does not fit together, and what the target does not offer.
func (a *Auth) check(t *model.Target, doc *model.Document) []model.Finding {
	at := func(message, hint string, key ...string) []model.Finding {
		return []model.Finding{doc.Finding(message, hint, append([]string{"connection", "auth"}, key...)...)}
	}
	given := a.given()
	offers := t.Title + " offers " + offered(&t.Auth)
	var methods []string // that the job's keys amount to
	switch {
	case a.Token != "" && len(given) > 0:
		return at("token stands alone, and "+given[0]+" stands beside it", "remove one of them; "+offers, given[0])
	case a.Token != "":
		methods = []string{methodBearer, methodKey}
	case len(given) == 0:
		return at(`missing key "token" or "client_id"`, offers)
	case a.ClientID == "":
		return at(`missing key "client_id"`, given[0]+" needs it; "+offers)
	case a.Store != "":
		methods = []string{methodLogin}
	case a.RefreshToken != "" || a.RedirectURL != "" || a.AuthorizeURL != "":
		return at(`missing key "store"`, "name a file of its own: the API may replace the refresh token at each use, and the newest is kept there")
	case a.ClientSecret == "":
		return at(`missing key "client_secret" or "store"`, offers)
	default:
		methods = []string{methodClient}
	}
	if slices.ContainsFunc(methods, func(m string) bool { return slices.Contains(t.Auth.Methods, m) }) {
		return nil
	}
	return at(fmt.Sprintf("%s does not offer %s", t.Title, methods[0]), offers)
}

// offered is the ways in which a target lets itself be asked, in a sentence.
func offered(auth *model.Auth) string { return strings.Join(ways(auth), " and ") }

// ways is the ways in which a target lets itself be asked, with the keys that they take.
func ways(auth *model.Auth) []string {
	keys := map[string]string{
		methodBearer: "token", methodKey: "token", methodClient: "client_id, client_secret", methodLogin: "client_id, store",
	}
	var ways []string
	for _, m := range auth.Methods {
		ways = append(ways, fmt.Sprintf("%s (%s)", m, keys[m]))
	}
	return ways
}

// credentials reads the secrets that the job refers to.
func (j *Job) credentials() (remote.Credentials, error) {
	a := &j.Connection.Auth
	creds := remote.Credentials{
		ClientID: a.ClientID, Store: a.Store, TokenURL: a.TokenURL, AuthorizeURL: a.AuthorizeURL, Scopes: a.Scopes,
	}
	for _, s := range []struct {
		key, reference string
		into           *remote.Secret
	}{
		{"token", a.Token, &creds.Token}, {"client_secret", a.ClientSecret, &creds.ClientSecret}, {"refresh_token", a.RefreshToken, &creds.RefreshToken},
	} {
		if s.reference == "" {
			continue
		}
		text, err := j.resolve("connection.auth."+s.key, s.reference)
		if err != nil {
			return remote.Credentials{}, err
		}
		*s.into = remote.NewSecret(text)
	}
	if secretRef.MatchString(a.ClientID) {
		text, err := j.resolve("connection.auth.client_id", a.ClientID)
		if err != nil {
			return remote.Credentials{}, err
		}
		creds.ClientID = strings.TrimSpace(text)
	}
	return creds, nil
}

// secretRef is ${env:NAME} or ${file:PATH}.
var secretRef = regexp.MustCompile(`^\$\{(env|file):([^}]+)\}$`)

// resolve reads the text that a reference leads to. key is the one of the job that has it.
func (j *Job) resolve(key, text string) (string, error) {
	parts := secretRef.FindStringSubmatch(text)
	if parts == nil {
		return "", fmt.Errorf("%w: %s: it must be a reference, ${env:NAME} or ${file:PATH}", ErrJob, key)
	}
	name := parts[2]
	if parts[1] == "env" {
		value := os.Getenv(name)
		if strings.TrimSpace(value) == "" {
			return "", fmt.Errorf("%w: %s: the environment variable %s is not set", ErrJob, key, name)
		}
		return value, nil
	}
	data, err := os.ReadFile(j.beside(name))
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrJob, key, err)
	}
	if strings.TrimSpace(string(data)) == "" {
		return "", fmt.Errorf("%w: %s: %s is empty", ErrJob, key, filepath.Base(name))
	}
	return string(data), nil
}
