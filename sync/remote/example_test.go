package remote_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// A client creates a contact below customer 1, and lists what is there.
func Example() {
	sim := simulator.New(simulator.Options{})
	sim.CRO.AddDefaultWorld()
	server := httptest.NewServer(sim)
	defer server.Close()

	target, err := model.Load("cro")
	if err != nil {
		fmt.Println(err)
		return
	}
	contact, _ := target.Resource("contact")
	client, err := remote.New(remote.Options{
		Target: target, Resource: contact, BaseURL: server.URL, Slash: target.Slash,
		Account: map[string]string{"tenant_id": "1"},
		Auth:    remote.Credentials{Token: remote.NewSecret(simulator.DefaultToken)},
		Pacer:   pace.New(pace.NewWindow(pace.Limit{})),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	fields := contact.Model
	record := fields.NewRecord()
	record[fields.Index("customer_id")] = model.Value{Kind: model.Integer, Text: "1"}
	record[fields.Index("name")] = model.Value{Kind: model.String, Text: "Ida Example"}
	answer := client.Write(context.Background(), &plan.Change{Action: plan.Create, Record: record}, uuid.NewString())
	fmt.Println(answer.Verdict == push.Accepted, answer.HTTPStatus, answer.ID)

	err = client.List(context.Background(), record, func(f plan.Found) error {
		fmt.Println(f.ID, f.Record[fields.Index("name")].Text)
		return nil
	})
	fmt.Println(err, client.Stats())
	// Output:
	// true 200 1
	// 1 Ida Example
	// <nil> {2 0 0}
}
