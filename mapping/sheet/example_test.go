package sheet_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "sheet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "contacts.csv")
	content := "Name;Phone\r\nAda;+44 20 7946 0958\r\n;\r\nZoë;4.42079E+11\r\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		log.Fatal(err)
	}

	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Printf("%s in %s, delimiter %q, columns %q\n", r.Info().Type, r.Info().Encoding, r.Info().Delimiter, r.Header())
	var row sheet.Row
	for {
		err := r.Read(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		damaged := row.Cells[1].Damage == sheet.DamageExponent
		fmt.Printf("row %d: %s, %s, damaged: %t\n", row.Number, row.Cells[0].Text, row.Cells[1].Text, damaged)
	}
	// Output:
	// csv in utf-8, delimiter ";", columns ["Name" "Phone"]
	// row 2: Ada, +44 20 7946 0958, damaged: false
	// row 4: Zoë, 4.42079E+11, damaged: true
}

func ExampleNewCSVWriter() {
	var file strings.Builder
	w, err := sheet.NewCSVWriter(&file, []string{"Name", "Notes"})
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Write([]string{"Ada", `=HYPERLINK("x")`}); err != nil {
		log.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", file.String())
	// Output:
	// "\ufeffName,Notes\r\nAda,\"'=HYPERLINK(\"\"x\"\")\"\r\n"
}
