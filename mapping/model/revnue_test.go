package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// revnueCustomer is the page that documents the customer; developer.revnue.com/reference/update-customer repeats its fields.
const revnueCustomer = "developer.revnue.com/reference/create-customer"

func TestFieldsOfARevnueCustomer(t *testing.T) {
	written := func(name string, most int) model.Field {
		return model.Field{Name: name, Kind: model.String, Rules: model.Rules{MaxLength: most}, Source: revnueCustomer}
	}
	plain := func(name string, kind model.Kind) model.Field {
		return model.Field{Name: name, Kind: kind, Rules: model.Rules{MaxLength: -1}, Source: revnueCustomer}
	}
	name, category, role, country, template := written("name", 50), plain("category", model.Integer),
		written("contact_person.type", -1), plain("country", model.Integer), plain("template.id", model.Integer)
	name.Required = true
	category.Lookup, category.Reading = "categories", model.Reading{Path: "category.id"}
	country.Lookup, country.Reading = "countries", model.Reading{Names: true}
	template.Lookup = "templates"
	role.Enum = []string{"account_management", "billing", "executive", "sales", "support", "technical"}
	checkFields(t, resourceOf(t, "revnue/customer").Model.Fields, []model.Field{
		name,
		category,
		written("contact_person.name", 50),
		written("contact_person.email", 254),
		role,
		written("address_line_1", 50),
		written("address_line_2", 50),
		written("city", 50),
		written("state_province", 50),
		written("zip_postal_code", 20),
		country,
		written("phone", 20),
		written("mobile", 20),
		written("fax", 20),
		written("website", 50),
		written("general_description", 1000),
		plain("nda_signed", model.Boolean),
		plain("nda_signed_date", model.Date),
		plain("msa_signed", model.Boolean),
		plain("msa_signed_date", model.Date),
		written("supplementary_description", 1000),
		written("additional_description", 1000),
		template,
	})
}

// revnueList is how every list of Revnue is read: an envelope whose pages have addresses, or a plain list.
func revnueList(id, path string) model.Listing {
	return model.Listing{
		Operation: model.Operation{ID: id, Method: "GET", Path: path, Query: []string{"company"}},
		Items:     "results", Next: "next", Total: "count",
	}
}

func TestRevnueAsATarget(t *testing.T) {
	got := *embedded(t, "revnue")
	companies, forms := revnueList("listCompanies", "/company/"), revnueList("listCustomFormTemplates", "/custom-form-template/")
	companies.Query = nil
	named := map[string]string{"name": "name"}
	want := model.Target{
		Name: "revnue", Title: "Revnue", Version: "2", Hash: got.Hash,
		Server: model.Server{BaseURL: "https://dashboard-api.revnue.com", PathPrefix: "/api/v2", Slash: model.Slash{Read: true}},
		Settings: []model.Setting{
			{Name: "company", In: []string{"query", "body"}, Param: "company", Kind: model.Integer, Required: true, Except: []string{"listCompanies"}, Lookup: "companies"},
		},
		Auth:   model.Auth{Methods: []string{"bearer"}},
		Rate:   model.Rate{Limit: 20, Per: time.Minute, Scope: "account"},
		Errors: model.ErrorShape{Message: []string{"detail", "non_field_errors"}, Map: ".", Duplicate: "(?i)already exists|unique"},
		Settle: 5 * time.Second,
		Check:  &model.Check{Operation: revnueList("listCategories", "/category/").Operation},
		Lookups: []*model.Lookup{
			{Name: "categories", Listing: revnueList("listCategories", "/category/"), ID: "id", By: map[string]string{"name": "category"}},
			{Name: "countries", Listing: revnueList("listCountries", "/country/"), ID: "numeric_code", By: named},
			{Name: "companies", Listing: companies, ID: "id", By: named},
			{Name: "templates", Listing: revnueList("listCustomFieldTemplates", "/custom-field-template/"), Then: &forms, ID: "id", By: named},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Target{}, "Resources")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRevnueCustomerResource(t *testing.T) {
	id, list := []string{"id"}, revnueList("listCustomers", "/customer/")
	want := &model.Resource{
		Name:   "customer",
		Create: &model.Operation{ID: "createCustomer", Method: "POST", Path: "/customer"},
		Update: &model.Operation{ID: "patchCustomer", Method: "PATCH", Path: "/customer/{id}", Params: id},
		Get:    &model.Operation{ID: "getCustomer", Method: "GET", Path: "/customer/{id}/", Params: id, Query: []string{"company"}},
		List:   &list, IDField: "id", IDParam: "id", Key: []string{"name"}, Unique: []string{"name"},
		Custom: &model.Custom{
			List: "template.fields", ID: "id", Value: "value",
			Definitions: &model.Definitions{
				Lookup: "templates", Parent: "template.id", Fields: "fields", ID: "id", Name: "name", Type: "data_type", Active: "is_active",
			},
		},
	}
	whole := *want
	whole.Update, whole.Replace = &model.Operation{ID: "replaceCustomer", Method: "PUT", Path: "/customer/{id}", Params: id}, true
	want.Whole = &whole
	got := resourceOf(t, "revnue/customer")
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Resource{}, "Model"), cmpopts.IgnoreUnexported(model.Custom{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(embedded(t, "revnue").Resources); n != 1 {
		t.Errorf("got %d resources, want 1", n)
	}
}

func TestTheRevnueCompanyGoesIntoTheQueryOfReadsAndTheBodyOfWrites(t *testing.T) {
	target, r := embedded(t, "revnue"), resourceOf(t, "revnue/customer")
	company := target.Settings[0]
	for _, op := range []*model.Operation{r.Create, r.Update, r.Whole.Update} {
		if company.Travels(op, "query") || !company.Travels(op, "body") {
			t.Errorf("%s: got the query, want the body", op.ID)
		}
	}
	for _, op := range []*model.Operation{r.Get, &r.List.Operation, &target.Check.Operation} {
		if !company.Travels(op, "query") || company.Travels(op, "body") {
			t.Errorf("%s: got the body, want the query", op.ID)
		}
	}
	if op := &target.Lookup("companies").Operation; company.Travels(op, "query") {
		t.Error("the list of companies asks for a company")
	}
}

// revnueDefinitions is a template with one field of each documented type, one out of use and one of a type that has no
// value in a request.
func revnueDefinitions() []model.Definition {
	return []model.Definition{
		{ID: "71", Name: "Credit limit", Type: "money"}, {ID: "72", Name: "Score", Type: "number"},
		{ID: "73", Name: "Review date", Type: "date"}, {ID: "74", Name: "Tier", Type: "text"},
		{ID: "75", Name: "Old", Type: "text", Inactive: true}, {ID: "76", Name: "Contract scan", Type: "attachment"},
	}
}

// revnueCustom is the resource with the custom fields of revnueDefinitions in its model.
func revnueCustom(t testing.TB, r *model.Resource) *model.Resource {
	t.Helper()
	fields, unknown := r.Custom.Named(nil, revnueDefinitions())
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	return r.With(fields, nil)
}

func TestRevnueCustomFieldsHaveTheRulesOfTheirType(t *testing.T) {
	m := revnueCustom(t, resourceOf(t, "revnue/customer")).Model
	custom := m.Fields[m.Index("template.id")+1:]
	checkFields(t, withoutDefinitions(custom), []model.Field{
		{Name: "template.fields.Credit limit", Kind: model.Number, Rules: model.Rules{MaxLength: -1, Minimum: "0", Maximum: "999999999999999", Step: "0.01"}, Source: revnueCustomer},
		{Name: "template.fields.Score", Kind: model.Integer, Rules: model.Rules{MaxLength: -1, Minimum: "-999999999999999", Maximum: "999999999999999"}, Source: revnueCustomer},
		{Name: "template.fields.Review date", Kind: model.Date, Rules: model.Rules{MaxLength: -1}, Source: revnueCustomer},
		{Name: "template.fields.Tier", Kind: model.String, Rules: model.Rules{MaxLength: 50}, Source: revnueCustomer},
		{Name: "template.fields.75", Kind: model.String, Rules: model.Rules{MaxLength: 50}, Source: revnueCustomer}, // out of use: it only goes along
	})
}

// withoutDefinitions is fields without what makes them custom.
func withoutDefinitions(fields []model.Field) []model.Field {
	out := append([]model.Field{}, fields...)
	for i := range out {
		out[i].Custom = nil
	}
	return out
}

func TestRevnueFieldsThatCannotBeSentAreRefusedByName(t *testing.T) {
	c := resourceOf(t, "revnue/customer").Custom
	for name, want := range map[string]string{
		"template.fields.Contract scan": `custom field "Contract scan" is of the type "attachment", which cannot be sent; known are date, money, number, text`,
		"template.fields.75":            `custom field "Old" (id 75) is out of use in the account`,
	} {
		if _, unknown := c.Named([]string{name}, revnueDefinitions()); len(unknown) != 1 || unknown[0].Error() != want {
			t.Errorf("%s: got %v, want %s", name, unknown, want)
		}
	}
}

// revnueRule is one documented rule of the customer and a value that tries it.
type revnueRule struct {
	rule, field string
	value       model.Value
	want        string // code and message, "" for none
}

// revnueRules is the documented limits, each tried at its edge and beyond.
func revnueRules() []revnueRule {
	no := strings.Repeat
	whole := func(s string) model.Value { return model.Value{Kind: model.Integer, Text: s} }
	rules := []revnueRule{
		{"an address has a length but no form", "contact_person.email", text("reception desk"), ""},
		{"a type is one of six", "contact_person.type", text("technical"), ""},
		{"in small letters", "contact_person.type", text("Billing"),
			"not_allowed allowed: account_management, billing, executive, sales, support, technical"},
		{"a country is a code", "country", text("Canada"), `not_integer "Canada" is not a whole number`},
		{"a category is an id", "category", text("Beverages"), `not_integer "Beverages" is not a whole number`},
		{"a website has no form", "website", text("granite"), ""},
		{"a date is yyyy-mm-dd", "nda_signed_date", text("31.12.2024"), `bad_date "31.12.2024" is not a date`},
		{"a date must be one", "msa_signed_date", model.Value{Kind: model.Date, Text: "2023-02-29"}, `bad_date "2023-02-29" is not a date`},
		{"a date goes without the mark", "nda_signed_date", model.Value{Kind: model.Date, Text: "2024-02-29"}, ""},
		{"a mark is true or false", "msa_signed", text("yes, see file"), `not_boolean "yes, see file" is neither true nor false`},
		{"money may be nothing", "template.fields.Credit limit", number("0"), ""},
		{"money may have two decimals", "template.fields.Credit limit", number("0.07"), ""},
		{"money may have zeros behind them", "template.fields.Credit limit", number("0.070"), ""},
		{"money may not have three", "template.fields.Credit limit", number("0.075"), "money_decimals 0.075 has more than 2 decimals"},
		{"money ends where it is documented to", "template.fields.Credit limit", number("999999999999999.00"), ""},
		{"a cent more is too much", "template.fields.Credit limit", number("999999999999999.01"), "too_large 999999999999999.01 is more than 999999999999999"},
		{"money is never negative", "template.fields.Credit limit", number("-0.01"), "too_small -0.01 is less than 0"},
		{"a number may be negative", "template.fields.Score", whole("-999999999999999"), ""},
		{"but not by more", "template.fields.Score", whole("-1000000000000000"), "too_small -1000000000000000 is less than -999999999999999"},
		{"a number has an upper end", "template.fields.Score", whole("1000000000000000"), "too_large 1000000000000000 is more than 999999999999999"},
		{"a number is whole", "template.fields.Score", text("1.5"), `not_integer "1.5" is not a whole number`},
		{"a custom date is one", "template.fields.Review date", text("soon"), `bad_date "soon" is not a date`},
		{"custom text ends at 50", "template.fields.Tier", text(no("金", 50)), ""},
		{"and not beyond", "template.fields.Tier", text(no("金", 51)), "too_long 51 characters, at most 50 allowed"},
	}
	for field, most := range map[string]int{
		"name": 50, "contact_person.name": 50, "contact_person.email": 254, "address_line_1": 50, "address_line_2": 50, "city": 50,
		"state_province": 50, "zip_postal_code": 20, "phone": 20, "mobile": 20, "fax": 20, "website": 50, "general_description": 1000,
		"supplementary_description": 1000, "additional_description": 1000,
	} {
		rules = append(rules,
			revnueRule{fmt.Sprintf("%s has at most %d characters", field, most), field, text(no("ü", most)), ""},
			revnueRule{field + " has no more than that", field, text(no("ü", most+1)),
				fmt.Sprintf("too_long %d characters, at most %d allowed", most+1, most)},
		)
	}
	for _, field := range []string{"name", "category", "contact_person.type", "country", "nda_signed", "nda_signed_date", "template.id", "template.fields.Tier"} {
		rules = append(rules, revnueRule{
			field + " has no documented way to be emptied", field, model.Value{Kind: model.Null}, "not_nullable The field cannot be emptied.",
		})
	}
	return rules
}

func TestRevnueRules(t *testing.T) {
	m := revnueCustom(t, resourceOf(t, "revnue/customer")).Model
	person := map[string]string{"contact_person.name": "contact_person.email", "contact_person.email": "contact_person.name"}
	for _, test := range revnueRules() {
		t.Run(test.rule, func(t *testing.T) {
			for _, use := range []model.Use{model.ForCreate, model.ForUpdate} {
				rec := complete(m, use)
				if other := person[test.field]; other != "" {
					rec[m.Index(other)] = text("Ida")
				}
				rec[m.Index(test.field)] = test.value
				checkProblem(t, m.Validate(nil, rec, use), test.field, test.want)
			}
		})
	}
}

func TestNameAndAddressOfARevnueContactPersonNeedEachOther(t *testing.T) {
	m := resourceOf(t, "revnue/customer").Model
	for _, test := range []struct {
		rule   string
		values map[string]model.Value
		field  string
		want   string
	}{
		{"a name asks for an address", map[string]model.Value{"contact_person.name": text("Ida")}, "contact_person.email",
			"needs_field contact_person.email is missing, and contact_person.name is given"},
		{"an address asks for a name", map[string]model.Value{"contact_person.email": text("ida@example.org")}, "contact_person.name",
			"needs_field contact_person.name is missing, and contact_person.email is given"},
		{"a type may come alone", map[string]model.Value{"contact_person.type": text("sales")}, "", ""},
		{"and needs neither of them", map[string]model.Value{
			"contact_person.name": text("Ida"), "contact_person.email": text("ida@example.org"), "contact_person.type": text("sales")}, "", ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			for _, use := range []model.Use{model.ForCreate, model.ForUpdate} {
				rec := record(t, m, test.values)
				rec[m.Index("name")] = text("Granite")
				checkProblem(t, m.Validate(nil, rec, use), test.field, test.want)
			}
		})
	}
}

func TestRevnueNeedsANameToCreateAndNothingToUpdate(t *testing.T) {
	m := resourceOf(t, "revnue/customer").Model
	checkProblem(t, m.Validate(nil, m.NewRecord(), model.ForCreate), "name", "required every new record needs name")
	checkProblem(t, m.Validate(nil, m.NewRecord(), model.ForUpdate), "", "")
}

func TestRevnueBodiesHaveTheirTypes(t *testing.T) {
	m := revnueCustom(t, resourceOf(t, "revnue/customer")).Model
	rec := record(t, m, map[string]model.Value{
		"name": text("Granite"), "category": {Kind: model.Integer, Text: "9"}, "country": {Kind: model.Integer, Text: "124"},
		"contact_person.name": text("Ida"), "contact_person.email": text("ida@example.org"), "phone": text("+1 403 555 0123"),
		"additional_description": text("=see contract"), "nda_signed": {Kind: model.Boolean, Text: "true"},
		"nda_signed_date": {Kind: model.Date, Text: "2024-02-29"}, "template.id": {Kind: model.Integer, Text: "7"},
		"template.fields.Credit limit": number("999999999999999.00"), "template.fields.Score": {Kind: model.Integer, Text: "-4"},
		"template.fields.Review date": {Kind: model.Date, Text: "2025-01-31"}, "template.fields.Tier": text("12"),
	})
	want := `{"name":"Granite","category":9,"contact_person":{"name":"Ida","email":"ida@example.org"},"country":124,"phone":"+1 403 555 0123",` +
		`"nda_signed":true,"nda_signed_date":"2024-02-29","additional_description":"=see contract",` +
		`"template":{"id":7,"fields":[{"id":71,"value":999999999999999.00},{"id":72,"value":-4},{"id":73,"value":"2025-01-31"},{"id":74,"value":"12"}]}}`
	if got := string(m.AppendBody(nil, rec, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := m.Fields[m.Index("template.fields.Tier")].Unit(); got != "template" {
		t.Errorf("got unit %q, want the template: that an update merges its fields is not documented", got)
	}
}

func TestRevnueAnswersAreReadInAllTheirShapes(t *testing.T) {
	r := resourceOf(t, "revnue/customer")
	fields, unknown := r.Custom.Named(nil, revnueDefinitions())
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	countries := model.NewTable([]model.Entry{{Name: "Canada", ID: "124"}, {Name: "Korea", ID: "408"}, {Name: "Korea", ID: "410"}})
	m := r.With(fields, map[string]*model.Table{"countries": countries}).Model
	for _, test := range []struct{ name, answer, field, want string }{
		{"a category is an object there", `{"category":{"id":9,"name":"Beverages"}}`, "category", "integer 9"},
		{"a category that is not set", `{"category":null}`, "category", "null "},
		{"a country by its name", `{"country":"canada "}`, "country", "integer 124"},
		{"a country by its code as text", `{"country":"124"}`, "country", "integer 124"},
		{"a country by its code", `{"country":124}`, "country", "integer 124"},
		{"a name that two countries have says nothing", `{"country":"Korea"}`, "country", "string Korea"},
		{"no contact person", `{"contact_person":null}`, "contact_person.email", "null "},
		{"custom fields by name", `{"template":{"id":7,"fields":{"Credit limit":1250.50}}}`, "template.fields.Credit limit", "number 1250.5"},
		{"custom fields by id", `{"template":{"id":7,"fields":{"71":"1250.50"}}}`, "template.fields.Credit limit", "number 1250.5"},
		{"custom fields by a name made into a key", `{"template":{"fields":{"review_date":"2025-01-31"}}}`, "template.fields.Review date", "date 2025-01-31"},
		{"custom fields as they are sent", `{"template":{"fields":[{"id":74,"value":"Gold"}]}}`, "template.fields.Tier", "string Gold"},
		{"a custom field that is not shown is empty", `{"template":{"fields":{"Score":3}}}`, "template.fields.Tier", "null "},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec, err := m.FromJSON([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			v := rec[m.Index(test.field)]
			if got := fmt.Sprintf("%s %s", v.Kind, v.Text); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestARevnueReplacementEmptiesByLeavingOut(t *testing.T) {
	r, ok := resourceOf(t, "revnue/customer").Replacing()
	if !ok {
		t.Fatal("got no replacement")
	}
	r = revnueCustom(t, r)
	if r.Update.Method != "PUT" || !r.Replace {
		t.Errorf("got %s, want the PUT", r.Update.Method)
	}
	m := r.Model
	for i := range m.Fields {
		f := &m.Fields[i]
		if want := map[bool]model.Clear{true: model.ClearUndocumented, false: model.ClearOmit}[f.Name == "name"]; f.Clear != want {
			t.Errorf("%s: got clear %s, want %s", f.Name, f.Clear, want)
		}
	}
	null := model.Value{Kind: model.Null}
	rec := record(t, m, map[string]model.Value{"name": text("Granite"), "phone": null, "contact_person.name": null, "template.fields.Tier": null})
	checkProblem(t, m.Validate(nil, rec, model.ForUpdate), "", "")
	if got, want := string(m.AppendBody(nil, rec, nil)), `{"name":"Granite"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
