package simulator

// BigChangeGroup is a contact group as its list shows it. Source:
// documentation.ops.bigchange.com/docs/rest/api-reference/get-a-list-of-contact-groups.
type BigChangeGroup struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// BigChangeDefinition defines a custom field. REST has no operation that shows definitions. Source:
// documentation.ops.bigchange.com/docs/web-services/custom-fields/listcustomfields.
type BigChangeDefinition struct {
	ID    int64
	Label string
	// GroupID is the contact group that the definition belongs to: only contacts of this group have the field. 0 makes it
	// a field of persons.
	GroupID int64
}

// BigChangeCustomField is the value of one custom field; every type of field is text here. Source:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact.
type BigChangeCustomField struct {
	DefinitionID int64   `json:"definitionId"`
	Value        *string `json:"value"`
}

// BigChangeLocation is a point. Source: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact.
type BigChangeLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// BigChangeAddress is where a contact is, in words.
type BigChangeAddress struct {
	Street     *string `json:"street"`
	Town       *string `json:"town"`
	PostalCode *string `json:"postalCode"`
	Country    *string `json:"country"`
}

// BigChangeContact is a contact as reads show it; whether they show the location is an option. Source of the read model:
// github.com/Ecaco/BigChangePythonAPI, src/bigchange/api_resources/contacts.py and tests/contacts_test.py.
type BigChangeContact struct {
	ID               int64   `json:"id"`
	CreatedAt        string  `json:"createdAt"`
	ModifiedAt       string  `json:"modifiedAt"`
	Reference        *string `json:"reference"`
	Name             string  `json:"name"`
	GroupID          int64   `json:"groupId"`
	ParentID         *int64  `json:"parentId"`
	ExtraInformation *string `json:"extraInformation"`
	BigChangeAddress
	Location      *BigChangeLocation     `json:"location,omitempty"`
	AccountStatus string                 `json:"accountStatus"`
	StopReason    *string                `json:"stopReason"`
	StoppedAt     *string                `json:"stoppedAt"`
	CustomFields  []BigChangeCustomField `json:"customFields"`
}

// BigChangePerson is a person of a contact as reads show it. Sources:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-person and .../get-a-list-of-persons.
type BigChangePerson struct {
	ID           string                 `json:"id"`
	CreatedAt    string                 `json:"createdAt"`
	ModifiedAt   string                 `json:"modifiedAt"`
	ContactID    int64                  `json:"contactId"`
	Title        *string                `json:"title"`
	Forename     string                 `json:"forename"`
	Surname      string                 `json:"surname"`
	Email        string                 `json:"email"`
	Mobile       *string                `json:"mobile"`
	Landline     *string                `json:"landline"`
	Extension    *string                `json:"extension"`
	Position     *string                `json:"position"`
	Department   *string                `json:"department"`
	IsOptedOut   bool                   `json:"isOptedOut"`
	CustomFields []BigChangeCustomField `json:"customFields"`
}

// AddDefaultWorld adds the small world of the demo: customer 14532 with six contact groups and their custom fields, without
// contacts or persons. Its first group is 1204, Housing, and the definition 77, Tier, belongs to that. It returns the
// customer's id.
func (a *BigChange) AddDefaultWorld() int64 {
	const housing, commercial, schools = 1204, 1205, 1206
	customer := a.AddCustomer(14532)
	for _, g := range []BigChangeGroup{
		{housing, "Housing"}, {commercial, "Commercial"}, {schools, "Schools"}, {1207, "Schools & Colleges"},
		{1208, "Santé publique"}, {1209, "Imported Contacts"},
	} {
		a.AddGroup(customer, g)
	}
	for _, d := range []BigChangeDefinition{
		{77, "Tier", housing}, {78, "Key safe", housing}, {79, "Tier", commercial}, {80, "Credit check", commercial},
		{81, "Pupils", schools}, {82, "Preferred language", 0},
	} {
		a.AddDefinition(customer, d)
	}
	return customer
}
