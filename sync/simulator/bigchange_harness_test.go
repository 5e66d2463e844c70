package simulator_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// integrator is a client of BigChange with a token.
type integrator struct {
	sim   *simulator.Simulator
	token string
}

// newIntegrator makes a server with the default world of BigChange (customer 14532, group 1204 with the custom fields 77
// and 78, group 1205 with 79, 82 for persons) and one contact, number 1, and takes a token for it.
func newIntegrator(t *testing.T, options simulator.Options) *integrator {
	t.Helper()
	sim := simulator.New(options)
	customer := sim.BigChange.AddDefaultWorld()
	sim.BigChange.AddContact(customer, simulator.BigChangeContact{
		Name: "First", GroupID: 1204, Reference: new("R-1"),
		Location:     &simulator.BigChangeLocation{Latitude: 1, Longitude: 2},
		CustomFields: []simulator.BigChangeCustomField{{DefinitionID: 77, Value: new("Gold")}},
	})
	i := &integrator{sim: sim}
	i.login(t)
	return i
}

// login takes a new token.
func (i *integrator) login(t *testing.T) {
	t.Helper()
	got := ask(i.sim, "POST", "/auth/tokens", credentials(nil), asForm, "Authorization:", "X-Tenant-Id:")
	token, _ := got.field(t, "access_token").(string)
	if got.status != 200 || token == "" {
		t.Fatalf("token call: got %d %s", got.status, got.body)
	}
	i.token = token
}

// ask sends a sound request of customer 14532, with edits as newRequest takes them.
func (i *integrator) ask(method, path, body string, edits ...string) answer {
	sound := []string{"X-Tenant-Id:", "Customer-Id: 14532", "Authorization: Bearer " + i.token}
	return ask(i.sim, method, path, body, append(sound, edits...)...)
}

// credentials is a sound body of the token call, with edits; an empty value removes the member.
func credentials(edits map[string]string) string {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {simulator.DefaultClientID}, "client_secret": {simulator.DefaultClientSecret},
	}
	for name, value := range edits {
		form.Set(name, value)
		if value == "" {
			form.Del(name)
		}
	}
	return form.Encode()
}

// aContact is a sound body that creates a contact, with the members of a JSON object put over it.
func aContact(t *testing.T, edits string) string {
	t.Helper()
	return overlay(t, `{"name": "Jo", "groupId": 1204, "location": {"latitude": 53.8, "longitude": -1.55}}`, edits)
}

// aPerson is a sound body that creates a person, with the members of a JSON object put over it.
func aPerson(t *testing.T, edits string) string {
	t.Helper()
	return overlay(t, `{"contactId": 1, "forename": "Jo", "surname": "Doe", "email": "jo@doe.example"}`, edits)
}

// overlay puts the members of one JSON object over those of another.
func overlay(t *testing.T, base, edits string) string {
	t.Helper()
	members := map[string]json.RawMessage{}
	for _, text := range []string{base, edits} {
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// without is a JSON object less one member.
func without(t *testing.T, body, field string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatal(err)
	}
	delete(members, field)
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blames returns what a refusal says of a field, empty if it does not name it.
func (a answer) blames(t *testing.T, field string) string {
	t.Helper()
	fields, _ := a.field(t, "errors").(map[string]any)
	lines, _ := fields[field].([]any)
	text := ""
	for _, line := range lines {
		text += line.(string)
	}
	return text
}

// at reads a member of a record by its dotted name. It goes over JSON, so that it reads what a client would.
func at(t *testing.T, record any, path string) any {
	t.Helper()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(path, ".") {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

// customField reads one value of a list of custom fields; there says whether it is set.
func customField(fields []simulator.BigChangeCustomField, definition int64) (value string, there bool) {
	for _, f := range fields {
		if f.DefinitionID == definition && f.Value != nil {
			return *f.Value, true
		}
	}
	return "", false
}

// worldAt is the options of a server on a clock that stands still.
func worldAt(now func() time.Time, options simulator.BigChangeOptions) simulator.Options {
	return simulator.Options{Clock: now, BigChange: options}
}
