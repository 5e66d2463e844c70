package simulator

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The client of BigChange that every new server knows. It may act for all customers, with every scope.
const (
	DefaultClientID     = "simulated-integrator"
	DefaultClientSecret = "simulated-secret"
)

// bigchangeTokens is the token call. It stands outside /v1.
const bigchangeTokens = "/auth/tokens"

// BigChangeClient is an integrator's key.
type BigChangeClient struct {
	ID     string
	Secret string
	// Customers are the customer ids that the key opens; none means every customer.
	Customers []int64
	// Scopes are the rights of the key: contacts:read, contacts:write, contacts:persons:read, contacts:persons:write; none
	// means all.
	Scopes []string
}

// bigchangeToken is an access token.
type bigchangeToken struct {
	client  BigChangeClient
	expires time.Time
}

// AddClient makes a client known, in place of any with the same id. Tokens that were issued before keep their rights.
func (a *BigChange) AddClient(c BigChangeClient) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.clients[c.ID] = c
}

// TokensIssued counts the access tokens that the token call has made.
func (a *BigChange) TokensIssued() int {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	return a.issued
}

// expireToken serves the fault of that name.
func (a *BigChange) expireToken(c *call) { delete(a.tokens, bearer(c.Header)) }

// authenticate finds the client of a request's token, nil if the token is missing or worthless.
func (a *BigChange) authenticate(c *call) *BigChangeClient {
	token, ok := a.tokens[bearer(c.Header)]
	if !ok || !a.core.now().Before(token.expires) {
		return nil
	}
	return &token.client
}

// opens says whether the client may act for a customer.
func (c *BigChangeClient) opens(customer int64) bool {
	return len(c.Customers) == 0 || slices.Contains(c.Customers, customer)
}

// holds says whether the client has a right.
func (c *BigChangeClient) holds(scope string) bool {
	return len(c.Scopes) == 0 || slices.Contains(c.Scopes, scope)
}

// exchange serves the token call: client credentials for an access token. Source:
// documentation.ops.bigchange.com/docs/rest/auth-proxy/get-an-access-token. The page gives the statuses 400 and 422 without
// saying what brings which: here a body that cannot be read is 400, a field that is missing or wrong by itself is 422.
func (a *BigChange) exchange(c *call) reply {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil || !isMedia(c.Header, "application/x-www-form-urlencoded") {
		return a.tokenRefusal(http.StatusBadRequest, "The body must be form-encoded.", nil)
	}
	wrong := map[string][]string{}
	for _, name := range []string{"grant_type", "client_id", "client_secret"} {
		if form.Get(name) == "" {
			wrong[name] = []string{"The field is required."}
		}
	}
	if grant := form.Get("grant_type"); grant != "" && grant != "client_credentials" {
		wrong["grant_type"] = []string{"Must be client_credentials."}
	}
	if len(wrong) > 0 {
		return a.tokenRefusal(http.StatusUnprocessableEntity, "", wrong)
	}
	client, ok := a.clients[form.Get("client_id")]
	if !ok || client.Secret != form.Get("client_secret") {
		return a.tokenRefusal(a.options.Errors.BadClient, "The client is unknown or the secret is wrong.", nil)
	}
	a.issued++
	value := webToken(a.issued)
	a.tokens[value] = bigchangeToken{client, a.core.now().Add(a.options.TokenLife)}
	return jsonReply(http.StatusOK, map[string]any{
		"access_token": value, "expires_in": int64(a.options.TokenLife / time.Second),
	})
}

// webToken makes the text of a token: a JSON web token without a signature, told apart by its number.
func webToken(number int) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part(fmt.Appendf(nil, `{"jti":"%d"}`, number)) + "."
}

// tokenRefusal is an error of the token call, which is plain JSON. The fields of a form have one spelling only.
func (a *BigChange) tokenRefusal(status int, detail string, fields map[string][]string) reply {
	answer := a.problem(status, detail, fields)
	answer.header.Set("Content-Type", "application/json")
	return answer
}
