package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Pages that document the contact model. The three operations say the same, so each rule is tried for create and update.
const (
	createPage = "docs.crosoftware.net/docs/requests/customer_contacts_create_contact"
	updatePage = "docs.crosoftware.net/docs/requests/customer_contacts_update_contact"
)

// constraint is one documented rule of the contact model, with a value on each side of it.
type constraint struct {
	rule    string
	field   string
	accepts []model.Value
	refuses []model.Value
	code    model.Code
	message string // of the first refused value
}

func texts(values ...string) []model.Value {
	out := make([]model.Value, len(values))
	for i, v := range values {
		out[i] = text(v)
	}
	return out
}

// contactConstraints is every rule on the pages createPage and updatePage. Lengths are tried with characters of two to four
// bytes, because they count characters.
func contactConstraints() []constraint {
	no := strings.Repeat
	return append([]constraint{
		{
			rule: "email: no more than 256 characters", field: "email", code: model.CodeTooLong,
			accepts: texts(no("ü", 250)+"@ü.org", no("a", 250)+"@b.org"),
			refuses: texts(no("ü", 251) + "@ü.org"),
			message: "257 characters, at most 256 allowed",
		},
		{
			rule: "email: at least 0 characters", field: "email", code: model.CodeTooLong,
			accepts: texts(""), refuses: texts(no("a", 300) + "@b.org"),
			message: "306 characters, at most 256 allowed",
		},
		{
			rule: "email: a list of addresses with commas between", field: "email", code: model.CodeBadEmail,
			accepts: texts("a@b", "ida@example.org,yard@example.org", "ünal@exämple.org", "a@b,c@d,e@f"),
			refuses: texts("nobody", "a@b;c@d", "a@b,,c@d", "a@b,", ",a@b", "a@@b", "@b", "a@", "a@b c@d", "a b@c"),
			message: `"nobody" is not an e-mail address`,
		},
		{
			rule: "email: newline, space and tab are allowed around addresses", field: "email", code: model.CodeBadEmail,
			accepts: texts(" a@b , c@d ", "a@b,\n\tc@d", "\ta@b\r\n", " "),
			refuses: texts("a@b,\u00a0c@d", "a\u2003@b", "a@b\v", "a\u0085@b", "a@\ufeffb"),
			message: `"\u00a0c@d" is not an e-mail address`,
		},
		{
			rule: "fax: at least 7 characters", field: "fax", code: model.CodeTooShort,
			accepts: texts("1234567", "٠١٢٣٤٥٦"), refuses: texts("123456", "٠١٢٣٤٥", ""),
			message: "6 characters, at least 7 required",
		},
		{
			rule: "fax: not more than 15 characters", field: "fax", code: model.CodeTooLong,
			accepts: texts("360-123-6543 x1", no("☎", 15)), refuses: texts("+1 (360) 123-6543", no("☎", 16)),
			message: "17 characters, at most 15 allowed",
		},
		{
			rule: "name: at least 1 character", field: "name", code: model.CodeTooShort,
			accepts: texts("李", "O"), refuses: texts(""),
			message: "0 characters, at least 1 required",
		},
		{
			rule: "name: no more than 128 characters", field: "name", code: model.CodeTooLong,
			accepts: texts(no("ß", 128), no("𝒳", 128)), refuses: texts(no("ß", 129), no("𝒳", 129)),
			message: "129 characters, at most 128 allowed",
		},
		{
			rule: "number: at least 1 character", field: "number", code: model.CodeTooShort,
			accepts: texts("0", "ask Ida"), refuses: texts(""),
			message: "0 characters, at least 1 required",
		},
		{
			rule: "number: no more than 90 characters", field: "number", code: model.CodeTooLong,
			accepts: texts(no("é", 90)), refuses: texts(no("é", 91)),
			message: "91 characters, at most 90 allowed",
		},
		{
			rule: "customer_id: an integer", field: "customer_id", code: model.CodeNotInteger,
			accepts: []model.Value{{Kind: model.Integer, Text: "1"}, {Kind: model.Integer, Text: "9007199254740993"}},
			refuses: []model.Value{text("C-1"), {Kind: model.Number, Text: "1.5"}},
			message: `"C-1" is not a whole number`,
		},
	}, typeConstraints()...)
}

// typeConstraints is the types of the fields, which the pages name beside each field.
func typeConstraints() []constraint {
	var rules []constraint
	for _, field := range []string{"email", "fax", "name", "number"} {
		rules = append(rules, constraint{
			rule: field + ": a string, and null is not documented", field: field, code: model.CodeNotNullable,
			accepts: texts("1234567@x"), refuses: []model.Value{{Kind: model.Null}},
			message: "The field cannot be emptied.",
		}, constraint{
			rule: field + ": a string", field: field, code: model.CodeNotText,
			accepts: texts("1234567@x"), refuses: []model.Value{{Kind: model.Integer, Text: "1234567"}},
			message: `"1234567" is not text`,
		})
	}
	for _, event := range []string{"acknowledged", "completed", "dispatched", "failed", "new"} {
		field := "notify_on_" + event + "_request"
		rules = append(rules, constraint{
			rule: field + ": a boolean", field: field, code: model.CodeNotBoolean,
			accepts: []model.Value{{Kind: model.Boolean, Text: "true"}, {Kind: model.Boolean, Text: "false"}},
			refuses: []model.Value{text("maybe"), {Kind: model.Integer, Text: "1"}},
			message: `"maybe" is neither true nor false`,
		})
	}
	return rules
}

func TestDocumentedConstraintsOfTheContact(t *testing.T) {
	m := cro(t)
	for _, use := range []struct {
		page string
		use  model.Use
	}{{createPage, model.ForCreate}, {updatePage, model.ForUpdate}} {
		for _, c := range contactConstraints() {
			t.Run(use.page[strings.LastIndex(use.page, "/")+1:]+"/"+c.rule, func(t *testing.T) {
				for _, v := range c.accepts {
					if got := m.Validate(nil, contact(t, m, c.field, v), use.use); len(got) > 0 {
						t.Errorf("%q: got %s (%s), want no problem; rule of %s", v.Text, got[0].Code, got[0].Message, use.page)
					}
				}
				for i, v := range c.refuses {
					checkRefused(t, m.Validate(nil, contact(t, m, c.field, v), use.use), &c, i)
				}
			})
		}
	}
}

// contact is a record that has the customer and one more field.
func contact(t *testing.T, m *model.Model, field string, v model.Value) model.Record {
	return record(t, m, map[string]model.Value{"customer_id": {Kind: model.Integer, Text: "1"}, field: v})
}

func checkRefused(t *testing.T, got []model.Problem, c *constraint, i int) {
	t.Helper()
	if len(got) != 1 {
		t.Errorf("%q: got %d problems, want %s", c.refuses[i].Text, len(got), c.code)
		return
	}
	p := got[0]
	if p.Code != c.code || p.Field != c.field {
		t.Errorf("%q: got %s at %s, want %s at %s", c.refuses[i].Text, p.Code, p.Field, c.code, c.field)
	}
	if i == 0 && p.Message != c.message {
		t.Errorf("got message %s, want %s", p.Message, c.message)
	}
	if p.Hint == "" || !p.Stops() {
		t.Errorf("got hint %q, stops %v; want a remedy and a stop", p.Hint, p.Stops())
	}
}

func TestEveryContactFieldHasAConstraintTest(t *testing.T) {
	rules := contactConstraints()
	for _, f := range cro(t).Fields {
		if !slices.ContainsFunc(rules, func(c constraint) bool { return c.field == f.Name }) {
			t.Errorf("no test for %s", f.Name)
		}
		if f.Source != createPage {
			t.Errorf("%s: got source %s, want %s", f.Name, f.Source, createPage)
		}
	}
}

func TestContactNeedsItsCustomerAndNothingElse(t *testing.T) {
	m := cro(t)
	got := m.Validate(nil, m.NewRecord(), model.ForCreate)
	if len(got) != 1 || got[0].Code != model.CodeRequired || got[0].Field != "customer_id" {
		t.Errorf("got %v, want customer_id required on create: %s", got, createPage)
	}
	if got := m.Validate(nil, m.NewRecord(), model.ForUpdate); len(got) > 0 {
		t.Errorf("got %v, want nothing required on update: %s", got, updatePage)
	}
}

func TestLooseBooleansOfTheSheetBecomeJSONBooleans(t *testing.T) {
	m := cro(t)
	f := &m.Fields[m.Index("notify_on_new_request")]
	for spelling, want := range map[string]string{
		"0": "false", "1": "true", "True": "true", "False": "false", "TRUE": "true", "fAlSe": "false", " true ": "true",
	} {
		v, code := f.Parse(spelling)
		if code != "" || v != (model.Value{Kind: model.Boolean, Text: want}) {
			t.Errorf("%q: got %v %s, want %s; rule of %s", spelling, v, code, want, createPage)
		}
	}
	for _, spelling := range []string{"", "2", "yes", "wahr", "t"} {
		if _, code := f.Parse(spelling); code != model.CodeNotBoolean {
			t.Errorf("%q: got %q, want not_boolean; rule of %s", spelling, code, createPage)
		}
	}
}
