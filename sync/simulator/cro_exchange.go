package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// exchange serves the token call: a code or a refresh token for an access token, in the manner of RFC 6749 sections 4.1.3 and
// 6. Source of the grants: docs.crosoftware.net/docs/authentication_guide.
func (a *CRO) exchange(c *call) reply {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil || !isMedia(c.Header, "application/x-www-form-urlencoded") {
		return tokenRefusal("invalid_request", "The body must be form-encoded.")
	}
	if name := repeated(form); name != "" {
		return tokenRefusal("invalid_request", name+" is there more than once.")
	}
	grants := map[string]struct {
		member string // that the grant needs
		serve  func(client string, form url.Values) reply
	}{
		"authorization_code": {"code", a.swapCode},
		"refresh_token":      {"refresh_token", a.swapRefresh},
	}
	kind := form.Get("grant_type")
	grant, ok := grants[kind]
	switch {
	case kind == "":
		return tokenRefusal("invalid_request", "grant_type is missing.")
	case !ok:
		return tokenRefusal("unsupported_grant_type", fmt.Sprintf("Unknown grant %q.", kind))
	}
	client, wrong := a.provenClient(c.Header, form)
	switch {
	case wrong != nil:
		return *wrong
	case form.Get(grant.member) == "":
		return tokenRefusal("invalid_request", grant.member+" is missing.")
	case !scopeIsKnown(form):
		return tokenRefusal("invalid_scope", "The scope is "+croScope+".")
	}
	return grant.serve(client, form)
}

// provenClient returns the id of the client that sends a token call. It proves itself by an Authorization header or in the
// form, never both; one without a secret just says who it is.
func (a *CRO) provenClient(header http.Header, form url.Values) (string, *reply) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	user, password, basic := (&http.Request{Header: header}).BasicAuth()
	if basic {
		user, password = unescaped(user), unescaped(password)
		if secret != "" || id != "" && id != user {
			answer := tokenRefusal("invalid_request", "Header and form name the client in two ways.")
			return "", &answer
		}
		id, secret = user, password
	}
	if client, known := a.clients[id]; known && client.Secret == secret {
		return id, nil
	}
	answer := tokenRefusal("invalid_client", "The client is unknown or its secret is wrong.")
	if basic {
		answer.status = http.StatusUnauthorized
		answer.header.Set("WWW-Authenticate", `Basic realm="CRO"`)
	}
	return "", &answer
}

// unescaped undoes the form encoding that RFC 6749 section 2.3.1 puts on the parts of an Authorization header.
func unescaped(part string) string {
	if plain, err := url.QueryUnescape(part); err == nil {
		return plain
	}
	return part
}

// swapCode exchanges the code of a login. A code that comes a second time has been stolen from someone, so that all that came
// of it is spoiled.
func (a *CRO) swapCode(client string, form url.Values) reply {
	verifier := form.Get("code_verifier")
	code := a.codes[form.Get("code")]
	switch {
	case code == nil || code.family.client != client:
		return tokenRefusal("invalid_grant", "The code is unknown, or another client's.")
	case code.used:
		code.family.revoked = true
		return tokenRefusal("invalid_grant", "The code was used before. What was issued for it is revoked.")
	case !a.core.now().Before(code.expires):
		return tokenRefusal("invalid_grant", "The code has expired.")
	case form.Get("redirect_uri") != code.redirect:
		return tokenRefusal("invalid_grant", "The redirect_uri is not the one of the login.")
	case verifier != "" && !secretPattern.MatchString(verifier):
		return tokenRefusal("invalid_request", "code_verifier must have 43 to 128 letters, digits or -._~.")
	case code.asks(verifier) != code.challenge:
		return tokenRefusal("invalid_grant", "The code_verifier does not fit the login.")
	}
	code.used = true
	return a.issue(code.family, true)
}

// asks is the challenge that a verifier is the answer to, by the login's method. A login without a challenge wants no
// verifier, or a stolen code could be slipped in.
func (l *loginCode) asks(verifier string) string {
	if l.method != "S256" || verifier == "" {
		return verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// swapRefresh exchanges a refresh token.
func (a *CRO) swapRefresh(client string, form url.Values) reply {
	entry := a.refresh[form.Get("refresh_token")]
	rotation := a.options.Login.Rotation
	switch {
	case entry == nil || entry.family.client != client:
		return tokenRefusal("invalid_grant", "The refresh token is unknown, or another client's.")
	case entry.spent && rotation == RotateAndRevoke:
		entry.family.revoked = true
		return tokenRefusal("invalid_grant", "The refresh token was used before. All tokens of its login are revoked.")
	case entry.spent || entry.family.revoked:
		return tokenRefusal("invalid_grant", "The refresh token is used up or revoked.")
	}
	entry.spent = rotation != RotateNever
	return a.issue(entry.family, entry.spent)
}

// issue makes an access token, and a refresh token if wanted.
func (a *CRO) issue(f *family, refreshToo bool) reply {
	a.issued++
	life := a.options.Login.TokenLife
	access := Token{
		Value: fmt.Sprintf("access-%d", a.issued), Role: f.role, Tenants: f.tenants, Client: f.client,
		Expires: a.core.now().Add(life), family: f,
	}
	a.addToken(access)
	members := map[string]any{
		"access_token": access.Value, "token_type": "bearer", "expires_in": int64(life / time.Second), "scope": croScope,
	}
	if refreshToo {
		next := fmt.Sprintf("refresh-%d", a.issued)
		a.refresh[next] = &refreshEntry{family: f}
		members["refresh_token"] = next
	}
	answer := jsonReply(http.StatusOK, members)
	answer.header.Set("Cache-Control", "no-store")
	return answer
}

// tokenRefusal is an error of the identity provider.
func tokenRefusal(code, text string) reply {
	return jsonReply(http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
}
