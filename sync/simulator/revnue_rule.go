package simulator

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fillCustomer checks the body of a write, without company, and writes it into a customer, which is of use only if nothing is
// wrong. For a PUT name is required as for a POST: the page was cut off there, and its neighbours say so.
func (a *Revnue) fillCustomer(c *call, body map[string]any, record *RevnueCustomer) *reply {
	rules := a.customerRules(*record)
	wrong := gather(rules, body, c.Method != http.MethodPatch, record)
	wrong = append(wrong, a.strangers("", body, membersOf(rules)...)...)
	if len(wrong) > 0 {
		answer := a.invalid(wrong)
		return &answer
	}
	return nil
}

// customerRules are the fields of a write; base is the customer over which it is written. Source:
// developer.revnue.com/reference/create-customer.
func (a *Revnue) customerRules(base RevnueCustomer) []memberRule[RevnueCustomer] {
	type customer = RevnueCustomer
	return []memberRule[customer]{
		requiredWords("name", a.checkName(base.ID), func(c *customer) *string { return &c.Name }),
		a.reference("category", a.checkCategory, func(c *customer) **int64 { return &c.Category }),
		a.contactPerson(),
		revnueWords(a, "address_line_1", 50, func(c *customer) **string { return &c.AddressLine1 }),
		revnueWords(a, "address_line_2", 50, func(c *customer) **string { return &c.AddressLine2 }),
		revnueWords(a, "city", 50, func(c *customer) **string { return &c.City }),
		revnueWords(a, "state_province", 50, func(c *customer) **string { return &c.StateProvince }),
		revnueWords(a, "zip_postal_code", 20, func(c *customer) **string { return &c.ZipPostalCode }),
		a.reference("country", a.checkCountry, func(c *customer) **int64 { return &c.Country }),
		revnueWords(a, "phone", 20, func(c *customer) **string { return &c.Phone }),
		revnueWords(a, "mobile", 20, func(c *customer) **string { return &c.Mobile }),
		revnueWords(a, "fax", 20, func(c *customer) **string { return &c.Fax }),
		revnueWords(a, "website", 50, func(c *customer) **string { return &c.Website }),
		revnueWords(a, "general_description", 1000, func(c *customer) **string { return &c.GeneralDescription }),
		a.signed("nda_signed", func(c *customer) *bool { return &c.NDASigned }),
		revnueText(a, "nda_signed_date", date, func(c *customer) **string { return &c.NDASignedDate }),
		a.signed("msa_signed", func(c *customer) *bool { return &c.MSASigned }),
		revnueText(a, "msa_signed_date", date, func(c *customer) **string { return &c.MSASignedDate }),
		revnueWords(a, "supplementary_description", 1000, func(c *customer) **string { return &c.SupplementaryDescription }),
		revnueWords(a, "additional_description", 1000, func(c *customer) **string { return &c.AdditionalDescription }),
		a.custom(base.Template),
	}
}

// nulls says whether null clears a field.
func (a *Revnue) nulls() nulls {
	if a.options.Bodies.AcceptNull {
		return nullAlways
	}
	return nullNever
}

// revnueText is the rule of a text with a check of its own.
func revnueText[T any](a *Revnue, field string, check func(any) string, at func(*T) **string) memberRule[T] {
	r := optionalWords(field, check, at)
	r.null = a.nulls()
	return r
}

// revnueWords is the rule of a text of at most high characters.
func revnueWords[T any](a *Revnue, field string, high int, at func(*T) **string) memberRule[T] {
	low := 0
	if a.options.Bodies.RefuseBlank {
		low = 1
	}
	return revnueText(a, field, text(low, high), at)
}

// reference is the rule of an id or code.
func (a *Revnue) reference(field string, check func(any) string, at func(*RevnueCustomer) **int64) memberRule[RevnueCustomer] {
	return memberRule[RevnueCustomer]{field: field, null: a.nulls(), check: says(check), store: func(c *RevnueCustomer, value any) {
		*at(c) = nil
		if value != nil {
			*at(c) = new(asID(value))
		}
	}}
}

// signed is the rule of a flag; null switches it off.
func (a *Revnue) signed(field string, at func(*RevnueCustomer) *bool) memberRule[RevnueCustomer] {
	return memberRule[RevnueCustomer]{field: field, null: a.nulls(), check: says(boolean), store: func(c *RevnueCustomer, value any) {
		*at(c), _ = asFlag(value, true)
	}}
}

// checkName accepts names that no other customer of the account has.
func (a *Revnue) checkName(self int64) func(any) string {
	length := text(0, 50)
	return func(value any) string {
		if detail := length(value); detail != "" {
			return detail
		}
		name, _ := value.(string)
		switch {
		case strings.TrimSpace(name) == "":
			return "Must not be blank."
		case a.nameTaken(name, self):
			return "customer with this name already exists."
		}
		return ""
	}
}

// checkCategory accepts the ids of categories.
func (a *Revnue) checkCategory(value any) string {
	if detail := integer(value); detail != "" {
		return detail
	}
	if a.categories.byID[asID(value)] == nil {
		return "There is no such category."
	}
	return ""
}

// checkCountry accepts the codes of countries, as integers: the parameter list says so, though the sample has a string.
func (a *Revnue) checkCountry(value any) string {
	if detail := integer(value); detail != "" {
		return detail
	}
	if a.countries.byID[asID(value)] == nil {
		return "There is no such country."
	}
	return ""
}

// contactPerson is the rule of the contact person. By default the object that is sent takes the place of the stored one.
func (a *Revnue) contactPerson() memberRule[RevnueCustomer] {
	check := func(value any) []trouble {
		body, ok := value.(map[string]any)
		if !ok {
			return []trouble{{"", "Must be an object."}}
		}
		return a.fillPerson(body, &RevnueContactPerson{})
	}
	return memberRule[RevnueCustomer]{field: "contact_person", null: a.nulls(), check: check, store: func(c *RevnueCustomer, value any) {
		body, sent := value.(map[string]any)
		person := &RevnueContactPerson{}
		if a.options.Bodies.Merge && c.ContactPerson != nil {
			*person = *c.ContactPerson
		}
		a.fillPerson(body, person)
		c.ContactPerson = person
		if !sent {
			c.ContactPerson = nil
		}
	}}
}

// fillPerson checks a contact person and writes it. Name and email are required if the other is given, in the body that is
// judged: what is stored does not count.
func (a *Revnue) fillPerson(body map[string]any, record *RevnueContactPerson) []trouble {
	type person = RevnueContactPerson
	rules := []memberRule[person]{
		revnueWords(a, "name", 50, func(p *person) **string { return &p.Name }),
		revnueText(a, "email", a.checkEmail, func(p *person) **string { return &p.Email }),
		revnueText(a, "type", contactType, func(p *person) **string { return &p.Type }),
	}
	if body["email"] != nil {
		rules[0].must, rules[0].null = true, nullNever
	}
	if body["name"] != nil {
		rules[1].must, rules[1].null = true, nullNever
	}
	wrong := gather(rules, body, true, record)
	wrong = append(wrong, a.strangers("", body, membersOf(rules)...)...)
	return within(".", wrong)
}

// checkEmail accepts texts of the documented length; that they are addresses is not documented.
func (a *Revnue) checkEmail(value any) string {
	low := 0
	if a.options.Bodies.RefuseBlank {
		low = 1
	}
	if detail := text(low, 254)(value); detail != "" {
		return detail
	}
	if address, _ := value.(string); a.options.Bodies.CheckEmails && address != "" && !mailPattern.MatchString(address) {
		return "Must be an e-mail address."
	}
	return ""
}

// contactType accepts the documented types of a contact person.
func contactType(value any) string {
	options := []any{"account_management", "billing", "executive", "sales", "support", "technical"}
	if !slices.Contains(options, value) {
		return "Must be account_management, billing, executive, sales, support or technical."
	}
	return ""
}

// date accepts days of the calendar, written yyyy-MM-dd.
func date(value any) string {
	s, _ := value.(string)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "Must be a date in the form yyyy-MM-dd."
	}
	return ""
}

var memberName = regexp.MustCompile(`^\w+$`)

// strangers finds the members of an object that are not documented, unless the options skip them. One whose name could be
// read as a path goes by a question mark.
func (a *Revnue) strangers(path string, body map[string]any, known ...string) []trouble {
	if a.options.Bodies.IgnoreUnknown {
		return nil
	}
	wrong := strangers("", body, known...)
	for i := range wrong {
		if !memberName.MatchString(wrong[i].field) {
			wrong[i].field = "?"
		}
	}
	return within(path, wrong)
}
