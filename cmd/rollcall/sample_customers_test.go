package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync/simulator"
	"github.com/rollcall-sync/rollcall/testdata"
)

// customerProblems is what is wrong in the customers.
func customerProblems() []planted {
	return []planted{
		{7, "Customer", "name", "required"},
		{19, "Customer", "name", "too_long"},
		{28, "Customer", "name", "duplicate_key"},
		{41, "Segment", "category", "lookup_many"},
		{52, "Segment", "category", "lookup_none"},
		{61, "Contact", "contact_person.name", "needs_field"},
		{74, "Contact e-mail", "contact_person.email", "needs_field"},
		{85, "Role", "contact_person.type", "not_allowed"},
		{96, "Zip", "zip_postal_code", "too_long"},
		{107, "Country", "country", "lookup_none"},
		{118, "Phone", "phone", "too_long"},
		{129, "Website", "website", "too_long"},
		{140, "About", "general_description", "too_long"},
		{151, "NDA", "nda_signed", "not_boolean"},
		{162, "NDA date", "nda_signed_date", "bad_date"},
		{173, "Customer", "name", "duplicate_key"},
		{184, "Credit limit", "template.fields.Credit limit", "money_decimals"},
		{190, "Credit limit", "template.fields.Credit limit", "too_small"},
		{195, "Credit limit", "template.fields.Credit limit", "too_large"},
		{201, "Visits a year", "template.fields.Visits a year", "not_integer"},
		{206, "Contract end", "template.fields.Contract end", "bad_date"},
		{212, "Account manager", "template.fields.Account manager", "too_long"},
		{220, "Phone", "phone", "too_long"},
		{220, "Credit limit", "template.fields.Credit limit", "too_small"},
	}
}

// TestCustomersAreStoredAsTheyStand syncs the customers and compares every record that the API has with the cells of its row,
// which are read here in the plainest way.
func TestCustomersAreStoredAsTheyStand(t *testing.T) {
	t.Parallel()
	p := newSamples(t)
	lines := syncSample(t, p, "revnue.yaml", customerProblems())
	if told := lines[41]["_message"]; !strings.Contains(told, "id 11") || !strings.Contains(told, "id 13") {
		t.Errorf("the row with a category that is there twice says %q, want both ids named", told)
	}

	got := map[string]simulator.RevnueCustomer{}
	for _, c := range p.sim.Revnue.Customers(1) {
		if c.ID = 0; c.Template != nil {
			slices.SortFunc(c.Template.Fields, func(a, b simulator.RevnueValue) int { return cmp.Compare(a.ID, b.ID) })
		}
		got[c.Name] = c
	}
	want := map[string]simulator.RevnueCustomer{}
	bad := badRowsOf(customerProblems())
	for i, cells := range customerRows(t) {
		if !bad[i] {
			want[cells[0]] = storedCustomer(t, cells)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("customers (-rows +stored):\n%s", diff)
	}
}

// customerRows reads the sample without the program, as a person sees it in Excel.
func customerRows(t *testing.T) [][]string {
	t.Helper()
	data, err := testdata.FS().ReadFile(testdata.RevnueCustomers)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Customers")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows { // excelize leaves out the blank cells at the end of a row
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return rows[1:]
}

// storedCustomer is the record that a row must have made.
func storedCustomer(t *testing.T, cells []string) simulator.RevnueCustomer {
	t.Helper()
	categories := map[string]int64{
		"Construction": 1, "Education": 2, "Logistics": 3, "Software": 4, "Food & Drink": 5, "food & drink": 5, "Healthcare": 6,
		"Hospitality": 7, "Manufacturing": 8, "Public sector": 9, "Énergie": 10, "E\u0301nergie": 10, "Retail, online": 12,
	}
	countries := map[string]int64{
		"United Kingdom": 826, "Germany": 276, "Côte d'Ivoire": 384, "côte  d'ivoire": 384, "Türkiye": 792, "United States": 840,
		"Japan": 392, "Ireland": 372, "IRELAND ": 372,
	}
	c := simulator.RevnueCustomer{
		Name: cells[0], Category: new(categories[cells[1]]),
		RevnueAddress: simulator.RevnueAddress{
			AddressLine1: filled(cells[5]), AddressLine2: filled(cells[6]), City: filled(cells[7]), StateProvince: filled(cells[8]),
			ZipPostalCode: filled(cells[9]), Country: new(countries[cells[10]]),
		},
		RevnueNumbers:      simulator.RevnueNumbers{Phone: filled(cells[11]), Mobile: filled(cells[12]), Fax: filled(cells[13])},
		Website:            filled(cells[14]),
		RevnueDescriptions: simulator.RevnueDescriptions{GeneralDescription: filled(cells[15])},
		RevnueAgreements: simulator.RevnueAgreements{
			NDASigned: cells[16] == "Y", NDASignedDate: isoDate(t, cells[17]), MSASigned: cells[18] == "TRUE", MSASignedDate: isoDate(t, cells[19]),
		},
		Template: &simulator.RevnueCustom{ID: 7, Fields: []simulator.RevnueValue{}},
	}
	if cells[2] != "" || cells[4] != "" {
		c.ContactPerson = &simulator.RevnueContactPerson{Name: filled(cells[2]), Email: filled(cells[3]), Type: filled(cells[4])}
	}
	for i, value := range []any{amount(t, cells[20]), json.Number(cells[21]), isoDate(t, cells[22]), filled(cells[23])} {
		switch v := value.(type) {
		case *string:
			if v == nil {
				continue
			}
			value = *v
		case json.Number:
			if v == "" {
				continue
			}
		}
		c.Template.Fields = append(c.Template.Fields, simulator.RevnueValue{ID: 71 + int64(i), Value: value})
	}
	return c
}

// isoDate is a date of the sheet, day first, as the API writes it.
func isoDate(t *testing.T, cell string) *string {
	t.Helper()
	if cell == "" {
		return nil
	}
	day, err := time.Parse("02/01/2006", cell)
	if err != nil {
		t.Fatal(err)
	}
	return new(day.Format(time.DateOnly))
}

// amount is money with two decimals. A comma in the cell is the decimal one, and the points group.
func amount(t *testing.T, cell string) json.Number {
	t.Helper()
	if cell == "" {
		return ""
	}
	if strings.Contains(cell, ",") {
		cell = strings.ReplaceAll(strings.ReplaceAll(cell, ".", ""), ",", ".")
	}
	exact, ok := new(big.Rat).SetString(cell)
	if !ok {
		t.Fatalf("%q is no amount", cell)
	}
	return json.Number(exact.FloatString(2))
}
