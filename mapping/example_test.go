package mapping_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func ExampleCompile() {
	if err := decodeContacts(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// row 2, key "17\x1fida example":
	//   customer_id = 17
	//   email = ida@example.org
	//   name = Ida Example
	//   notify_on_new_request = true
	// row 3, key "17\x1furs example":
	//   E-mail: bad_email: "urs at example.org" is not an e-mail address
	//   New requests: not_boolean: "perhaps" is none of the words for true (yes) or false (no)
}

func decodeContacts() error {
	dir, err := os.MkdirTemp("", "rollcall")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "people.csv")
	const people = "Customer,Name,E-mail,New requests\n17,Ida Example,ida@example.org,Yes\n17,Urs Example,urs at example.org,perhaps\n"
	if err := os.WriteFile(path, []byte(people), 0o600); err != nil {
		return err
	}
	in, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		return err
	}
	defer in.Close()

	target, err := model.Load("cro")
	if err != nil {
		return err
	}
	contact, _ := target.Resource("contact")
	cfg := &mapping.Config{
		Columns: mapping.Columns{
			{Header: "Customer", Field: "customer_id"},
			{Header: "Name", Field: "name"},
			{Header: "E-mail", Field: "email"},
			{Header: "New requests", Field: "notify_on_new_request", True: []string{"yes"}, False: []string{"no"}},
		},
		Identity: mapping.Identity{Key: []string{"customer_id", "name"}},
	}
	if findings := cfg.Check(contact.Model); len(findings) > 0 {
		return fmt.Errorf("%v", findings)
	}
	m, err := mapping.Compile(cfg, contact.Model, in, "")
	if err != nil {
		return err
	}
	for {
		var row sheet.Row
		if err := in.Read(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		show(m.Model(), m.Decode(row))
	}
}

// show prints what is in a row, or what is wrong with it.
func show(m *model.Model, c mapping.Candidate) {
	fmt.Printf("row %d, key %q:\n", c.Row.Number, c.Key)
	for _, p := range c.Problems {
		fmt.Printf("  %s: %s: %s\n", p.Column, p.Code, p.Message)
	}
	for i, v := range c.Record {
		if v.Known() && c.Stopped() == nil {
			fmt.Printf("  %s = %s\n", m.Fields[i].Name, v.Text)
		}
	}
}
