package mapping_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// resources is the resources of all embedded targets.
func resources() []string {
	return []string{"cro/contact", "bigchange/contact", "bigchange/person", "revnue/customer"}
}

// told is what a match says in a word: "phone (exact)", "open: phone", "-".
func told(m mapping.Match) string {
	switch {
	case m.Field != "":
		return fmt.Sprintf("%s (%v)", m.Field, m.By)
	case len(m.Rivals) > 0:
		return "open: " + m.Rivals[0].Field
	}
	return "-"
}

func TestHeadersAreRecognised(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, resource, header, want string }{
		{"the field's name", "revnue/customer", "zip_postal_code", "zip_postal_code (exact)"},
		{"in capitals", "revnue/customer", "ZIP_POSTAL_CODE", "zip_postal_code (normalised)"},
		{"in words", "revnue/customer", "Zip Postal Code", "zip_postal_code (normalised)"},
		{"in camelCase", "revnue/customer", "zipPostalCode", "zip_postal_code (normalised)"},
		{"a dotted name in words", "revnue/customer", "Contact person: e-mail", "contact_person.email (normalised)"},
		{"an alias", "revnue/customer", "Telephone", "phone (alias)"},
		{"an alias without its space", "revnue/customer", "TELEPHONENUMBER", "phone (alias)"},
		{"an alias abbreviated", "revnue/customer", "Tel. no.", "phone (alias)"},
		{"an alias with a sign for number", "revnue/customer", "Phone #", "phone (alias)"},
		{"an alias in the plural", "revnue/customer", "Telephone numbers", "phone (alias)"},
		{"a remark in brackets", "revnue/customer", "Phone (required)", "phone (normalised)"},
		{"a remark behind a comma", "revnue/customer", "Phone, with prefix", "phone (normalised)"},
		{"a star", "revnue/customer", "*Phone*", "phone (normalised)"},
		{"a line break", "revnue/customer", "Phone\nNumber", "phone (alias)"},
		{"an umlaut spelled out", "revnue/customer", "Laendercode", "country (alias)"},
		{"an umlaut in two characters", "revnue/customer", "La\u0308ndercode", "country (alias)"},
		{"a sharp s", "revnue/customer", "Straße", "address_line_1 (alias)"},
		{"no accent", "revnue/customer", "Codigo postal", "zip_postal_code (alias)"},
		{"the name of something", "bigchange/contact", "Name of the customer", "name (alias)"},
		{"two languages", "revnue/customer", "Ort / City", "city (similar)"},
		{"a word that says whose", "revnue/customer", "Customer City", "city (similar)"},
		{"a word that says which", "revnue/customer", "Main fax", "fax (similar)"},
		{"the first of several", "revnue/customer", "Phone 1", "phone (similar)"},
		{"a part of an address", "revnue/customer", "Address 1: City", "city (similar)"},
		{"a letter wrong", "revnue/customer", "Phome", "phone (similar)"},
		{"two letters that changed places", "revnue/customer", "Webiste", "website (similar)"},
		{"a custom field by its full name", "revnue/customer", "template.fields.Credit limit", "template.fields.Credit limit (exact)"},

		{"the second of several", "revnue/customer", "Phone 2", "open: phone"},
		{"the second of several, in brackets", "revnue/customer", "Phone (2)", "open: phone"},
		{"a word in brackets that says which", "revnue/customer", "Phone (home)", "open: phone"},
		{"half of a name", "cro/contact", "First Name", "open: name"},
		{"the other half", "revnue/customer", "Nachname", "open: name"},
		{"a title, of a person or a job", "bigchange/person", "Title", "open: title"},
		{"half of a name in some languages", "bigchange/person", "Nom", "open: surname"},
		{"a name that may be the customer's", "revnue/customer", "Contact name", "open: contact_person.name"},
		{"a remark that is all there is", "revnue/customer", "(Phone)", "phone (normalised)"},
		{"a remark in front, that changes the meaning", "cro/contact", "(Do Not Modify) Contact", "open: name"},

		{"a status is no state", "revnue/customer", "Status", "-"},
		{"a county is no country", "bigchange/contact", "County", "-"},
		{"a stage is no state", "revnue/customer", "Stage", "-"},
		{"a bare id", "revnue/customer", "ID", "-"},
		{"a bare number", "revnue/customer", "No.", "-"},
		{"an owner", "revnue/customer", "Owner", "-"},
		{"a date of the system", "revnue/customer", "Created", "-"},
		{"a custom field without a name", "revnue/customer", "template.fields.", "-"},
		{"nothing", "revnue/customer", "", "-"},
		{"nothing but signs", "revnue/customer", " *?/() ", "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := mapping.MatchHeaders(modelOf(t, tt.resource), []string{tt.header})
			if len(got) != 1 || told(got[0]) != tt.want || got[0].Column != tt.header {
				t.Errorf("got %+v, want %s", got, tt.want)
			}
		})
	}
}

func TestColumnsAreJudgedTogether(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, resource, headers, want string }{
		{"two aliases of one field", "cro/contact", "Phone | Mobile", "open: number | open: number"},
		{"the same header twice", "revnue/customer", "Fax | FAX", "open: fax | open: fax"},
		{"a name beats an alias", "revnue/customer", "Phone | Telephone", "phone (normalised) | open: phone"},
		{"an alias beats a letter wrong", "revnue/customer", "Telephome | Telephone", "open: phone | phone (alias)"},
		{"an id beats a name", "cro/contact", "Customer | Customer ID", "open: customer_id | customer_id (normalised)"},
		{"two addresses", "revnue/customer", "Billing City | Shipping City", "open: city | open: city"},
		{"one of two addresses", "revnue/customer", "Billing City | Other City", "city (alias) | open: city"},
		{"an address without a word and one with", "revnue/customer", "City | Billing City", "city (normalised) | open: city"},
		{"a company and a name", "revnue/customer", "Company | Name", "open: name | open: name"},
		{"a company and its contact", "revnue/customer", "Company | Contact name", "name (alias) | contact_person.name (alias)"},
		{"a company, a contact and halves of a name", "revnue/customer", "Company | Contact name | First name | Last name",
			"name (alias) | open: contact_person.name | open: name | open: name"},
		{"a full name beside its halves", "cro/contact", "Name | First name | Last name", "name (normalised) | open: name | open: name"},
		{"a name beside first names alone", "cro/contact", "Name | Vorname", "open: name | open: name"},
		{"first names where the model has them", "bigchange/person", "Vorname | Nachname", "forename (alias) | surname (alias)"},
		{"a name with its other half", "bigchange/person", "Nom | Prénom", "surname (alias) | forename (alias)"},
		{"a title beside the title of the job", "bigchange/person", "Title | Job title", "title (normalised) | position (alias)"},
		{"a title beside a salutation", "bigchange/person", "Title | Salutation", "open: title | title (alias)"},
		{"the first beside the second", "revnue/customer", "Phone 1 | Phone 2", "open: phone | open: phone"},
		{"an alias with a number beside the second", "revnue/customer", "Address 1 | Address 2", "address_line_1 (alias) | address_line_2 (alias)"},
		{"short words for phones", "cro/contact", "Cell | Office", "open: number | open: number"},
		{"short words for phones, where the model has both", "bigchange/person", "Cell | Work", "mobile (alias) | open: landline"},
		{"a street beside its number", "revnue/customer", "Straat | Huisnummer", "open: address_line_1 | open: address_line_1"},
		{"a custom field twice", "revnue/customer", "template.fields.Tier | template.fields.tier", "open: template.fields.Tier | open: template.fields.Tier"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range mapping.MatchHeaders(modelOf(t, tt.resource), strings.Split(tt.headers, " | ")) {
				got = append(got, told(m))
			}
			if diff := cmp.Diff(strings.Join(got, " | "), tt.want); diff != "" {
				t.Errorf("matches (-got +want):\n%s", diff)
			}
		})
	}
}

func TestCustomFieldsOfTheAccountAreMatchedByTheirNames(t *testing.T) {
	t.Parallel()
	target, err := model.Load("revnue")
	if err != nil {
		t.Fatal(err)
	}
	r, _ := target.Resource("customer")
	fields, unknown := r.Custom.Named(nil, []model.Definition{
		{ID: "7", Name: "Tier", Type: "text"}, {ID: "8", Name: "Old tier", Type: "text", Inactive: true}, {ID: "9", Name: "Telephone", Type: "text"},
	})
	if unknown != nil {
		t.Fatal(unknown)
	}
	m := model.NewModel("revnue", "customer", append(slices.Clone(r.Model.Fields), fields...))
	var got []string
	for _, match := range mapping.MatchHeaders(m, []string{"Tier", "Old tier", "Telephone"}) {
		got = append(got, told(match))
	}
	want := []string{"template.fields.Tier (alias)", "open: template.fields.Tier", "open: phone"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("matches (-got +want):\n%s", diff)
	}
}

func TestEveryNameAndEveryAliasIsItsField(t *testing.T) {
	t.Parallel()
	for _, resource := range resources() {
		m := modelOf(t, resource)
		var names []string
		for i := range m.Fields {
			names = append(names, m.Fields[i].Name)
			got := mapping.MatchHeaders(m, []string{m.Fields[i].Name})[0]
			if got.Field != m.Fields[i].Name || got.By != mapping.ByName || got.Score != 1 {
				t.Errorf("%s: %q alone is %+v, want its field, exactly", resource, m.Fields[i].Name, got)
			}
			for _, alias := range m.Fields[i].Aliases {
				got := mapping.MatchHeaders(m, []string{alias})[0]
				first := mapping.Rival{Field: got.Field}
				if got.Field == "" && len(got.Rivals) > 0 { // Nom and Contact name are open when they stand alone
					first = got.Rivals[0]
				}
				if first.Field != m.Fields[i].Name {
					t.Errorf("%s: the alias %q is %+v, want %s", resource, alias, got, m.Fields[i].Name)
				}
			}
		}
		for i, got := range mapping.MatchHeaders(m, names) {
			if got.Field != names[i] || got.By != mapping.ByName {
				t.Errorf("%s: %q beside the others is %+v, want its field", resource, names[i], got)
			}
		}
	}
}

func TestTheOrderOfColumnsDoesNotMatter(t *testing.T) {
	t.Parallel()
	models := map[string]*model.Model{}
	for _, resource := range resources() {
		models[resource] = modelOf(t, resource)
	}
	random := rand.New(rand.NewPCG(5, 8))
	for _, l := range headerLists(t) {
		m := models[l.resource]
		want := map[string]mapping.Match{}
		for _, match := range mapping.MatchHeaders(m, l.headers) {
			want[match.Column] = match
		}
		random.Shuffle(len(l.headers), func(i, j int) { l.headers[i], l.headers[j] = l.headers[j], l.headers[i] })
		for _, got := range mapping.MatchHeaders(m, l.headers) {
			if diff := cmp.Diff(got, want[got.Column]); diff != "" {
				t.Errorf("[%s] in another order (-got +want):\n%s", l.name, diff)
			}
		}
	}
}

func FuzzMatchHeaders(f *testing.F) {
	for _, seed := range []string{
		"Name\nPhone\nE-mail", "Billing City\nShipping City", "((\n)(,\n[", "1\n2\n ", "of\nof of of\nname of", "template.fields.x\ntemplate.fields.X\ntemplate.fields.",
		"#\n##\n# #", "\xff\xfe\nÄ\u0308\u0308", "İI\nıi", "Nom\nPrénom\nTitle", "Work\nCell", strings.Repeat("a,(", 300),
	} {
		f.Add(seed)
	}
	var models []*model.Model
	for _, resource := range resources() {
		models = append(models, modelOf(f, resource))
	}
	f.Fuzz(func(t *testing.T, text string) {
		headers := strings.Split(text, "\n")
		if len(headers) > 12 {
			return
		}
		for _, m := range models {
			matches := mapping.MatchHeaders(m, headers)
			if len(matches) != len(headers) {
				t.Fatalf("got %d matches for %d headers", len(matches), len(headers))
			}
			taken := map[string]bool{}
			for i, match := range matches {
				if match.Column != headers[i] || (match.Field == "") != (match.By == mapping.NotRecognised) || match.Score < 0 || match.Score > 1 {
					t.Fatalf("got %+v for %q", match, headers[i])
				}
				if key := strings.ToLower(match.Field); key != "" && taken[key] {
					t.Fatalf("%s is given to two of %q", match.Field, headers)
				} else {
					taken[key] = true
				}
				if match.Field != "" && m.Index(match.Field) < 0 && !m.IsCustom(match.Field) {
					t.Fatalf("%q is given to %s, which %s does not have", match.Column, match.Field, m.Name())
				}
			}
			slices.Reverse(headers)
			back := mapping.MatchHeaders(m, headers)
			slices.Reverse(back)
			slices.Reverse(headers)
			for i := range back {
				if !strings.EqualFold(back[i].Field, matches[i].Field) || back[i].Score != matches[i].Score {
					t.Fatalf("%q is %+v, and in the other order %+v", headers[i], matches[i], back[i])
				}
			}
		}
	})
}

// BenchmarkMatchHeaders matches a row of a hundred headers, as CRMs export them.
func BenchmarkMatchHeaders(b *testing.B) {
	var headers []string
	for _, l := range headerLists(b) {
		if l.resource == "revnue/customer" && len(headers) < 100 {
			headers = append(headers, l.headers...)
		}
	}
	headers = headers[:100]
	m := modelOf(b, "revnue/customer")
	b.ReportAllocs()
	for b.Loop() {
		if got := mapping.MatchHeaders(m, headers); len(got) != 100 {
			b.Fatal(len(got))
		}
	}
}
