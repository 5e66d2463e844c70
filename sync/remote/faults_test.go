package remote_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// crmOptions lead to a server at base that speaks as one of our targets with custom fields.
func crmOptions(t *testing.T, name, base string, custom ...string) remote.Options {
	t.Helper()
	opts := optionsFor(t, func() (*model.Target, error) { return model.Load(name) }, base)
	opts.Account = map[string]string{"company": "1", "customer_id": "1"}
	opts.Resource = opts.Resource.With(opts.Resource.Custom.Unjudged(custom), nil)
	return opts
}

// faults makes a list of pairs of a field and a text.
func faults(pairs ...string) []push.Fault {
	var out []push.Fault
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, push.Fault{Field: pairs[i], Message: pairs[i+1]})
	}
	return out
}

// TestAllThatAnAnswerSaysIsWrong are refusals that name several fields, each by the name that it has in the model.
func TestAllThatAnAnswerSaysIsWrong(t *testing.T) {
	const bigchange, revnue = "bigchange", "revnue"
	for _, c := range []struct {
		says, target, body string
		want               []push.Fault
	}{
		{"several fields, in the order of the model", bigchange, `{"errors": {"name": ["Empty."], "country": ["No."], "reference": ["Taken."]}}`,
			faults("reference", "Taken.", "name", "Empty.", "country", "No.")},
		{"names in other letters", bigchange, `{"errors": {"Location.Latitude": ["A."], "location.longitude": ["B."]}}`,
			faults("location.latitude", "A.", "location.longitude", "B.")},
		{"names as paths", bigchange, `{"errors": {"$.location.latitude": ["A."], "$.Name": ["B."]}}`, faults("name", "B.", "location.latitude", "A.")},
		{"names below the model of the request", bigchange, `{"errors": {"CreateContactModel.Name": ["A."]}}`, faults("name", "A.")},
		{"one field in two spellings is one fault", bigchange, `{"errors": {"name": ["B."], "Name": ["A."], "$.name": "C."}}`, faults("name", "C.; A.; B.")},
		{"a custom field by its place in the request", bigchange, `{"errors": {"customFields[0].value": ["A."], "CustomFields[1].Value": ["B."]}}`,
			faults("customFields.Tier", "A.", "customFields.12345678", "B.")},
		{"a custom field by its place, as a path", bigchange, `{"errors": {"$.customFields[1].definitionId": ["A."]}}`, faults("customFields.12345678", "A.")},
		{"an item that the request did not have", bigchange, `{"errors": {"customFields[2].value": ["A."]}}`, faults("customFields[2].value", "A.")},
		{"an item of another list is no field of the record", bigchange, `{"errors": {"persons[0].name": ["A."], "persons.0.name": ["B."]}}`,
			faults("persons.0.name", "B.", "persons[0].name", "A.")},
		{"maps in maps, as of a form", revnue, `{"contact_person": {"email": ["A.", "B."], "name": ["C."]}, "name": ["D."]}`,
			faults("name", "D.", "contact_person.name", "C.", "contact_person.email", "A.; B.")},
		{"an item in a list of maps, where the others are well", revnue, `{"template": {"fields": [{}, {"value": ["A."]}]}}`, faults("template.fields.Plan", "A.")},
		{"the name in a map that is no field is not the record's", revnue, `{"owner": {"name": ["A."]}}`, faults("owner.name", "A.")},
		{"a map with general texts in it", revnue, `{"detail": "A.", "phone": ["B."]}`, faults("phone", "B.", "", "A.")},
		{"general texts alone", revnue, `{"detail": ["A.", " ", "B."]}`, faults("", "A.; B.")},
		{"nulls, figures and empty lists say nothing", revnue, `{"name": null, "phone": [], "fax": [null, 7], "mobile": {}, "city": ["A."]}`, faults("city", "A.")},
		{"nothing but nulls", bigchange, `{"title": "T.", "errors": {"name": null, "country": [null]}}`, faults("", "T.")},
		{"a figure that no computer holds", bigchange, `{"status": 1e999, "errors": {"name": ["A."]}}`, faults("name", "A.")},
		{"maps that are deeper than any model", bigchange, `{"title": "T.", "errors": ` + strings.Repeat(`{"a":`, 500) + `"x"` + strings.Repeat(`}`, 500) + `}`, faults("", "T.")},
	} {
		t.Run(c.says, func(t *testing.T) {
			opts := crmOptions(t, c.target, serve(t, always(422, c.body)).URL, map[string][]string{
				bigchange: {"customFields.Tier", "customFields.12345678", "customFields.unsent"}, revnue: {"template.fields.Term", "template.fields.Plan"},
			}[c.target]...)
			pairs := map[string][]string{
				bigchange: {"name", "Ida", "customFields.12345678", "x", "customFields.Tier", "y"},
				revnue:    {"name", "Ida", "template.fields.Term", "1", "template.fields.Plan", "2"},
			}[c.target]
			a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, pairs...), "id")
			if diff := cmp.Diff(c.want, a.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if a.Verdict != push.Refused || a.Field != c.want[0].Field || a.Message != c.want[0].Message || a.Duplicate {
				t.Errorf("%s, duplicate %t, field %q, message %q; want a refusal with the first fault", verdictName(a.Verdict), a.Duplicate, a.Field, a.Message)
			}
		})
	}
}

// TestFaultsAreBounded: what an answer can put into the ledger has an end, and says so.
func TestFaultsAreBounded(t *testing.T) {
	for _, c := range []struct {
		says string
		n    int
		want int
		last push.Fault
	}{
		{"as many as are kept", 20, 20, push.Fault{Field: "f0019", Message: strings.Repeat("x", remote.MaxText) + "…"}},
		{"one more: the last of those kept counts the others", 21, 20, push.Fault{Message: "and 2 more"}},
		{"many", 1500, 20, push.Fault{Message: "and 1481 more"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			var members []string
			for i := range c.n {
				members = append(members, fmt.Sprintf(`"f%04d": [%q]`, i, strings.Repeat("x", remote.MaxText+1)))
			}
			opts := crmOptions(t, "bigchange", serve(t, always(400, `{"errors": {`+strings.Join(members, ",")+`}}`)).URL)
			a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, "name", "Ida"), "id")
			if len(a.Faults) != c.want {
				t.Fatalf("got %d faults, want %d", len(a.Faults), c.want)
			}
			if diff := cmp.Diff(c.last, a.Faults[len(a.Faults)-1]); diff != "" {
				t.Errorf("last fault (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoFaultShowsTheToken: servers echo what they were sent, as keys and as texts.
func TestNoFaultShowsTheToken(t *testing.T) {
	opts := crmOptions(t, "bigchange", serve(t, always(400, `{"errors": {"name": ["A."], "`+token+`": ["x"], "y": ["Bearer `+token+`"]}}`)).URL)
	a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, "name", "Ida"), "id")
	if len(a.Faults) != 3 || leaks(fmt.Sprint(a.Faults)) {
		t.Errorf("got %v, want three faults without the token", a.Faults)
	}
}

// TestARefusalAsDuplicate: 409 says so by itself, any other refusal by its text, and only of what must be unique.
func TestARefusalAsDuplicate(t *testing.T) {
	for _, c := range []struct {
		says   string
		status int
		body   string
		action plan.Action
		want   push.Answer
	}{
		{"a text about the one unique field", 400, `{"name": ["customer with this name already exists."]}`, plan.Create,
			push.Answer{Duplicate: true, Faults: faults("name", "customer with this name already exists.")}},
		{"a text that names no field: there is but one that it can mean", 400, `{"detail": "Customer already exists."}`, plan.Create,
			push.Answer{Duplicate: true, Faults: faults("name", "Customer already exists.")}},
		{"an update to a name that is taken", 400, `{"name": ["This field must be unique."]}`, plan.Update,
			push.Answer{Duplicate: true, Faults: faults("name", "This field must be unique.")}},
		{"the duplicate comes first, whatever else is wrong", 422, `{"name": ["Must be unique."], "id": ["A."], "category": ["B."], "zone": ["C."]}`, plan.Create,
			push.Answer{Duplicate: true, Faults: faults("name", "Must be unique.", "category", "B.", "id", "A.", "zone", "C.")}},
		{"a text about a field that need not be unique", 400, `{"phone": ["already exists"]}`, plan.Create, push.Answer{Faults: faults("phone", "already exists")}},
		{"another text about the unique field", 400, `{"name": ["Too long."]}`, plan.Create, push.Answer{Faults: faults("name", "Too long.")}},
		{"409 without a word", 409, ``, plan.Create, push.Answer{Duplicate: true, Faults: faults("name", "HTTP 409 Conflict")}},
		{"409 that names the field in words of its own", 409, `{"phone": ["A."], "name": ["Is in use."]}`, plan.Create,
			push.Answer{Duplicate: true, Faults: faults("name", "Is in use.", "phone", "A.")}},
		{"409 about another field: the API knows best", 409, `{"phone": ["Is in use."]}`, plan.Update, push.Answer{Duplicate: true, Faults: faults("phone", "Is in use.")}},
		{"a failure that says the same is no refusal", 500, `{"name": ["already exists"]}`, plan.Create, push.Answer{Faults: faults("name", "already exists")}},
	} {
		t.Run(c.says, func(t *testing.T) {
			opts := crmOptions(t, "revnue", serve(t, always(c.status, c.body)).URL)
			a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, c.action, "name", "Ida"), "id")
			got := push.Answer{Duplicate: a.Duplicate, Faults: a.Faults}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if a.Field != c.want.Faults[0].Field || a.Message != c.want.Faults[0].Message {
				t.Errorf("field %q, message %q; want those of the first fault", a.Field, a.Message)
			}
		})
	}
	for _, c := range []struct {
		says   string
		status int
		body   string
		want   []push.Fault
	}{
		{"what says so comes first, and the others keep their order", 400, `{"phone": ["Must be unique."], "name": ["A."], "category": ["B."], "zone": ["C."]}`,
			faults("phone", "Must be unique.", "name", "A.", "category", "B.", "zone", "C.")},
		{"with 409 the unique field says so in any words", 409, `{"phone": ["In use."], "name": ["A."]}`, faults("phone", "In use.", "name", "A.")},
	} {
		t.Run(c.says, func(t *testing.T) {
			opts := crmOptions(t, "revnue", serve(t, always(c.status, c.body)).URL)
			opts.Resource.Unique = []string{"phone"}
			a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, "name", "Ida"), "id")
			if diff := cmp.Diff(c.want, a.Faults); diff != "" || !a.Duplicate {
				t.Errorf("duplicate %t, faults (-want +got):\n%s", a.Duplicate, diff)
			}
		})
	}
	t.Run("several fields are unique: which one is not guessed", func(t *testing.T) {
		opts := crmOptions(t, "revnue", serve(t, always(400, `{"detail": "already exists"}`)).URL)
		opts.Resource.Unique = []string{"name", "phone"}
		a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, "name", "Ida"), "id")
		if !a.Duplicate || a.Field != "" {
			t.Errorf("duplicate %t of %q, want a duplicate of an unnamed field", a.Duplicate, a.Field)
		}
	})
	t.Run("an API of which no such text is known", func(t *testing.T) {
		opts := croOptions(t, serve(t, always(400, `{"field": "name", "detail": "already exists"}`)).URL)
		if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id"); a.Duplicate {
			t.Error("got a duplicate, want a refusal")
		}
	})
}

// TestAPatternThatCannotBeRead is found before anything is sent.
func TestAPatternThatCannotBeRead(t *testing.T) {
	opts := croOptions(t, "https://api.example.com")
	opts.Target.Errors.Duplicate = "(taken"
	if _, err := remote.New(opts); err == nil || !strings.Contains(err.Error(), "errors.duplicate of target cro") {
		t.Errorf("got %v, want an error that names the key", err)
	}
}

// TestTheAPIsOwnIDOfARequest: support finds a request only under the id that the API knows.
func TestTheAPIsOwnIDOfARequest(t *testing.T) {
	for _, c := range []struct {
		says, echoed, want string
	}{
		{"none", "", ""},
		{"ours", "0b6b5a62-our", ""},
		{"ours in capitals", "0B6B5A62-OUR", ""},
		{"another", "edge-7", "edge-7"},
		{"one with the token in it", token, "***"},
		{"one without an end", strings.Repeat("x", 9000), strings.Repeat("x", remote.MaxText) + "…"},
	} {
		t.Run(c.says, func(t *testing.T) {
			for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
				opts := croOptions(t, serve(t, always(status, `{}`, "X-Request-ID", c.echoed)).URL)
				if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "0b6b5a62-our"); a.RequestID != c.want {
					t.Errorf("HTTP %d: got %q, want %q", status, a.RequestID, c.want)
				}
			}
		})
	}
	t.Run("an API that is not told ours", func(t *testing.T) {
		opts := crmOptions(t, "revnue", serve(t, always(400, `{}`, "X-Request-ID", "edge-7")).URL)
		if a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create, "name", "Ida"), "id"); a.RequestID != "" {
			t.Errorf("got %q, want none: it belongs to no id of ours", a.RequestID)
		}
	})
}

// TestAReadSaysAllThatIsWrong: nobody looks into a read that failed but through its error.
func TestAReadSaysAllThatIsWrong(t *testing.T) {
	opts := crmOptions(t, "bigchange", serve(t, always(422, `{"title": "T.", "errors": {"queryParams": ["A.", "B."], "name": ["C."]}}`)).URL)
	_, _, err := newClient(t, opts).Get(t.Context(), "5", nil)
	if want := "HTTP 422: name: C.; queryParams: A.; B."; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to say %q", err, want)
	}
}
