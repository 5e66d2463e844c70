package main

import (
	"flag"
	"net/http/httptest"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// cmdAPIs starts all simulated APIs for the script, each with its default world and one record to read (Revnue with template 9, of which
// one field is out of use), and fills its address into every *.yaml that says BASE_URL. Besides the default credentials CRO knows cro-t0ken (of -role ROLE, assigned to tenant
// 1), BigChange the client reader (secret reader-s3cret, which may only read), Revnue revnue-t0ken (of company 1). Flags:
// -role ROLE, -by-role (CRO shows in Allow what the role may do), -empty (no records).
func cmdAPIs(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("apis", flag.ContinueOnError)
	role, byRole := flags.String("role", "Dispatcher", ""), flags.Bool("by-role", false, "")
	empty := flags.Bool("empty", false, "")
	if err := flags.Parse(args); err != nil || neg {
		ts.Fatalf("apis: %v", err)
	}
	s := stageOf(ts)
	s.sim = simulator.New(simulator.Options{
		CRO:    simulator.CROOptions{Roles: simulator.CRORoles{AllowByRole: *byRole}},
		Revnue: simulator.RevnueOptions{Rate: simulator.Rate{Limit: -1}},
	})
	tenant, customer, company := s.sim.CRO.AddDefaultWorld(), s.sim.BigChange.AddDefaultWorld(), s.sim.Revnue.AddDefaultWorld()
	s.sim.CRO.AddToken(simulator.Token{Value: "cro-t0ken", Role: *role, Tenants: []int64{tenant}})
	s.sim.BigChange.AddClient(simulator.BigChangeClient{ID: "reader", Secret: "reader-s3cret", Scopes: []string{"contacts:read"}})
	s.sim.Revnue.AddToken(simulator.RevnueToken{Value: "revnue-t0ken", Companies: []int64{company}})
	s.sim.Revnue.AddTemplate(simulator.RevnueTemplate{ID: 9, Name: "Trade terms", IsActive: true, Fields: []simulator.RevnueField{
		{ID: 91, Name: "Discount", DataType: "number", IsActive: true}, {ID: 92, Name: "Old code", DataType: "text"},
	}})
	if !*empty {
		s.sim.CRO.AddContact(1, simulator.Contact{Name: new("Ida Example")})
		s.sim.BigChange.AddContact(customer, simulator.BigChangeContact{Name: "Harbour View", GroupID: 1204})
		s.sim.Revnue.AddCustomer(company, simulator.RevnueCustomer{Name: "Harbour View"})
	}
	s.server = httptest.NewServer(s)
	ts.Defer(s.server.Close)
	ts.Setenv("BASE_URL", s.server.URL)
	fillIn(ts, "BASE_URL", s.server.URL)
}
