package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// DefaultToken is a Dispatcher's bearer token for all tenants. It is valid on every new server.
const DefaultToken = "simulated-dispatcher"

// The roles that the documentation gives a right to. Any other role may neither read nor write.
const (
	roleAdmin                = "Admin"
	roleClientCustomer       = "ClientCustomer"
	roleCrmUser              = "CrmUser"
	roleDispatcher           = "Dispatcher"
	roleDriver               = "Driver"
	roleThirdPartyDispatcher = "ThirdPartyDispatcher"
	roleThirdPartyDriver     = "ThirdPartyDriver"
)

// tokenPath is the token call. It belongs to CRO's identity provider and stands outside the prefix.
const tokenPath = "/oauth2/token"

// Token is an access token.
type Token struct {
	// Value is sent as Authorization: Bearer VALUE.
	Value string
	// Role is the role of the user; default Dispatcher, the one that may write.
	Role string
	// Tenants are the ids assigned to the user; none means every tenant.
	Tenants []int64
	// Client is the OAuth client, to which CRO pins the API version last used.
	Client string
	// Expires is when the token stops working; zero is never.
	Expires time.Time
	// Uses is how many requests the token is good for; zero is no limit.
	Uses int
}

// RefreshToken can be exchanged for access tokens with the same role, tenants and client.
type RefreshToken struct {
	Value   string
	Role    string
	Tenants []int64
	Client  string
}

// AddToken makes an access token valid, in place of any with the same value.
func (a *CRO) AddToken(t Token) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.addToken(t)
}

func (a *CRO) addToken(t Token) {
	if t.Role == "" {
		t.Role = roleDispatcher
	}
	a.tokens[t.Value] = &t
}

// AddRefreshToken makes a refresh token valid.
func (a *CRO) AddRefreshToken(t RefreshToken) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	a.refresh[t.Value] = t
}

// RevokeToken makes an access token or a refresh token worthless.
func (a *CRO) RevokeToken(value string) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	delete(a.tokens, value)
	delete(a.refresh, value)
}

// expireToken serves the fault of that name.
func (a *CRO) expireToken(c *call) { delete(a.tokens, bearer(c.Header)) }

// bearer returns the token of an Authorization header, empty if there is none. The scheme is compared without case.
func bearer(header http.Header) string {
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// authenticate finds a request's token and uses it up by one. It returns nil if the token is missing or worthless.
func (a *CRO) authenticate(c *call) *Token {
	token, ok := a.tokens[bearer(c.Header)]
	if !ok {
		return nil
	}
	if !token.Expires.IsZero() && !a.core.now().Before(token.Expires) {
		return nil
	}
	if token.Uses > 0 {
		if token.Uses == 1 {
			delete(a.tokens, token.Value)
		}
		token.Uses--
	}
	return token
}

// may says whether the token's role allows the method: reading is for the listed roles, writing for dispatchers.
func (t *Token) may(method string) bool {
	if method != http.MethodGet {
		return t.Role == roleDispatcher
	}
	return slices.Contains([]string{
		roleAdmin, roleClientCustomer, roleCrmUser, roleDispatcher, roleDriver, roleThirdPartyDispatcher, roleThirdPartyDriver,
	}, t.Role)
}

// assigned says whether the user may act for the tenant.
func (t *Token) assigned(tenant int64) bool {
	return len(t.Tenants) == 0 || slices.Contains(t.Tenants, tenant)
}

// exchange serves the token call: a refresh token for an access token, in the manner of RFC 6749 section 6.
func (a *CRO) exchange(c *call) reply {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil || !isMedia(c.Header, "application/x-www-form-urlencoded") {
		return tokenRefusal("invalid_request", "The body must be form-encoded.")
	}
	if grant := form.Get("grant_type"); grant != "refresh_token" {
		return tokenRefusal("unsupported_grant_type", fmt.Sprintf("Unknown grant %q.", grant))
	}
	known, ok := a.refresh[form.Get("refresh_token")]
	if !ok {
		return tokenRefusal("invalid_grant", "The refresh token is unknown, used up or revoked.")
	}
	if client := form.Get("client_id"); client == "" || client != known.Client {
		return tokenRefusal("invalid_client", "client_id is missing or not the refresh token's.")
	}
	a.issued++
	access := Token{
		Value: fmt.Sprintf("access-%d", a.issued), Role: known.Role, Tenants: known.Tenants, Client: known.Client,
		Expires: a.core.now().Add(a.options.TokenLife),
	}
	a.addToken(access)
	answer := map[string]any{
		"access_token": access.Value, "token_type": "bearer", "expires_in": int64(a.options.TokenLife / time.Second),
	}
	if a.options.RotateRefresh {
		delete(a.refresh, known.Value)
		known.Value = fmt.Sprintf("refresh-%d", a.issued)
		a.refresh[known.Value] = known
		answer["refresh_token"] = known.Value
	}
	return jsonReply(http.StatusOK, answer)
}

// tokenRefusal is an error of the token call.
func tokenRefusal(code, text string) reply {
	return jsonReply(http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
}
