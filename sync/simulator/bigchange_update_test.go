package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/update-a-contact.
func TestBigChangeUpdateKeepsWhatIsLeftOut(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, worldAt(now.Now, simulator.BigChangeOptions{}))
	before := i.sim.BigChange.Contacts(14532)[0]
	now.advance(time.Minute)
	got := i.ask("PATCH", "/v1/contacts/1", `{"town": "Leeds"}`)
	if got.status != 204 || got.body != "" || got.header.Get("Content-Type") != "" {
		t.Fatalf("got %d %q of %q, want 204 without a body", got.status, got.body, got.header.Get("Content-Type"))
	}
	after := i.sim.BigChange.Contacts(14532)[0]
	if at(t, after, "town") != "Leeds" || after.ModifiedAt != "2024-05-06T07:09:00.0000000+00:00" {
		t.Errorf("got town %v, modified at %s", at(t, after, "town"), after.ModifiedAt)
	}
	for _, field := range []string{"id", "createdAt", "reference", "name", "groupId", "location.latitude"} {
		if got, want := at(t, after, field), at(t, before, field); got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
	if value, _ := customField(after.CustomFields, 77); value != "Gold" {
		t.Errorf("custom field: got %q, want Gold", value)
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/update-a-contact (at least one field).
func TestBigChangeUpdatesSendSomething(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	if got := i.ask("PATCH", "/v1/contacts/1", `{}`); got.status != 422 || len(i.sim.Commits()) != 0 {
		t.Errorf("nothing: got %d %s, want 422", got.status, got.body)
	}
	i = newIntegrator(t, simulator.Options{BigChange: simulator.BigChangeOptions{IgnoreUnknown: true}})
	if got := i.ask("PATCH", "/v1/contacts/1", `{"phone": "555"}`); got.status != 422 {
		t.Errorf("only fields that are skipped: got %d %s, want 422", got.status, got.body)
	}
	if got := i.ask("PATCH", "/v1/contacts/1", `{"town": null}`); got.status != 204 {
		t.Errorf("only a null: got %d %s, want 204", got.status, got.body)
	}
}

// Sources: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact and .../update-a-contact.
func TestBigChangeCustomFields(t *testing.T) {
	for _, row := range []struct {
		name         string
		method, sent string
		status       int
		want         map[int64]string
	}{
		{"a create sets values", "POST", `[{"definitionId": 77, "value": "Silver"}, {"definitionId": 78, "value": ""}]`, 201,
			map[int64]string{77: "Silver", 78: ""}},
		{"a create with null has none", "POST", `null`, 201, map[int64]string{}},
		{"a create with an empty list has none", "POST", `[]`, 201, map[int64]string{}},
		{"a create with a null value has none", "POST", `[{"definitionId": 77, "value": null}]`, 201, map[int64]string{}},
		{"an update with an empty list keeps everything", "PATCH", `[]`, 204, map[int64]string{77: "Gold"}},
		{"an update may not be null", "PATCH", `null`, 422, map[int64]string{77: "Gold"}},
		{"an update replaces the one it names", "PATCH", `[{"definitionId": 77, "value": "Silver"}]`, 204, map[int64]string{77: "Silver"}},
		{"an update keeps those that it does not name", "PATCH", `[{"definitionId": 78, "value": "x"}]`, 204, map[int64]string{77: "Gold", 78: "x"}},
		{"a null value clears that one", "PATCH", `[{"definitionId": 78, "value": "x"}, {"definitionId": 77, "value": null}]`, 204,
			map[int64]string{78: "x"}},
		{"a value that is left out is null", "PATCH", `[{"definitionId": 77}]`, 204, map[int64]string{}},
		{"clearing what is not set", "PATCH", `[{"definitionId": 78, "value": null}]`, 204, map[int64]string{77: "Gold"}},
		{"clearing what is not defined", "PATCH", `[{"definitionId": 9, "value": null}]`, 422, map[int64]string{77: "Gold"}},
		{"a definition of another group", "PATCH", `[{"definitionId": 79, "value": "x"}]`, 422, map[int64]string{77: "Gold"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			path, body := "/v1/contacts/1", `{"customFields": `+row.sent+`}`
			if row.method == "POST" {
				path, body = "/v1/contacts", aContact(t, body)
			}
			if got := i.ask(row.method, path, body); got.status != row.status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, row.status)
			}
			contacts := i.sim.BigChange.Contacts(14532)
			fields := contacts[len(contacts)-1].CustomFields
			if len(fields) != len(row.want) {
				t.Errorf("got %d fields, want %v", len(fields), row.want)
			}
			for definition, want := range row.want {
				if got, there := customField(fields, definition); got != want || !there {
					t.Errorf("field %d: got %q, want %q", definition, got, want)
				}
			}
		})
	}
}

// Source: documentation.ops.bigchange.com/docs/web-services/custom-fields/listcustomfields (fields belong to a group).
func TestBigChangeGroupChanges(t *testing.T) {
	for _, row := range []struct {
		name    string
		options simulator.BigChangeOptions
		body    string
		status  int
		kept    bool // the value of the old group's field
	}{
		{"values of the old group stay", simulator.BigChangeOptions{}, `{"groupId": 1205}`, 204, true},
		{"values of the old group may go", simulator.BigChangeOptions{RegroupClears: true}, `{"groupId": 1205}`, 204, false},
		{"the same group again changes nothing", simulator.BigChangeOptions{RegroupClears: true}, `{"groupId": 1204}`, 204, true},
		{"fields are judged by the new group", simulator.BigChangeOptions{},
			`{"groupId": 1205, "customFields": [{"definitionId": 79, "value": "x"}]}`, 204, true},
		{"a field of the old group is refused with the change", simulator.BigChangeOptions{},
			`{"groupId": 1205, "customFields": [{"definitionId": 77, "value": "x"}]}`, 422, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{BigChange: row.options})
			if got := i.ask("PATCH", "/v1/contacts/1", row.body); got.status != row.status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, row.status)
			}
			if value, there := customField(i.sim.BigChange.Contacts(14532)[0].CustomFields, 77); there != row.kept {
				t.Errorf("field 77: got %q, kept %v; want %v", value, there, row.kept)
			}
		})
	}
}

// Sources of the statuses: documentation.ops.bigchange.com/docs/rest/api-reference/update-a-contact (404);
// github.com/api-evangelist/bigchange, openapi/_original/bigchange-openapi.yml (the read).
func TestBigChangeContactPaths(t *testing.T) {
	for _, row := range []struct {
		name, method, path string
		status             int
	}{
		{"a contact of the customer", "GET", "/v1/contacts/2", 200},
		{"an unknown contact", "GET", "/v1/contacts/99", 404},
		{"an update of an unknown contact", "PATCH", "/v1/contacts/99", 404},
		{"a contact of another customer", "GET", "/v1/contacts/50", 404},
		{"an update of another customer's contact", "PATCH", "/v1/contacts/50", 404},
		{"an id that is a word", "GET", "/v1/contacts/x", 400},
		{"an id beyond 64 bits", "PATCH", "/v1/contacts/9223372036854775808", 400},
		{"an escaped slash stays inside the id", "GET", "/v1/contacts/1%2F2", 400},
		{"contacts cannot be deleted", "DELETE", "/v1/contacts/2", 405},
		{"contacts cannot be replaced", "PUT", "/v1/contacts/2", 405},
		{"a slash at the end", "GET", "/v1/contacts/", 404},
		{"no prefix", "GET", "/contacts", 404},
		{"an unknown path", "GET", "/v1/customers", 404},
		{"the token call has no prefix", "POST", "/v1/auth/tokens", 404},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := withStrangers(t, simulator.BigChangeOptions{})
			got := i.ask(row.method, row.path, `{"town": "x"}`)
			if got.status != row.status || len(i.sim.Commits()) != 0 {
				t.Errorf("got %d %s, want %d and no commit", got.status, got.body, row.status)
			}
			if allow := got.header.Get("Allow"); row.status == 405 && allow != "GET,PATCH" {
				t.Errorf("Allow: got %q, want GET,PATCH", allow)
			}
		})
	}
}

// Source of the 400: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact.
func TestBigChangeBodies(t *testing.T) {
	for name, body := range map[string]string{
		"no body at all":      "",
		"text that is cut":    `{"name": "Jo`,
		"a list of contacts":  `[{"name": "Jo"}]`,
		"null":                `null`,
		"two values":          `{"name": "Jo"} {"name": "Jim"}`,
		"bytes that no UTF-8": "{\"name\": \"Jo\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			for path, method := range map[string]string{"/v1/contacts": "POST", "/v1/contacts/1": "PATCH", "/v1/persons": "POST"} {
				got := i.ask(method, path, body)
				if got.status != 400 || got.field(t, "errors") != nil || len(i.sim.Commits()) != 0 {
					t.Errorf("%s %s: got %d %s, want 400 for no field", method, path, got.status, got.body)
				}
			}
		})
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact (errors maps fields to lists).
func TestBigChangeRefusalsNameEveryField(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	got := i.ask("POST", "/v1/contacts", `{"name": "", "groupId": 9, "location": {}, "postalCode": 5, "zip": 1}`)
	for field, want := range map[string]string{
		"name": "empty", "groupId": "no such", "location.latitude": "required", "location.longitude": "required",
		"postalCode": "string", "zip": "Unknown",
	} {
		if text := got.blames(t, field); !strings.Contains(text, want) {
			t.Errorf("%s: got %q in %s, want %q", field, text, got.body, want)
		}
	}
}
