package simulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// fieldRow is a body and what becomes of it.
type fieldRow struct {
	name   string
	bodies simulator.RevnueBodies
	edits  string
	blamed string // the field that the refusal begins with; empty if the body is accepted
}

// judge sends each row as a POST, a PUT and a PATCH: the three have the same rules.
func judge(t *testing.T, rows []fieldRow) {
	t.Helper()
	for _, row := range rows {
		for method, path := range map[string]string{"POST": "/customer", "PUT": "/customer/1", "PATCH": "/customer/1"} {
			t.Run(row.name+" "+method, func(t *testing.T) {
				a := revnueWith(simulator.RevnueOptions{Bodies: row.bodies})
				got := a.ask(method, path, aCompany(t, row.edits))
				detail, _ := got.field(t, "detail").(string)
				if row.blamed == "" && got.status >= 300 || row.blamed != "" && got.status != 400 {
					t.Fatalf("got %d %s, want %q blamed", got.status, got.body, row.blamed)
				}
				if blamed, _, _ := strings.Cut(strings.TrimSuffix(detail, " is required"), ": "); blamed != row.blamed {
					t.Errorf("got %q blamed, want %q", blamed, row.blamed)
				}
				if got, want := len(a.sim.Commits()), 1; row.blamed == "" && got != want || row.blamed != "" && got != 0 {
					t.Errorf("got %d commits", got)
				}
			})
		}
	}
}

// Source of all limits: developer.revnue.com/reference/create-customer.
func TestRevnueTexts(t *testing.T) {
	var rows []fieldRow
	for field, limit := range map[string]int{
		"address_line_1": 50, "address_line_2": 50, "city": 50, "state_province": 50, "zip_postal_code": 20, "phone": 20, "mobile": 20,
		"fax": 20, "website": 50, "general_description": 1000, "supplementary_description": 1000, "additional_description": 1000,
	} {
		member := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			fieldRow{field + " of the full length, in characters", simulator.RevnueBodies{}, member(`"` + letters(limit) + `"`), ""},
			fieldRow{field + " of one character more", simulator.RevnueBodies{}, member(`"` + letters(limit+1) + `"`), field},
			fieldRow{field + " empty", simulator.RevnueBodies{}, member(`""`), ""},
			fieldRow{field + " empty, with the option", simulator.RevnueBodies{RefuseBlank: true}, member(`""`), field},
			fieldRow{field + " as a number", simulator.RevnueBodies{}, member(`5`), field},
			fieldRow{field + " null", simulator.RevnueBodies{}, member(`null`), field},
			fieldRow{field + " null, with the option", simulator.RevnueBodies{AcceptNull: true}, member(`null`), ""},
		)
	}
	judge(t, rows)
}

func TestRevnueNames(t *testing.T) {
	judge(t, []fieldRow{
		{"fifty characters", simulator.RevnueBodies{}, `{"name": "` + letters(50) + `"}`, ""},
		{"one more", simulator.RevnueBodies{}, `{"name": "` + letters(51) + `"}`, "name"},
		{"empty", simulator.RevnueBodies{}, `{"name": ""}`, "name"},
		{"blanks", simulator.RevnueBodies{}, `{"name": "  "}`, "name"},
		{"a number", simulator.RevnueBodies{}, `{"name": 7}`, "name"},
		{"null", simulator.RevnueBodies{}, `{"name": null}`, "name"},
		{"null is never accepted", simulator.RevnueBodies{AcceptNull: true}, `{"name": null}`, "name"},
		{"one of another company", simulator.RevnueBodies{}, `{"name": "Overseas"}`, "name"},
		{"with blanks around it", simulator.RevnueBodies{}, `{"name": " Overseas "}`, "name"},
		{"in another case", simulator.RevnueBodies{}, `{"name": "OVERSEAS"}`, ""},
		{"in another case, with the option", simulator.RevnueBodies{FoldNames: true}, `{"name": "OVERSEAS"}`, "name"},
	})
}

func TestRevnueScalars(t *testing.T) {
	none, null := simulator.RevnueBodies{}, simulator.RevnueBodies{AcceptNull: true}
	rows := []fieldRow{
		{"a category", none, `{"category": 3}`, ""},
		{"an unknown category", none, `{"category": 99}`, "category"},
		{"a category by name", none, `{"category": "Logistics"}`, "category"},
		{"a category as text", none, `{"category": "3"}`, "category"},
		{"a category as a fraction", none, `{"category": 3.0}`, "category"},
		{"a category as it is read", none, `{"category": {"id": 3, "name": "Logistics"}}`, "category"},
		{"no category", null, `{"category": null}`, ""},
		{"a null category", none, `{"category": null}`, "category"},
		{"a country", none, `{"country": 826}`, ""},
		{"an unknown country", none, `{"country": 827}`, "country"},
		{"a country by name", none, `{"country": "United Kingdom"}`, "country"},
		{"a country code as text", none, `{"country": "826"}`, "country"},
		{"a null country", none, `{"country": null}`, "country"},
		{"no country", null, `{"country": null}`, ""},
		{"an unknown field", none, `{"email": "x"}`, "email"},
		{"an unknown field, with the option", simulator.RevnueBodies{IgnoreUnknown: true}, `{"email": "x"}`, ""},
		{"the id, which is no field of a write", none, `{"id": 1}`, "id"},
		{"a field whose name reads as a path", none, `{"a[99999999]": 1}`, "?"},
	}
	for _, field := range []string{"nda_signed", "msa_signed"} {
		member := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			fieldRow{field + " true", none, member(`true`), ""}, fieldRow{field + " false", none, member(`false`), ""},
			fieldRow{field + " as text", none, member(`"true"`), field}, fieldRow{field + " as a number", none, member(`1`), field},
			fieldRow{field + " null", none, member(`null`), field}, fieldRow{field + " null, with the option", null, member(`null`), ""},
		)
	}
	for _, field := range []string{"nda_signed_date", "msa_signed_date"} {
		member := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			fieldRow{field + " in a leap year", none, member(`"2024-02-29"`), ""},
			fieldRow{field + " that is no day", none, member(`"2023-02-29"`), field},
			fieldRow{field + " with a time", none, member(`"2024-02-29T00:00:00Z"`), field},
			fieldRow{field + " without zeros", none, member(`"2024-2-9"`), field},
			fieldRow{field + " in another order", none, member(`"29-02-2024"`), field},
			fieldRow{field + " empty", none, member(`""`), field},
			fieldRow{field + " as a number", none, member(`20240229`), field},
			fieldRow{field + " null", none, member(`null`), field},
			fieldRow{field + " null, with the option", null, member(`null`), ""},
		)
	}
	judge(t, rows)
}

func TestRevnueContactPersons(t *testing.T) {
	none, null := simulator.RevnueBodies{}, simulator.RevnueBodies{AcceptNull: true}
	person := func(members string) string { return `{"contact_person": {` + members + `}}` }
	rows := []fieldRow{
		{"name and email", none, person(`"name": "Jo", "email": "jo@x.example"`), ""},
		{"a name alone", none, person(`"name": "Jo"`), "contact_person.email"},
		{"an email alone", none, person(`"email": "jo@x.example"`), "contact_person.name"},
		{"a name alone, though an email is stored", simulator.RevnueBodies{Merge: true}, person(`"name": "Jo"`), "contact_person.email"},
		{"a name with an email that is null", null, person(`"name": "Jo", "email": null`), "contact_person.email"},
		{"an email with a name that is null", null, person(`"name": null, "email": "x"`), "contact_person.name"},
		{"both null", null, person(`"name": null, "email": null`), ""},
		{"null", none, `{"contact_person": null}`, "contact_person"},
		{"null, with the option", null, `{"contact_person": null}`, ""},
		{"an object with nothing in it", none, person(``), ""},
		{"a text", none, `{"contact_person": "Jo"}`, "contact_person"},
		{"an unknown member", none, person(`"phone": "5"`), "contact_person.phone"},
		{"an unknown member, with the option", simulator.RevnueBodies{IgnoreUnknown: true}, person(`"phone": "5"`), ""},
		{"a name of fifty", none, person(`"email": "x", "name": "` + letters(50) + `"`), ""},
		{"a name of fifty-one", none, person(`"email": "x", "name": "` + letters(51) + `"`), "contact_person.name"},
		{"an email of 254", none, person(`"name": "x", "email": "` + letters(254) + `"`), ""},
		{"an email of 255", none, person(`"name": "x", "email": "` + letters(255) + `"`), "contact_person.email"},
		{"an empty email", none, person(`"name": "x", "email": ""`), ""},
		{"an empty email, with the option", simulator.RevnueBodies{RefuseBlank: true}, person(`"name": "x", "email": ""`), "contact_person.email"},
		{"no address, with the option", simulator.RevnueBodies{CheckEmails: true}, person(`"name": "x", "email": "jo"`), "contact_person.email"},
		{"an empty email is no address to check", simulator.RevnueBodies{CheckEmails: true}, person(`"name": "x", "email": ""`), ""},
		{"an address, with the option", simulator.RevnueBodies{CheckEmails: true}, person(`"name": "x", "email": "jo@x.example"`), ""},
		{"a type in another case", none, person(`"type": "Billing"`), "contact_person.type"},
		{"an empty type", none, person(`"type": ""`), "contact_person.type"},
		{"a type that is a list", none, person(`"type": ["billing"]`), "contact_person.type"},
	}
	for _, option := range []string{"account_management", "billing", "executive", "sales", "support", "technical"} {
		rows = append(rows, fieldRow{option + " alone", none, person(`"type": "` + option + `"`), ""})
	}
	judge(t, rows)
}
