package simulator_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Source: developer.revnue.com/reference/create-customer (ids, types and bounds of values).
func TestRevnueCustomFields(t *testing.T) {
	none, empty := simulator.RevnueBodies{}, simulator.RevnueBodies{EmptyValues: true}
	value := func(id int, value string) string {
		return fmt.Sprintf(`{"template": {"id": 7, "fields": [{"id": %d, "value": %s}]}}`, id, value)
	}
	const blamed = "template.fields[0].value"
	judge(t, []fieldRow{
		{"money", none, value(71, `12.50`), ""},
		{"money without decimals", none, value(71, `12`), ""},
		{"money of zero", none, value(71, `0.00`), ""},
		{"money below zero", none, value(71, `-0.01`), blamed},
		{"the most money", none, value(71, `999999999999999.00`), ""},
		{"a cent more", none, value(71, `999999999999999.01`), blamed},
		{"a cent less", none, value(71, `999999999999998.99`), ""},
		{"money of sixteen digits", none, value(71, `1000000000000000`), blamed},
		{"three decimals", none, value(71, `1.005`), blamed},
		{"three decimals, the last a zero", none, value(71, `1.500`), blamed},
		{"money with an exponent", none, value(71, `1e3`), blamed},
		{"money as text", none, value(71, `"12.50"`), blamed},
		{"a number", none, value(72, `-4`), ""},
		{"the lowest number", none, value(72, `-999999999999999`), ""},
		{"one less", none, value(72, `-1000000000000000`), blamed},
		{"the highest number", none, value(72, `999999999999999`), ""},
		{"one more", none, value(72, `1000000000000000`), blamed},
		{"a number with decimals", none, value(72, `4.0`), blamed},
		{"a number as text", none, value(72, `"4"`), blamed},
		{"a date", none, value(73, `"2024-02-29"`), ""},
		{"a date that is no day", none, value(73, `"2023-02-29"`), blamed},
		{"a date as a number", none, value(73, `20240229`), blamed},
		{"text of fifty", none, value(74, `"`+letters(50)+`"`), ""},
		{"text of fifty-one", none, value(74, `"`+letters(51)+`"`), blamed},
		{"text as a number", none, value(74, `5`), blamed},
		{"text as a flag", none, value(74, `true`), blamed},
		{"an empty text", none, value(74, `""`), blamed},
		{"null", none, value(71, `null`), blamed},
		{"an empty text, with the option", empty, value(74, `""`), ""},
		{"null, with the option", empty, value(71, `null`), ""},
		{"a field of another template", none, value(81, `5`), "template.fields[0].id"},
		{"an unknown field", none, value(99, `5`), "template.fields[0].id"},
	})
}

// Sources: developer.revnue.com/reference/create-customer (the shape), .../list-custom-form-template (its types).
func TestRevnueTemplates(t *testing.T) {
	none := simulator.RevnueBodies{}
	judge(t, []fieldRow{
		{"a template without fields", none, `{"template": {"id": 7}}`, ""},
		{"an empty list", none, `{"template": {"id": 7, "fields": []}}`, ""},
		{"a form template", none, `{"template": {"id": 8, "fields": [{"id": 81, "value": 1.5}]}}`, ""},
		{"an attachment", none, `{"template": {"id": 8, "fields": [{"id": 85, "value": "x"}]}}`, "template.fields[0].value"},
		{"no id", none, `{"template": {"fields": []}}`, "template.id"},
		{"an unknown template", none, `{"template": {"id": 99}}`, "template.id"},
		{"a template by name", none, `{"template": {"id": "Customer terms"}}`, "template.id"},
		{"a bare id", none, `{"template": 7}`, "template"},
		{"null", none, `{"template": null}`, "template"},
		{"null, with the option", simulator.RevnueBodies{AcceptNull: true}, `{"template": null}`, ""},
		{"an unknown member", none, `{"template": {"id": 7, "name": "x"}}`, "template.name"},
		{"a map of fields, as it is read", none, `{"template": {"id": 7, "fields": {"Credit limit": 5}}}`, "template.fields"},
		{"null fields", none, `{"template": {"id": 7, "fields": null}}`, "template.fields"},
		{"a field that is no object", none, `{"template": {"id": 7, "fields": [71]}}`, "template.fields[0]"},
		{"a field without a value", none, `{"template": {"id": 7, "fields": [{"id": 71}]}}`, "template.fields[0].value"},
		{"a field without an id", none, `{"template": {"id": 7, "fields": [{"value": 5}]}}`, "template.fields[0].id"},
		{"a field with a text as id", none, `{"template": {"id": 7, "fields": [{"id": "71", "value": 5}]}}`, "template.fields[0].id"},
		{"a field with more to it", none, `{"template": {"id": 7, "fields": [{"id": 71, "value": 5, "name": "x"}]}}`, "template.fields[0].name"},
		{"two fields", none, `{"template": {"id": 7, "fields": [{"id": 71, "value": 5}, {"id": 72, "value": 5}]}}`, ""},
		{"a field twice", none, `{"template": {"id": 7, "fields": [{"id": 71, "value": 5}, {"id": 71, "value": 5}]}}`, "template.fields[1].id"},
	})
}

func TestRevnueInactive(t *testing.T) {
	for _, row := range []struct {
		name, template string
		bodies         simulator.RevnueBodies
		status         int
	}{
		{"a template that is switched off", `{"id": 20}`, simulator.RevnueBodies{}, 400},
		{"a template that is switched off, with the option", `{"id": 20}`, simulator.RevnueBodies{AcceptInactive: true}, 201},
		{"a field that is switched off", `{"id": 21, "fields": [{"id": 210, "value": "x"}]}`, simulator.RevnueBodies{}, 400},
		{"a field that is switched off, with the option", `{"id": 21, "fields": [{"id": 210, "value": "x"}]}`, simulator.RevnueBodies{AcceptInactive: true}, 201},
		{"its neighbour", `{"id": 21, "fields": [{"id": 211, "value": "x"}]}`, simulator.RevnueBodies{}, 201},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Bodies: row.bodies})
			a.sim.Revnue.AddTemplate(simulator.RevnueTemplate{ID: 20})
			a.sim.Revnue.AddTemplate(simulator.RevnueTemplate{ID: 21, IsActive: true, Fields: []simulator.RevnueField{
				{ID: 210, Name: "Old", DataType: "text"}, {ID: 211, Name: "New", DataType: "text", IsActive: true},
			}})
			if got := a.ask("POST", "/customer", aCompany(t, `{"template": `+row.template+`}`)); got.status != row.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
		})
	}
}

// The bounds of money are beyond what a float64 tells apart, so the answers are compared as text.
func TestRevnueMoneyIsExact(t *testing.T) {
	for _, row := range []struct {
		sent, number, text string
	}{
		{"999999999999998.99", "999999999999998.99", `"999999999999998.99"`},
		{"999999999999999", "999999999999999.00", `"999999999999999.00"`},
		{"12.5", "12.50", `"12.50"`},
		{"0", "0.00", `"0.00"`},
	} {
		for asText, want := range map[bool]string{false: row.number, true: row.text} {
			a := revnueWith(simulator.RevnueOptions{Replies: simulator.RevnueReplies{MoneyText: asText}})
			got := a.ask("PATCH", "/customer/1", `{"company": 1, "template": {"id": 7, "fields": [{"id": 71, "value": `+row.sent+`}, {"id": 72, "value": 3}]}}`)
			want := `{"fields":{"Credit limit":` + want + `,"Visits a year":3},"id":7}`
			if template := member(t, got.body, "template"); template != want {
				t.Errorf("%s: got %s, want %s", row.sent, template, want)
			}
			if template := member(t, a.read(t).body, "template"); template != want {
				t.Errorf("%s, read: got %s, want %s", row.sent, template, want)
			}
		}
	}
}
