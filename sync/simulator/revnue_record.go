package simulator

import "slices"

// RevnueCompany is a company of the account. Its page could not be read: the names of the members are taken from those of
// the other lookups.
type RevnueCompany struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// RevnueCategory is a category as its list shows it: the name is under category. Source:
// developer.revnue.com/reference/list-category.
type RevnueCategory struct {
	ID            int64    `json:"id"`
	Name          string   `json:"category"`
	Subcategories []string `json:"subcategories"`
}

// RevnueCountry is a country with its ISO 3166-1 numeric code. Its page could not be read: that there is a numeric code is
// documented, the names of the members are not.
type RevnueCountry struct {
	Code int64  `json:"numeric_code"`
	Name string `json:"name"`
}

// RevnueField defines a custom field. Source: developer.revnue.com/reference/custom-field-template.
type RevnueField struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// DataType is date, money, number or text; attachment only in a form template.
	DataType string `json:"data_type"`
	IsActive bool   `json:"is_active"`
	// Order is the place in which the field is displayed.
	Order int `json:"order"`
}

// RevnueTemplate is a custom field template. Source: developer.revnue.com/reference/custom-field-template.
type RevnueTemplate struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	IsActive bool   `json:"is_active"`
	// Type is asset, contract or supplier; customer is documented for form templates only. It binds nothing here.
	Type   string        `json:"type"`
	Fields []RevnueField `json:"fields"`
}

// RevnueFormTemplate is a custom form template. Source: developer.revnue.com/reference/list-custom-form-template.
type RevnueFormTemplate struct {
	RevnueTemplate
	FormTitle string `json:"form_title"`
	FormDesc  string `json:"form_desc"`
	IsDefault bool   `json:"is_default"`
}

// RevnueCustomer is a customer as it is stored, with ids and codes as writes give them; replies show the category, the
// country and the custom fields in another form. Source: developer.revnue.com/reference/create-customer.
type RevnueCustomer struct {
	ID            int64                `json:"id"`
	Name          string               `json:"name"`
	Category      *int64               `json:"category"`
	ContactPerson *RevnueContactPerson `json:"contact_person"`
	RevnueAddress
	RevnueNumbers
	Website *string `json:"website"`
	RevnueDescriptions
	RevnueAgreements
	Template *RevnueCustom `json:"template"`
}

// RevnueContactPerson is the contact person of a customer.
type RevnueContactPerson struct {
	Name  *string `json:"name"`
	Email *string `json:"email"`
	// Type is account_management, billing, executive, sales, support or technical.
	Type *string `json:"type"`
}

// RevnueAddress is where a customer is. Country is a numeric code.
type RevnueAddress struct {
	AddressLine1  *string `json:"address_line_1"`
	AddressLine2  *string `json:"address_line_2"`
	City          *string `json:"city"`
	StateProvince *string `json:"state_province"`
	ZipPostalCode *string `json:"zip_postal_code"`
	Country       *int64  `json:"country"`
}

// RevnueNumbers are the numbers under which a customer is reached.
type RevnueNumbers struct {
	Phone  *string `json:"phone"`
	Mobile *string `json:"mobile"`
	Fax    *string `json:"fax"`
}

// RevnueDescriptions are the notes on a customer.
type RevnueDescriptions struct {
	GeneralDescription       *string `json:"general_description"`
	SupplementaryDescription *string `json:"supplementary_description"`
	AdditionalDescription    *string `json:"additional_description"`
}

// RevnueAgreements says what a customer has signed. No page relates a flag to its date.
type RevnueAgreements struct {
	NDASigned     bool    `json:"nda_signed"`
	NDASignedDate *string `json:"nda_signed_date"`
	MSASigned     bool    `json:"msa_signed"`
	MSASignedDate *string `json:"msa_signed_date"`
}

// RevnueCustom is the template that a customer uses and the values of its fields.
type RevnueCustom struct {
	ID     int64         `json:"id"`
	Fields []RevnueValue `json:"fields"`
}

// RevnueValue is the value of one custom field: a json.Number for money (with two decimals) and number, a string for date
// and text.
type RevnueValue struct {
	ID    int64 `json:"id"`
	Value any   `json:"value"`
}

// clone copies a customer, so that neither side sees what the other changes.
func (c RevnueCustomer) clone() RevnueCustomer {
	if c.ContactPerson != nil {
		c.ContactPerson = new(*c.ContactPerson)
	}
	if c.Template != nil {
		c.Template = &RevnueCustom{ID: c.Template.ID, Fields: slices.Clone(c.Template.Fields)}
	}
	return c
}
