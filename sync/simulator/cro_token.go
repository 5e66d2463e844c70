package simulator

import (
	"cmp"
	"net/http"
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

// Token is an access token.
type Token struct {
	// Value is sent as Authorization: Bearer VALUE.
	Value string
	// Role is the role of the user; default Dispatcher, who may write.
	Role string
	// Tenants are the ids assigned to the user; none means every tenant.
	Tenants []int64
	// Client is the OAuth client, to which CRO pins the API version last used.
	Client string
	// Expires is when the token stops working; zero is never.
	Expires time.Time
	// Uses is how many requests the token is good for; zero is no limit.
	Uses int

	family *family // nil for a token that no login led to
}

// family is what one login led to: every token issued for its code, and for refresh tokens after that.
type family struct {
	client, role string
	tenants      []int64
	revoked      bool
}

// RefreshToken can be exchanged for access tokens with the same role, tenants and client.
type RefreshToken struct {
	// Value is what the token call is sent.
	Value string
	// Role is the role of the user; default Dispatcher.
	Role string
	// Tenants are the ids assigned to the user; none means every tenant.
	Tenants []int64
	// Client is the OAuth client; default DefaultAppID. One that is not known yet becomes known, without a secret.
	Client string
}

// refreshEntry is a refresh token with its history.
type refreshEntry struct {
	family *family
	spent  bool // it was exchanged for another one
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

// AddRefreshToken makes a refresh token valid, as if a login had led to it.
func (a *CRO) AddRefreshToken(t RefreshToken) {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	t.Client = cmp.Or(t.Client, DefaultAppID)
	if _, there := a.clients[t.Client]; !there {
		a.clients[t.Client] = CROClient{ID: t.Client}
	}
	a.refresh[t.Value] = &refreshEntry{family: &family{client: t.Client, role: t.Role, tenants: t.Tenants}}
}

// TokensIssued counts the access tokens that the token call has made.
func (a *CRO) TokensIssued() int {
	a.core.mu.Lock()
	defer a.core.mu.Unlock()
	return a.issued
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
	if !ok || token.family != nil && token.family.revoked {
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

// may says whether a role allows a method: reading is for the listed roles, writing for Dispatchers and who passes for one.
// Source: the Roles of docs.crosoftware.net/docs/requests/customer_contacts_get_contact and customer_contacts_create_contact.
func (a *CRO) may(role, method string) bool {
	if method != http.MethodGet {
		return role == roleDispatcher || role == roleAdmin && !a.options.Roles.DispatcherOnly
	}
	return slices.Contains([]string{
		roleAdmin, roleClientCustomer, roleCrmUser, roleDispatcher, roleDriver, roleThirdPartyDispatcher, roleThirdPartyDriver,
	}, role)
}

// assigned says whether the user may act for the tenant.
func (t *Token) assigned(tenant int64) bool {
	return len(t.Tenants) == 0 || slices.Contains(t.Tenants, tenant)
}
