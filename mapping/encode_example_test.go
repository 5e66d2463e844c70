package mapping_test

import (
	"fmt"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

func ExampleCompileEncoder() {
	target, err := model.Load("revnue")
	if err != nil {
		fmt.Println(err)
		return
	}
	customer, _ := target.Resource("customer")
	cfg := &mapping.Config{
		Columns: mapping.Columns{
			{Header: "Customer", Field: "name"},
			{Header: "Segment", Field: "category", Lookup: "name"},
			{Header: "NDA", Field: "nda_signed", True: []string{"Y"}, False: []string{"N"}},
			{Header: "NDA date", Field: "nda_signed_date", Format: "02/01/2006"},
		},
		Identity: mapping.Identity{ID: "Revnue ID", Key: []string{"name"}},
		Tables: map[string]*model.Table{"Segment": model.NewTable([]model.Entry{
			{Name: "Beverages", ID: "9"}, {Name: "Retail", ID: "11"}, {Name: "Retail", ID: "12"},
		})},
	}
	e, err := mapping.CompileEncoder(cfg, customer.Model, mapping.InText)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(e.Header(), " | "))
	for _, answer := range []string{
		`{"id": 512, "name": "Granite Peak Brewing", "category": {"id": 9}, "nda_signed": true, "nda_signed_date": "2024-02-29"}`,
		`{"id": 513, "name": "Corner Shop", "category": {"id": 12}, "nda_signed": false, "nda_signed_date": null}`,
	} {
		id, _ := customer.ReadID([]byte(answer))
		record, err := customer.Model.FromJSON([]byte(answer))
		if err != nil {
			fmt.Println(err)
			return
		}
		cells, problems := e.Encode(id, record)
		var shown []string
		for _, cell := range cells {
			shown = append(shown, cell.Text)
		}
		fmt.Println(strings.TrimSpace(strings.Join(shown, " | ")))
		for _, p := range problems {
			fmt.Printf("  %s: %s: %s\n", p.Column, p.Code, p.Message)
		}
	}
	// Output:
	// Revnue ID | Customer | Segment | NDA | NDA date
	// 512 | Granite Peak Brewing | Beverages | Y | 29/02/2024
	// 513 | Corner Shop |  | N |
	//   Segment: not_exported: the record has "12" in category, which no cell can say: 2 entries of the list are called "Retail"; the cell is blank, which leaves the field alone
}
