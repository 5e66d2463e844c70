package simulator

// AddDefaultWorld adds the small world of the demo: companies 1 and 2, categories 1 to 12, some countries, the custom field
// template 7 with one field of each data type (71 Credit limit, money; 72 Visits a year, number; 73 Contract end, date; 74
// Account manager, text) and the form template 8, without customers. It returns the id of the first company.
func (a *Revnue) AddDefaultWorld() int64 {
	company := a.AddCompany(RevnueCompany{1, "Northgate Holdings"})
	a.AddCompany(RevnueCompany{2, "Northgate Overseas"})
	for _, c := range []RevnueCategory{
		{1, "Construction", []string{"Civil", "Roofing"}}, {2, "Education", []string{"Primary", "Secondary", "Higher"}},
		{3, "Logistics", []string{"Road", "Sea"}}, {4, "Software", nil}, {5, "Food & Drink", []string{"Bakery"}},
		{6, "Healthcare", nil}, {7, "Hospitality", nil}, {8, "Manufacturing", nil}, {9, "Public sector", nil},
		{10, "Énergie", nil}, {11, "Retail", nil}, {12, "Retail, online", nil},
	} {
		a.AddCategory(c)
	}
	for _, c := range defaultCountries() {
		a.AddCountry(c)
	}
	a.AddTemplate(RevnueTemplate{7, "Customer terms", true, "contract", []RevnueField{
		{71, "Credit limit", "money", true, 1}, {72, "Visits a year", "number", true, 2},
		{73, "Contract end", "date", true, 3}, {74, "Account manager", "text", true, 4},
	}})
	a.AddFormTemplate(RevnueFormTemplate{
		RevnueTemplate: RevnueTemplate{8, "Customer onboarding", true, "customer", []RevnueField{
			{81, "Annual spend", "money", true, 1}, {82, "Sites", "number", true, 2}, {83, "Onboarded", "date", true, 3},
			{84, "Referred by", "text", true, 4}, {85, "Signed form", "attachment", true, 5},
		}},
		FormTitle: "New customer", FormDesc: "Filled in by the customer.", IsDefault: true,
	})
	return company
}

// defaultCountries lists countries with their codes of ISO 3166-1.
func defaultCountries() []RevnueCountry {
	return []RevnueCountry{
		{36, "Australia"}, {40, "Austria"}, {56, "Belgium"}, {76, "Brazil"}, {124, "Canada"}, {156, "China"},
		{384, "Côte d'Ivoire"}, {208, "Denmark"}, {246, "Finland"}, {250, "France"}, {276, "Germany"}, {356, "India"},
		{372, "Ireland"}, {380, "Italy"}, {392, "Japan"}, {484, "Mexico"}, {528, "Netherlands"}, {554, "New Zealand"},
		{578, "Norway"}, {616, "Poland"}, {620, "Portugal"}, {710, "South Africa"}, {724, "Spain"}, {752, "Sweden"},
		{756, "Switzerland"}, {792, "Türkiye"}, {826, "United Kingdom"}, {840, "United States"},
	}
}
