package model_test

import (
	"fmt"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func ExampleLoad() {
	target, err := model.Load("cro")
	if err != nil {
		fmt.Println(err)
		return
	}
	contact, _ := target.Resource("contact")
	m := contact.Model
	rec := m.NewRecord()
	for name, cell := range map[string]string{"customer_id": "0042", "name": "Ida Example", "fax": "+1 (360) 555-0143", "notify_on_new_request": "TRUE"} {
		i := m.Index(name)
		rec[i], _ = m.Fields[i].Parse(cell)
	}
	for _, p := range m.Validate(nil, rec, model.ForCreate) {
		fmt.Printf("%s %s: %s\n", p.Field, p.Code, p.Message)
	}
	rec[m.Index("fax")] = model.Value{}
	fmt.Println(contact.Create.Method, contact.Create.Path)
	fmt.Printf("%s\n", m.AppendBody(nil, rec, nil))
	// Output:
	// fax too_long: 17 characters, at most 15 allowed
	// POST /customers/{customer_id}/contacts
	// {"name":"Ida Example","notify_on_new_request":true}
}
