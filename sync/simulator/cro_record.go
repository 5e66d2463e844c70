package simulator

// Tenant is a tenant as GET /tenants shows it. Source: docs.crosoftware.net/docs/requests/tenants_list_tenants.
type Tenant struct {
	Address    *string `json:"address"`
	City       *string `json:"city"`
	Code       *string `json:"code"`
	CreatedOn  string  `json:"created_on"`
	Email      *string `json:"email"`
	ID         int64   `json:"id"`
	IsActive   bool    `json:"is_active"`
	Name       string  `json:"name"`
	Phone      *string `json:"phone"`
	State      *string `json:"state"`
	TruckLimit *int64  `json:"truck_limit"`
	Zip        *string `json:"zip"`
}

// Customer is a customer as its answers show it. Addresses and location settings are always empty here: nothing that
// Rollcall writes reaches them. Source: docs.crosoftware.net/docs/requests/customers_get_customer.
type Customer struct {
	Addresses     []struct{} `json:"addresses"`
	Contacts      []Contact  `json:"contacts,omitzero"` // nil in lists that do not show them
	CreatedOn     string     `json:"created_on"`
	ID            int64      `json:"id"`
	LastUpdatedOn *string    `json:"last_updated_on"`
	Locations     []struct{} `json:"locations"`
	Name          string     `json:"name"`
	ParentID      *int64     `json:"parent_id"`
}

// Contact is a contact as its answers show it: every field is there, absent text is null, an absent flag is false.
// Source: docs.crosoftware.net/docs/data_types/CustomerContactModel.
type Contact struct {
	Email                       *string `json:"email"`
	Fax                         *string `json:"fax"`
	ID                          int64   `json:"id,omitzero"` // 0 inside a customer as of 2020
	Name                        *string `json:"name"`
	NotifyOnAcknowledgedRequest bool    `json:"notify_on_acknowledged_request"`
	NotifyOnCompletedRequest    bool    `json:"notify_on_completed_request"`
	NotifyOnDispatchedRequest   bool    `json:"notify_on_dispatched_request"`
	NotifyOnFailedRequest       bool    `json:"notify_on_failed_request"`
	NotifyOnNewRequest          bool    `json:"notify_on_new_request"`
	Number                      *string `json:"number"`
}

// AddDefaultWorld adds the small world of the demo: a tenant with twelve customers, without contacts. On an empty server
// they are tenant 1 and customers 1 to 12. It returns the tenant's id.
func (a *CRO) AddDefaultWorld() int64 {
	tenant := a.AddTenant(Tenant{
		Name: "Northgate Haulage", Code: new("NGH"), City: new("Sampleton"), Email: new("office@northgate.example"),
	})
	for _, name := range []string{
		"Alder & Sons Roofing", "Bäckerei Vogelsang", "Cedar Point Marina", "Łódzka Stolarnia", "Delgado Hermanos Obras",
		"Évian-les-Pins Jardins", "Fjordside Entreprenør", "Greenacre Primary School", "山川建設", "O'Malley Demolition",
		"Öztürk Nakliyat", "Quarry Lane Aggregates",
	} {
		a.AddCustomer(tenant, Customer{Name: name})
	}
	return tenant
}
