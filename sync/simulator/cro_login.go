package simulator

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The calls of CRO's identity provider. They stand outside the prefix.
const (
	loginPath = "/oauth2/auth"
	tokenPath = "/oauth2/token"
)

// DefaultAppID is the OAuth client that every new server knows. It has no secret and lands on /callback at 127.0.0.1 or
// [::1], on any port.
const DefaultAppID = "simulated-app"

// croScope is the one scope.
const croScope = "api"

// CROLogin settles the identity provider, of which the documentation shows the grants and little else.
type CROLogin struct {
	// Role is the role of the person who logs in; default Dispatcher.
	Role string
	// Tenants are the ids assigned to the person; none means every tenant.
	Tenants []int64
	// Deny makes the person refuse. By default they consent at once, without a page in between.
	Deny bool
	// CodeLife is the life of the code that a login ends with; default a minute.
	CodeLife time.Duration
	// TokenLife is the life of the access tokens that the token call issues; default an hour.
	TokenLife time.Duration
	// Rotation says what becomes of a refresh token that is exchanged.
	Rotation Rotation
}

// Rotation says what becomes of a refresh token that is exchanged.
type Rotation int

// The ways of rotation.
const (
	// RotateEach makes a refresh token good for one use: the answer carries the next one.
	RotateEach Rotation = iota
	// RotateNever keeps the refresh token: the answer carries none.
	RotateNever
	// RotateAndRevoke is RotateEach, and one that comes a second time spoils every token of its login.
	RotateAndRevoke
)

// withDefaults fills what the options leave at zero.
func (o CROLogin) withDefaults() CROLogin {
	if o.CodeLife == 0 {
		o.CodeLife = time.Minute
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	return o
}

// CROClient is an OAuth client: a program that may log people in. Source: docs.crosoftware.net/docs/authentication_guide.
type CROClient struct {
	ID string
	// Secret is what the client proves itself with in the token call; empty for a client that has none.
	Secret string
	// LandingURLs are the registered redirect URLs. One with http and a loopback address stands for every port of that
	// address, as RFC 8252 section 7.3 demands; the name localhost is no address.
	LandingURLs []string
}

// loginCode is what a login ends with, and what the token call has to fit.
type loginCode struct {
	family            *family
	redirect          string // as the login sent it, empty if it sent none
	challenge, method string // empty without PKCE
	expires           time.Time
	used              bool
}

// AddClient makes a client known, in place of any with the same id.
func (a *CRO) AddClient(c CROClient) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.clients[c.ID] = c
}

// isIdentity says whether a path belongs to the identity provider.
func isIdentity(path string) bool { return path == loginPath || path == tokenPath }

// authorize serves GET /oauth2/auth, in the manner of RFC 6749 section 4.1 and RFC 7636 section 4.3. What is wrong with the
// client or its landing URL is told to the person, everything else to the client by a redirect.
func (a *CRO) authorize(c *call) reply {
	query, err := url.ParseQuery(c.Query)
	if err != nil || len(query["client_id"]) != 1 || len(query["redirect_uri"]) > 1 {
		return tokenRefusal("invalid_request", "There must be one client_id, and one redirect_uri at most.")
	}
	client, ok := a.clients[query.Get("client_id")]
	if !ok {
		return tokenRefusal("invalid_client", "The client is unknown.")
	}
	landing, ok := client.landing(query.Get("redirect_uri"))
	if !ok {
		return tokenRefusal("invalid_request", "The redirect_uri is not registered for this client.")
	}
	news := url.Values{}
	if wrong := a.wrongLogin(query); wrong != nil {
		news.Set("error", wrong.field)
		news.Set("error_description", wrong.detail)
	} else {
		news.Set("code", a.loggedIn(query))
	}
	if state := query.Get("state"); state != "" {
		news.Set("state", state)
	}
	if landing.RawQuery != "" {
		landing.RawQuery += "&"
	}
	landing.RawQuery += news.Encode()
	return reply{status: http.StatusFound, header: http.Header{"Location": {landing.String()}}}
}

// loggedIn makes the code of a login in which the person consented.
func (a *CRO) loggedIn(query url.Values) string {
	code := fmt.Sprintf("code-%d", len(a.codes)+1)
	a.codes[code] = &loginCode{
		family:    &family{client: query.Get("client_id"), role: a.options.Login.Role, tenants: a.options.Login.Tenants},
		redirect:  query.Get("redirect_uri"),
		challenge: query.Get("code_challenge"),
		method:    query.Get("code_challenge_method"),
		expires:   a.core.now().Add(a.options.Login.CodeLife),
	}
	return code
}

// landing finds where the answer of a login goes. A client with one landing URL need not name it.
func (c CROClient) landing(asked string) (*url.URL, bool) {
	if asked == "" && len(c.LandingURLs) == 1 {
		asked = c.LandingURLs[0]
	}
	target, err := url.Parse(asked)
	if err != nil || strings.Contains(asked, "#") {
		return nil, false
	}
	return target, slices.ContainsFunc(c.LandingURLs, func(registered string) bool {
		return asked == registered || anyPort(asked) == anyPort(registered)
	})
}

// anyPort is a landing URL as it is compared: without the port where that may change from login to login.
func anyPort(address string) string {
	target, err := url.Parse(address)
	if err != nil || target.Scheme != "http" {
		return address
	}
	if ip := net.ParseIP(target.Hostname()); ip == nil || !ip.IsLoopback() {
		return address
	}
	target.Host = target.Hostname()
	return target.String()
}

// secretPattern is the form of a code_verifier, and of a code_challenge.
var secretPattern = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// wrongLogin returns what a login is refused for, as an error code and its text; nil if the person is logged in. The length
// of state: docs.crosoftware.net/docs/authentication_guide.
func (a *CRO) wrongLogin(query url.Values) *trouble {
	if name := repeated(query); name != "" {
		return &trouble{"invalid_request", name + " is there more than once."}
	}
	challenge, method := query.Get("code_challenge"), query.Get("code_challenge_method")
	switch kind := query.Get("response_type"); {
	case kind == "":
		return &trouble{"invalid_request", "response_type is missing."}
	case kind != "code":
		return &trouble{"unsupported_response_type", "response_type must be code."}
	case utf8.RuneCountInString(query.Get("state")) < 8:
		return &trouble{"invalid_request", "state must have 8 characters or more."}
	case !scopeIsKnown(query):
		return &trouble{"invalid_scope", "The scope is " + croScope + "."}
	case method != "" && challenge == "":
		return &trouble{"invalid_request", "code_challenge is missing."}
	case challenge != "" && !secretPattern.MatchString(challenge):
		return &trouble{"invalid_request", "code_challenge must have 43 to 128 letters, digits or -._~."}
	case method != "" && method != "S256" && method != "plain":
		return &trouble{"invalid_request", "code_challenge_method must be S256 or plain."}
	case a.options.Login.Deny:
		return &trouble{"access_denied", "The person refused."}
	}
	return nil
}

// scopeIsKnown says whether the scope that is asked for, if any, is the one that there is.
func scopeIsKnown(values url.Values) bool {
	scope := values.Get("scope")
	return scope == "" || scope == croScope
}

// repeated returns the first name, in order, that has several values; empty if none has.
func repeated(values url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			return name
		}
	}
	return ""
}
