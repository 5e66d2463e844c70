package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// A client creates a contact; the server stores it and then answers an error. Only the commit log tells that the record
// is there.
func Example() {
	sim := simulator.New(simulator.Options{
		Rate:   simulator.Rate{Limit: 20, Per: time.Minute},
		Faults: simulator.MustFaults("POST /customers/*/contacts nth=1 error-after-commit status=502"),
	})
	tenant := sim.CRO.AddTenant(simulator.Tenant{Name: "Acme"})
	customer := sim.CRO.AddCustomer(tenant, simulator.Customer{Name: "Bridge & Sons"})
	server := httptest.NewServer(sim)
	defer server.Close()

	url := fmt.Sprintf("%s/customers/%d/contacts", server.URL, customer)
	request, _ := http.NewRequest("POST", url, strings.NewReader(`{"name": "Jo"}`))
	request.Header.Set("Authorization", "Bearer "+simulator.DefaultToken)
	request.Header.Set("x-tenant-id", fmt.Sprint(tenant))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body))

	for _, c := range sim.Commits() {
		fmt.Println(c.Method, c.Resource, c.ID, c.Fault)
	}
	fmt.Println(*sim.CRO.Contacts(customer)[0].Name)
	fmt.Print(sim.Tally())
	// Output:
	// 502 {"field":null,"detail":"Scripted fault.","explanation":"The request was not carried out."}
	// POST contact 1 error-after-commit
	// Jo
	//      1 POST /customers/{customer_id}/contacts
}

// Names of customers are unique in the whole account, so a company can be refused a name that its own list does not show.
func ExampleRevnue() {
	sim := simulator.New(simulator.Options{})
	sim.Revnue.AddDefaultWorld()
	sim.Revnue.AddCustomer(2, simulator.RevnueCustomer{Name: "Bridge & Sons"})
	server := httptest.NewServer(sim)
	defer server.Close()

	for _, name := range []string{"Bridge & Sons", "Bridge & Sons (north)"} {
		body := strings.NewReader(fmt.Sprintf(`{"company": 1, "name": %q, "phone": "+44 117 496 0000"}`, name))
		request, _ := http.NewRequest("POST", server.URL+"/api/v2/customer", body)
		request.Header.Set("Authorization", "Bearer "+simulator.DefaultRevnueToken)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = response.Body.Close()
		fmt.Println(response.StatusCode, len(sim.Revnue.Customers(1)))
	}
	// Output:
	// 400 0
	// 201 1
}
