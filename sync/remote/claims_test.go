package remote_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/remote"
)

// webToken is a JSON web token with these claims and a signature that nobody checks.
func webToken(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256"}`)) + "." + part([]byte(claims)) + "." + part([]byte("c@nary-signature"))
}

func TestWhatATokenSaysOfItself(t *testing.T) {
	t.Parallel()
	ends := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		says, token string
		want        remote.TokenFacts // but for Header
	}{
		{"a plain token says nothing", "canary-t0ken", remote.TokenFacts{}},
		{"neither does one with dots that is no JSON", "a.b.c", remote.TokenFacts{}},
		{"nor one of two parts", "eyJhbGciOiJub25lIn0.e30", remote.TokenFacts{}},
		{"nor one whose claims are no object", webToken(`["Dispatcher"]`), remote.TokenFacts{}},
		{"nor one whose claims are null", webToken(`null`), remote.TokenFacts{}},
		{"nor one without any of the claims", webToken(`{"sub": "5"}`), remote.TokenFacts{}},
		{"roles as a list", webToken(`{"roles": ["Driver", "CrmUser"]}`), remote.TokenFacts{Roles: []string{"Driver", "CrmUser"}}},
		{"one role as text", webToken(`{"role": "Driver"}`), remote.TokenFacts{Roles: []string{"Driver"}}},
		{"both", webToken(`{"roles": ["Driver"], "role": "Admin"}`), remote.TokenFacts{Roles: []string{"Admin", "Driver"}}},
		{"no role is something else than no word of roles", webToken(`{"roles": []}`), remote.TokenFacts{Roles: []string{}}},
		{"a claim of null is no word", webToken(`{"roles": null}`), remote.TokenFacts{}},
		{"a list with something else in it", webToken(`{"roles": ["Driver", 5, null, ""]}`), remote.TokenFacts{Roles: []string{"Driver"}}},
		{"scopes with blanks between", webToken(`{"scope": "contacts:read contacts:write"}`), remote.TokenFacts{Scopes: []string{"contacts:read", "contacts:write"}}},
		{"scopes as a list", webToken(`{"scp": ["contacts:read"]}`), remote.TokenFacts{Scopes: []string{"contacts:read"}}},
		{"when it ends", webToken(fmt.Sprintf(`{"exp": %d}`, ends.Unix())), remote.TokenFacts{Expires: ends}},
		{"when it ends, with a fraction", webToken(fmt.Sprintf(`{"exp": %d.75}`, ends.Unix())), remote.TokenFacts{Expires: ends}},
		{"an end that is none", webToken(`{"exp": "tomorrow"}`), remote.TokenFacts{}},
		{"an end beyond all time", webToken(`{"exp": 1e300}`), remote.TokenFacts{}},
		{"padded base64", strings.Replace(webToken(`{"role":"Ad"}`), ".", "=.", 1), remote.TokenFacts{Roles: []string{"Ad"}}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			opts := croOptions(t, "http://127.0.0.1:1")
			opts.Auth.Token = remote.NewSecret(c.token)
			got, err := newClient(t, opts).TokenFacts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.want.Header = len("Bearer " + c.token)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, c.token) {
				t.Errorf("the facts show the token: %s", text)
			}
		})
	}
}

func TestTokenFactsOfAKeyAndOfNothing(t *testing.T) {
	t.Parallel()
	opts := depotOptions(t, "http://127.0.0.1:1")
	if got, err := newClient(t, opts).TokenFacts(t.Context()); err != nil || got.Header != len(token) {
		t.Errorf("got a header of %d characters and %v, want %d: a key stands alone in its header", got.Header, err, len(token))
	}
	opts.Auth = remote.Credentials{}
	if got, err := newClient(t, opts).TokenFacts(t.Context()); err != nil || got.Header != 0 {
		t.Errorf("got a header of %d characters and %v, want none without a token", got.Header, err)
	}
}

func TestTokenFactsOfAnIssuedToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	client := newClient(t, programOptions(t, i))
	before := time.Now()
	for range 2 {
		got, err := client.TokenFacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if left := got.Expires.Sub(before); left < 59*time.Minute || left > 61*time.Minute {
			t.Errorf("got a token that ends in %s, want the hour that the API says", left)
		}
	}
	if i.tokenCalls() != 1 {
		t.Errorf("got %d token calls, want one: the facts are those of the token in use", i.tokenCalls())
	}
}

// TestClaimsAreBounded: a token is text from elsewhere, and what it says goes into reports.
func TestClaimsAreBounded(t *testing.T) {
	t.Parallel()
	opts := croOptions(t, "http://127.0.0.1:1")
	opts.Auth.Token = remote.NewSecret(webToken(`{"roles": ["` + strings.Repeat("a", 5000) + `"` + strings.Repeat(`, "b"`, 5000) + `]}`))
	got, err := newClient(t, opts).TokenFacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Roles) > 50 || len(got.Roles[0]) > remote.MaxText+len("…") {
		t.Errorf("got %d roles, the first of %d characters", len(got.Roles), len(got.Roles[0]))
	}
}
