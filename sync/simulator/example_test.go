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
