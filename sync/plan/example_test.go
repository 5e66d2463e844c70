package plan_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// office is an API that has one contact.
type office struct{ model *model.Model }

func (o office) List(_ context.Context, parent model.Record, yield func(plan.Found) error) error {
	ida := contact(o.model, "Ida Example", "ida@example.org")
	copy(ida[:1], parent) // the customer whose contacts are listed
	return yield(plan.Found{ID: "17", Record: ida})
}

func (office) Account(context.Context) error { return nil }

func (office) Get(context.Context, string, model.Record) (plan.Found, bool, error) {
	return plan.Found{}, false, nil
}

// contact is a record of customer 5.
func contact(m *model.Model, name, email string) model.Record {
	r := m.NewRecord()
	r[m.Index("customer_id")] = model.Value{Kind: model.Integer, Text: "5"}
	r[m.Index("name")] = model.Value{Kind: model.String, Text: name}
	r[m.Index("email")] = model.Value{Kind: model.String, Text: email}
	return r
}

// A sheet of two rows: one is there with another address, the other is not there yet. The sheet is read twice, before and
// after the API is asked.
func Example() {
	target, err := model.Load("cro")
	if err != nil {
		log.Fatal(err)
	}
	resource, _ := target.Resource("contact")
	m := resource.Model
	key := []int{m.Index("customer_id"), m.Index("name")}
	var rows []*mapping.Candidate
	for i, r := range []model.Record{contact(m, "ida example", "ida@new.example.org"), contact(m, "Tom Example", "tom@example.org")} {
		rows = append(rows, &mapping.Candidate{Seq: int64(i + 1), Row: sheet.Row{Number: i + 2}, Record: r, Key: mapping.Key(key, r)})
	}

	ctx, api := context.Background(), office{m}
	p := plan.New(plan.Options{
		Resource: resource, Mode: plan.ModeUpsert, Key: []string{"customer_id", "name"},
		ColumnOf: func(field string) string { return field },
	})
	for _, c := range rows {
		p.Survey(c)
	}
	if err := p.Fetch(ctx, api, func(int) {}); err != nil {
		log.Fatal(err)
	}
	for _, c := range rows {
		change, err := p.Decide(ctx, api, c)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("row %d: %s, id %q\n", change.Row, change.Action, change.ID)
		for _, f := range change.FieldChanges(m) {
			fmt.Printf("  %s: %q -> %q\n", f.Field, f.Before.Text, f.After.Text)
		}
	}
	fmt.Println(plan.Guards{}.WithDefaults().Judge(p.Tally(), false))
	// Output:
	// row 2: update, id "17"
	//   email: "ida@example.org" -> "ida@new.example.org"
	//   name: "Ida Example" -> "ida example"
	// row 3: create, id ""
	//   email: "" -> "tom@example.org"
	//   name: "" -> "Tom Example"
	// <nil>
}
