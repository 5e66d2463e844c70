package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestWhoMayCallAnOperation(t *testing.T) {
	contact := resourceOf(t, "cro/contact")
	if want := []string{"Dispatcher"}; !slices.Equal(contact.Create.Roles, want) || !slices.Equal(contact.Update.Roles, want) {
		t.Errorf("got roles %q and %q to write CRO contacts, want Dispatcher", contact.Create.Roles, contact.Update.Roles)
	}
	if got := contact.Get.Roles; len(got) != 7 || !slices.Contains(got, "Driver") {
		t.Errorf("got roles %q to read a CRO contact, want the seven of the page", got)
	}
	if contact.Create.Scopes != nil {
		t.Errorf("got scopes %q for CRO: a plain bearer token does too, and has none", contact.Create.Scopes)
	}
	if got, want := embedded(t, "cro").Auth.MaxHeader, 256; got != want {
		t.Errorf("got a header of %d characters, want the documented %d", got, want)
	}
	if got := embedded(t, "revnue").Auth.MaxHeader; got != 0 {
		t.Errorf("got a header of %d characters for Revnue, which documents none", got)
	}
}

func TestHeadersKeepTheirDescription(t *testing.T) {
	for _, h := range embedded(t, "cro").Headers {
		if h.Name == "x-api-version" && !strings.Contains(h.Description, "changes it for every program with the same client id") {
			t.Errorf("got %q, want what the document says of the header", h.Description)
		}
	}
}

func TestScopesAreThoseOfTheLeastAlternative(t *testing.T) {
	for _, c := range []struct {
		says, document, operation string
		want                      []string
	}{
		{"none are documented", "", "", nil},
		{"the document's hold for every operation", "[{oauth2: [sites:read]}]", "", []string{"sites:read"}},
		{"the operation's own stand in their place", "[{oauth2: [sites:read]}]", "[{oauth2: [sites:write, areas:read]}]", []string{"sites:write", "areas:read"}},
		{"an operation for everybody needs none", "[{oauth2: [sites:read]}]", "[]", nil},
		{"of two ways, the one that asks for less", "", "[{oauth2: [a, b]}, {oauth2: [c]}]", []string{"c"}},
		{"of two ways, one without a scope", "[{bearer: []}, {oauth2: [api]}]", "", nil},
		{"two schemes that go together", "", "[{oauth2: [a], other: [b]}]", []string{"a", "b"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			text := smallTarget
			if c.document != "" {
				text = fmt.Sprintf("security: %s\n", c.document) + text
			}
			if c.operation != "" {
				text = strings.Replace(text, "operationId: addSite", "operationId: addSite\n      security: "+c.operation, 1)
			}
			target, err := model.Parse("small.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, target.Resources[0].Create.Scopes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestASettingNamesALookupThatIsThere(t *testing.T) {
	text := strings.Replace(smallTarget, "  resources:", "  account: { area: { in: header, param: X-Area, lookup: areaz } }\n  resources:", 1)
	_, err := model.Parse("small.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), `"areaz"`) {
		t.Errorf("got %v, want the lookup named that is not there", err)
	}
}

// smallTarget is as little as a target can be.
const smallTarget = `openapi: 3.1.0
info: { title: Small, version: '1' }
servers: [{ url: https://api.example.org }]
x-rollcall:
  version: 1
  name: small
  title: Small
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  resources:
    site:
      create: addSite
      id: { field: id }
paths:
  /sites:
    post:
      operationId: addSite
      requestBody:
        content: { application/json: { schema: { type: object, additionalProperties: false, properties: { name: { type: string } } } } }
      responses: { '201': { description: Made. } }
`
