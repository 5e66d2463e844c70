package sync_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
)

// jobOf is a job for a target with an auth of its own.
func jobOf(target, auth string) string {
	return map[string]string{
		"cro": `
version: 1
target: cro/contact
identity: {key: [customer_id, email]}
columns: {Customer: customer_id, E-mail: email}
connection:
  account: {tenant_id: 1}
  auth: `,
		"bigchange": `
version: 1
target: bigchange/contact
identity: {key: [reference]}
columns: {Name: name, Ref: reference, Group: groupId, Lat: location.latitude, Long: location.longitude}
connection:
  account: {customer_id: 1}
  auth: `,
		"revnue": `
version: 1
target: revnue/customer
identity: {key: [name]}
columns: {Name: name, Mail: contact_person.email, Person: contact_person.name, Segment: category}
connection:
  account: {company: 1}
  auth: `,
	}[target] + auth + "\n"
}

// TestWaysToAuthenticate goes through the combinations of keys: each is one of the three ways, or says what is missing.
func TestWaysToAuthenticate(t *testing.T) {
	for _, c := range []struct {
		name, target, auth string
		says               string // "" = it is taken
	}{
		{"a token", "cro", `{token: "${env:X}"}`, ""},
		{"a token where programs log in", "bigchange", `{token: "${file:x}"}`, ""},
		{"a token where there is nothing else", "revnue", `{token: "${env:X}"}`, ""},
		{"a program", "bigchange", `{client_id: x, client_secret: "${env:X}"}`, ""},
		{"a program with all it can say", "bigchange", `{client_id: "${env:ID}", client_secret: "${env:X}", token_url: "https://login.example.com/", scopes: [a, b]}`, ""},
		{"a person", "cro", `{client_id: x, store: login.json}`, ""},
		{"a person with all there is to say", "cro", `{client_id: x, client_secret: "${env:S}", refresh_token: "${env:X}", store: login.json, token_url: "https://a.example/", authorize_url: "https://b.example/", redirect_url: "http://127.0.0.1:8400/", scopes: [api]}`, ""},

		{"nothing", "cro", `{}`, `missing key "token" or "client_id"; CRO Software offers bearer (token) and refresh_token (client_id, store)`},
		{"nothing, where there is one way only", "revnue", `{}`, `offers bearer (token)`},
		{"a token and a client", "bigchange", `{token: "${env:X}", client_id: x}`, "token stands alone, and client_id stands beside it"},
		{"a token and a store", "cro", `{token: "${env:X}", store: login.json}`, "token stands alone, and store stands beside it"},
		{"a secret without a client", "bigchange", `{client_secret: "${env:X}"}`, `missing key "client_id"`},
		{"a store without a client", "cro", `{store: login.json}`, `missing key "client_id"`},
		{"a client and nothing else", "bigchange", `{client_id: x}`, `missing key "client_secret" or "store"`},
		{"a refresh token without a store", "cro", `{client_id: x, refresh_token: "${env:X}"}`, `missing key "store"; name a file of its own: the API may replace the refresh token`},
		{"a landing without a store", "cro", `{client_id: x, client_secret: "${env:S}", redirect_url: "http://127.0.0.1:1/"}`, `missing key "store"`},
		{"a program where there are persons", "cro", `{client_id: x, client_secret: "${env:X}"}`, "CRO Software does not offer client_credentials; CRO Software offers bearer (token) and refresh_token (client_id, store)"},
		{"a person where there are programs", "bigchange", `{client_id: x, store: login.json}`, "does not offer refresh_token; BigChange offers client_credentials (client_id, client_secret) and bearer (token)"},
		{"a program where there are tokens only", "revnue", `{client_id: x, client_secret: "${env:X}"}`, "does not offer client_credentials"},
		{"a secret in plain text", "bigchange", `{client_id: x, client_secret: hunter2}`, "a secret is given by reference"},
		{"a refresh token in plain text", "cro", `{client_id: x, store: s, refresh_token: hunter2}`, "a secret is given by reference"},
		{"a key that is spelt wrong", "cro", `{client_id: x, store: s, redirect_uri: "http://127.0.0.1/"}`, `did you mean "redirect_url"`},
		{"scopes that are none", "bigchange", `{client_id: x, client_secret: "${env:X}", scopes: []}`, "scopes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadJob(t, jobOf(c.target, c.auth))
			if c.says == "" {
				if err != nil {
					t.Errorf("error = %v, want none", err)
				}
				return
			}
			if !errors.Is(err, datasync.ErrJob) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), ":8:") && !strings.Contains(err.Error(), ":9:") {
				t.Errorf("error = %v, want one at its place that says %q", err, c.says)
			}
		})
	}
}

func TestAStoreIsBesideTheJob(t *testing.T) {
	job, err := loadJob(t, jobOf("cro", `{client_id: x, store: keep/login.json}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(job.Path), "keep", "login.json"); job.Connection.Auth.Store != want {
		t.Errorf("store = %s, want %s", job.Connection.Auth.Store, want)
	}
}
