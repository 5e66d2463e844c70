package simulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Sources: developer.revnue.com/reference/list-category, .../custom-field-template and .../list-custom-form-template. The
// pages of countries and companies could not be read.
func TestRevnueLookups(t *testing.T) {
	const terms = `{"id":7,"name":"Customer terms","is_active":true,"type":"contract","fields":[` +
		`{"id":71,"name":"Credit limit","data_type":"money","is_active":true,"order":1},` +
		`{"id":72,"name":"Visits a year","data_type":"number","is_active":true,"order":2},` +
		`{"id":73,"name":"Contract end","data_type":"date","is_active":true,"order":3},` +
		`{"id":74,"name":"Account manager","data_type":"text","is_active":true,"order":4}]}`
	for _, row := range []struct {
		name, path, starts string
		count              int // of records in a list; 0 is one record
	}{
		{"categories", "/category/?company=1", `[{"id":1,"category":"Construction","subcategories":["Civil","Roofing"]},`, 12},
		{"categories belong to the account", "/category/?company=2", `[{"id":1,"category":"Construction",`, 12},
		{"one category without subcategories", "/category/4/?company=1", `{"id":4,"category":"Software","subcategories":[]}`, 0},
		{"countries", "/country/?company=1", `[{"numeric_code":36,"name":"Australia"},`, 28},
		{"companies, for which no company is named", "/company/", `[{"id":1,"name":"Northgate Holdings"},`, 2},
		{"field templates", "/custom-field-template/?company=1", `[` + terms + `]`, 1},
		{"one field template", "/custom-field-template/7/?company=1", terms, 0},
		{"form templates", "/custom-form-template/?company=1", `[{"id":8,"name":"Customer onboarding","is_active":true,"type":"customer",`, 1},
		{"one form template", "/custom-form-template/8/?company=1", `{"id":8,"name":"Customer onboarding",`, 0},
		{"customers of company 2 alone", "/customer/?company=2", `[{"id":2,"name":"Overseas",`, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := revnueWith(simulator.RevnueOptions{}).ask("GET", row.path, "")
			if got.status != 200 || !strings.HasPrefix(got.body, row.starts) {
				t.Fatalf("got %d %s\nwant 200 %s", got.status, got.body, row.starts)
			}
			if row.count > 0 && len(recordsOf(t, got.body)) != row.count {
				t.Errorf("got %d records, want %d", len(recordsOf(t, got.body)), row.count)
			}
		})
	}
	form := revnueWith(simulator.RevnueOptions{}).ask("GET", "/custom-form-template/8/?company=1", "")
	if members := names(t, form.body); members != "fields form_desc form_title id is_active is_default name type" ||
		form.field(t, "is_default") != true || !strings.Contains(form.body, `"data_type":"attachment"`) {
		t.Errorf("form template: got %s", form.body)
	}
}

// recordsOf reads a bare array.
func recordsOf(t *testing.T, body string) []map[string]any {
	t.Helper()
	var records []map[string]any
	if err := json.Unmarshal([]byte(body), &records); err != nil {
		t.Fatalf("no array: %v\n%s", err, body)
	}
	return records
}

func TestRevnueUnknownRecords(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	for _, path := range []string{
		"/customer/99/", "/customer/2/", "/customer/x/", "/customer/0/", "/customer/1%2F/", "/category/99/", "/category/Software/",
		"/custom-field-template/99/", "/custom-field-template/8/", "/custom-form-template/7/", "/country/826/", "/company/1/", "/contract/",
		"/customer//", "/",
	} {
		if got := a.ask("GET", path+"?company=1", ""); got.status != 404 || got.field(t, "detail") == nil {
			t.Errorf("%s: got %d %s, want 404 with a detail", path, got.status, got.body)
		}
	}
}

func TestRevnueAddsWhatTestsNeed(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	if id := a.sim.Revnue.AddCategory(simulator.RevnueCategory{Name: "Logistics"}); id != 13 {
		t.Errorf("category: got %d, want 13", id)
	}
	twins := 0
	for _, c := range recordsOf(t, a.ask("GET", "/category/?company=1", "").body) {
		if c["category"] == "Logistics" {
			twins++
		}
	}
	if twins != 2 {
		t.Errorf("got %d categories of one name, want 2", twins)
	}
	id := a.sim.Revnue.AddTemplate(simulator.RevnueTemplate{Name: "More", IsActive: true, Fields: []simulator.RevnueField{
		{Name: "One", DataType: "text", IsActive: true}, {Name: "Two", DataType: "text", IsActive: true},
	}})
	want := `{"id":9,"name":"More","is_active":true,"type":"","fields":[{"id":86,"name":"One","data_type":"text","is_active":true,"order":1},` +
		`{"id":87,"name":"Two","data_type":"text","is_active":true,"order":2}]}`
	if got := a.ask("GET", "/custom-field-template/9/?company=1", ""); id != 9 || got.body != want {
		t.Errorf("template: got %d %s, want %s", id, got.body, want)
	}
	a.sim.Revnue.AddCountry(simulator.RevnueCountry{Code: 4, Name: "Afghanistan"})
	if got := a.ask("PATCH", "/customer/1", `{"company": 1, "country": 4}`); got.field(t, "country") != "Afghanistan" {
		t.Errorf("country: got %s", got.body)
	}
	if id := a.sim.Revnue.AddCompany(simulator.RevnueCompany{Name: "Third"}); id != 3 || a.ask("GET", "/customer/?company=3", "").body != "[]" {
		t.Errorf("company: got %d, want 3 with an empty list", id)
	}
}

// What stands around a list is not documented.
func TestRevnueLists(t *testing.T) {
	for _, row := range []struct {
		name      string
		lists     simulator.RevnueLists
		customers int
		starts    string
	}{
		{"an array", simulator.ListArray, 2, `[{"id":3,`},
		{"an array of one", simulator.ListArray, 1, `[{"id":3,`},
		{"an empty array", simulator.ListArray, 0, `[]`},
		{"one record by itself", simulator.ListBareOne, 1, `{"id":3,`},
		{"two records in an array", simulator.ListBareOne, 2, `[{"id":3,`},
		{"no record in an array", simulator.ListBareOne, 0, `[]`},
		{"a page", simulator.ListPages, 2, `{"count":2,"next":null,"previous":null,"results":[{"id":3,`},
		{"an empty page", simulator.ListPages, 0, `{"count":0,"next":null,"previous":null,"results":[]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Lists: row.lists})
			company := a.sim.Revnue.AddCompany(simulator.RevnueCompany{})
			for n := range row.customers {
				a.sim.Revnue.AddCustomer(company, simulator.RevnueCustomer{Name: fmt.Sprint("Customer ", n)})
			}
			got := a.ask("GET", fmt.Sprintf("/customer/?company=%d&page=1&name=x", company), "")
			if got.status != 200 || !strings.HasPrefix(got.body, row.starts) {
				t.Errorf("got %d %s, want 200 %s", got.status, got.body, row.starts)
			}
		})
	}
	if got := revnueWith(simulator.RevnueOptions{Lists: simulator.ListPages}).ask("GET", "/category/?company=1", ""); got.field(t, "count") != 12.0 {
		t.Errorf("lookups have the same shape: got %s", got.body)
	}
}

func TestRevnuePages(t *testing.T) {
	const here = "http://example.com/api/v2/category/?company=1&page="
	for _, row := range []struct {
		name, query    string
		status         int
		next, previous any
		ids            string
	}{
		{"the first page", "", 200, here + "2", nil, "[1 2 3 4 5]"},
		{"one in the middle", "&page=2", 200, here + "3", here + "1", "[6 7 8 9 10]"},
		{"the last", "&page=3", 200, nil, here + "2", "[11 12]"},
		{"behind the last", "&page=4", 404, nil, nil, "[]"},
		{"page 0", "&page=0", 404, nil, nil, "[]"},
		{"a page that is a word", "&page=last", 404, nil, nil, "[]"},
		{"a size of its own", "&page_size=4&page=2", 200, here + "3&page_size=4", here + "1&page_size=4", "[5 6 7 8]"},
		{"a size that fits", "&page_size=12", 200, nil, nil, "[1 2 3 4 5 6 7 8 9 10 11 12]"},
		{"a size beyond all", "&page_size=9223372036854775807", 200, nil, nil, "[1 2 3 4 5 6 7 8 9 10 11 12]"},
		{"size 0 is ignored", "&page_size=0", 200, here + "2&page_size=0", nil, "[1 2 3 4 5]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Lists: simulator.ListPages, PageSize: 5})
			got := a.ask("GET", "/category/?company=1"+row.query, "")
			if got.status != row.status || got.field(t, "next") != row.next || got.field(t, "previous") != row.previous {
				t.Errorf("got %d %s, want %d, next %v, previous %v", got.status, got.body, row.status, row.next, row.previous)
			}
			records, _ := got.field(t, "results").([]any)
			ids := []any{}
			for _, record := range records {
				ids = append(ids, at(t, record, "id"))
			}
			if fmt.Sprint(ids) != row.ids {
				t.Errorf("ids: got %v, want %s", ids, row.ids)
			}
		})
	}
}

func TestRevnueListLag(t *testing.T) {
	now := newClock()
	a := newAdministrator(simulator.Options{Clock: now.Now, Revnue: simulator.RevnueOptions{ListLag: 5 * time.Second}})
	a.ask("POST", "/customer", `{"company": 1, "name": "Fresh"}`)
	count := func() int { return len(recordsOf(t, a.ask("GET", "/customer/?company=1", "").body)) }
	if got := count(); got != 1 {
		t.Errorf("at once: got %d customers, want the old one", got)
	}
	if got := a.ask("GET", "/customer/3/?company=1", "").status; got != 200 {
		t.Errorf("by id: got %d, want 200", got)
	}
	if got := a.ask("POST", "/customer", `{"company": 2, "name": "Fresh"}`).status; got != 400 {
		t.Errorf("the name is taken at once: got %d, want 400", got)
	}
	if got := len(a.sim.Revnue.Customers(1)); got != 2 {
		t.Errorf("Customers: got %d, want 2", got)
	}
	now.advance(5*time.Second - 1)
	if got := count(); got != 1 {
		t.Errorf("a moment before: got %d customers, want 1", got)
	}
	now.advance(1)
	if got := count(); got != 2 {
		t.Errorf("after the lag: got %d customers, want 2", got)
	}
}
