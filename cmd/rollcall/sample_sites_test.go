package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/simulator"
	"github.com/rollcall-sync/rollcall/testdata"
)

// siteProblems is what is wrong or odd in the sites.
func siteProblems() []planted {
	return []planted{
		{9, "Lat", "location.latitude", "required"},
		{33, "Lat", "location.latitude", "required"},
		{33, "Lng", "location.longitude", "required"},
		{57, "Lat", "location.latitude", "not_number"},
		{82, "Group", "groupId", "lookup_none"},
		{104, "Group", "groupId", "required"},
		{121, "Site", "name", "required"},
		{138, "Ref", "reference", "blank_key"},
		{150, "Ref", "reference", "duplicate_key"},
		{165, "Ref", "reference", "scientific"},
		{180, "", "", "ragged_row"},
		{180, "Lat", "location.latitude", "not_number"}, // the cells have moved
		{196, "Lng", "location.longitude", "cell_error"},
		{211, "Ref", "reference", "duplicate_key"},
		{70, "Site", "name", "legacy_limit"},
		{71, "Postcode", "postalCode", "legacy_limit"},
		{72, "Access notes", "extraInformation", "legacy_limit"},
		{73, "Ref", "reference", "legacy_limit"},
		{74, "Street", "street", "legacy_limit"},
	}
}

// TestSitesAreStoredAsTheyStand syncs the sites and compares every record that the API has with the cells of its row, which
// are read here in the plainest way.
func TestSitesAreStoredAsTheyStand(t *testing.T) {
	t.Parallel()
	p := newSamples(t)
	syncSample(t, p, "bigchange.yaml", siteProblems())

	got := map[string]simulator.BigChangeContact{}
	for _, c := range p.sim.BigChange.Contacts(14532) {
		c.ID, c.CreatedAt, c.ModifiedAt = 0, "", ""
		slices.SortFunc(c.CustomFields, func(a, b simulator.BigChangeCustomField) int { return cmp.Compare(a.DefinitionID, b.DefinitionID) })
		if _, twice := got[*c.Reference]; twice {
			t.Errorf("the reference %s is there twice", *c.Reference)
		}
		got[*c.Reference] = c
	}
	want := map[string]simulator.BigChangeContact{}
	bad := badRowsOf(siteProblems())
	for i, cells := range siteRows(t) {
		if !bad[i] {
			want[cells[0]] = storedSite(t, cells)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("contacts (-rows +stored):\n%s", diff)
	}
}

// siteRows reads the sample without the program.
func siteRows(t *testing.T) [][]string {
	t.Helper()
	data, err := testdata.FS().ReadFile(testdata.BigChangeContacts)
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// storedSite is the record that a row must have made.
func storedSite(t *testing.T, cells []string) simulator.BigChangeContact {
	t.Helper()
	groups := map[string]int64{
		"Housing": 1204, "housing ": 1204, "Commercial": 1205, "COMMERCIAL": 1205, "Schools": 1206, "Schools & Colleges": 1207,
		"Santé publique": 1208, "sante\u0301 publique": 1208, "Imported Contacts": 1209, "Imported  contacts": 1209,
	}
	degrees := func(cell string) float64 {
		f, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	c := simulator.BigChangeContact{
		Reference: filled(cells[0]), Name: cells[1], GroupID: groups[cells[2]], ExtraInformation: filled(cells[3]),
		BigChangeAddress: simulator.BigChangeAddress{
			Street: filled(cells[4]), Town: filled(cells[5]), PostalCode: filled(cells[6]), Country: filled(cells[7]),
		},
		Location:      &simulator.BigChangeLocation{Latitude: degrees(cells[8]), Longitude: degrees(cells[9])},
		AccountStatus: "normal", CustomFields: []simulator.BigChangeCustomField{},
	}
	for i, definition := range []int64{77, 78, 80, 81} {
		if value := filled(cells[10+i]); value != nil {
			c.CustomFields = append(c.CustomFields, simulator.BigChangeCustomField{DefinitionID: definition, Value: value})
		}
	}
	return c
}
