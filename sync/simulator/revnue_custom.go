package simulator

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
)

// custom is the rule of the template and its custom fields; base is what is stored. By default what is sent takes the place
// of all of it. Source: developer.revnue.com/reference/create-customer. Its sample shows the fields as a list, its parameter
// list says dict: here they are a list.
func (a *Revnue) custom(base *RevnueCustom) memberRule[RevnueCustomer] {
	if !a.options.Bodies.Merge || base == nil {
		base = &RevnueCustom{}
	}
	check := func(value any) []trouble {
		_, wrong := a.readCustom(value, *base)
		return wrong
	}
	return memberRule[RevnueCustomer]{field: "template", null: a.nulls(), check: check, store: func(c *RevnueCustomer, value any) {
		c.Template = nil
		if value != nil {
			c.Template, _ = a.readCustom(value, *base)
		}
	}}
}

// readCustom reads the member template and merges it with base, of which id 0 is nothing to merge with.
func (a *Revnue) readCustom(value any, base RevnueCustom) (*RevnueCustom, []trouble) {
	given, ok := value.(map[string]any)
	if !ok {
		return nil, []trouble{{"", "Must be an object."}}
	}
	wrong := a.strangers(".", given, "id", "fields")
	id, sent := given["id"]
	if !sent && base.ID != 0 {
		id, sent = json.Number(fmt.Sprint(base.ID)), true
	}
	template, detail := a.usableTemplate(id)
	if !sent {
		detail = missing
	}
	if detail != "" {
		return nil, append(wrong, trouble{".id", detail})
	}
	read := &RevnueCustom{ID: template.ID, Fields: []RevnueValue{}}
	if base.ID == template.ID {
		read.Fields = slices.Clone(base.Fields)
	}
	if list, sent := given["fields"]; sent {
		values, more := a.readValues(template, list)
		read.set(values)
		wrong = append(wrong, within(".fields", more)...)
	}
	return read, wrong
}

// set writes values over those that are there; nil clears.
func (c *RevnueCustom) set(values []RevnueValue) {
	for _, v := range values {
		c.Fields = slices.DeleteFunc(c.Fields, func(old RevnueValue) bool { return old.ID == v.ID })
		if v.Value != nil {
			c.Fields = append(c.Fields, v)
		}
	}
}

// usableTemplate finds a template of either kind that a customer may use.
func (a *Revnue) usableTemplate(id any) (*revnueTemplate, string) {
	if detail := integer(id); detail != "" {
		return nil, detail
	}
	template := a.templates.byID[asID(id)]
	if template == nil || !template.IsActive && !a.options.Bodies.AcceptInactive {
		return nil, "There is no such active template."
	}
	return template, ""
}

// readValues reads a list of custom fields, each at most once.
func (a *Revnue) readValues(template *revnueTemplate, value any) (values []RevnueValue, wrong []trouble) {
	list, ok := value.([]any)
	if !ok {
		return nil, []trouble{{"", "Must be a list."}}
	}
	seen := map[int64]bool{}
	for i, item := range list {
		path := fmt.Sprintf("[%d]", i)
		given, ok := item.(map[string]any)
		if !ok {
			wrong = append(wrong, trouble{path, "Must be an object."})
			continue
		}
		read, more := a.readValue(template, given)
		if len(more) == 0 && seen[read.ID] {
			more = []trouble{{".id", "Is there twice."}}
		}
		seen[read.ID] = true
		values = append(values, read)
		wrong = append(wrong, within(path, more)...)
	}
	return values, wrong
}

// readValue reads one custom field.
func (a *Revnue) readValue(template *revnueTemplate, given map[string]any) (read RevnueValue, wrong []trouble) {
	wrong = a.strangers(".", given, "id", "value")
	for _, name := range []string{"id", "value"} {
		if _, sent := given[name]; !sent {
			wrong = append(wrong, trouble{"." + name, missing})
		}
	}
	if len(wrong) > 0 {
		return read, wrong
	}
	if detail := integer(given["id"]); detail != "" {
		return read, []trouble{{".id", detail}}
	}
	read.ID = asID(given["id"])
	field := template.field(read.ID)
	if field.DataType == "" || !field.IsActive && !a.options.Bodies.AcceptInactive {
		return read, []trouble{{".id", "The template has no such active field."}}
	}
	value, detail := a.typed(field.DataType, given["value"])
	if detail != "" {
		return read, []trouble{{".value", detail}}
	}
	read.Value = value
	return read, nil
}

// typed checks a value by the data type of its field, and returns it as it is stored: money with two decimals, nil for none.
func (a *Revnue) typed(dataType string, value any) (stored any, detail string) {
	if value == nil || value == "" {
		if a.options.Bodies.EmptyValues {
			return nil, ""
		}
		return nil, "Must not be empty."
	}
	switch dataType {
	case "money":
		return money(value)
	case "number":
		return value, wholeNumber(value)
	case "date":
		return value, date(value)
	case "text":
		return value, text(1, 50)(value)
	}
	return nil, "Fields of this type cannot be written here."
}

// plainDecimal is a number without exponent, of at most two decimals.
var plainDecimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]{1,2})?$`)

// money accepts decimals from 0.00 to 999999999999999.00. It reckons exactly: near the upper end a float64 loses cents.
func money(value any) (stored any, detail string) {
	number, ok := value.(json.Number)
	if !ok || !plainDecimal.MatchString(number.String()) {
		return nil, "Must be a decimal number with at most two decimals."
	}
	amount, ok := new(big.Rat).SetString(number.String())
	if highest := big.NewRat(999999999999999, 1); !ok || amount.Sign() < 0 || amount.Cmp(highest) > 0 {
		return nil, "Must be between 0.00 and 999999999999999.00."
	}
	return json.Number(amount.FloatString(2)), ""
}

// wholeNumber accepts integers of up to fifteen digits.
func wholeNumber(value any) string {
	const highest = 999999999999999
	if detail := integer(value); detail != "" {
		return detail
	}
	if n := asID(value); n < -highest || n > highest {
		return "Must be between -999999999999999 and 999999999999999."
	}
	return ""
}
