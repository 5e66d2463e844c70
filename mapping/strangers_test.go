package mapping_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// A total below a list of customers would be a customer of that name. Nothing of the kind is sent.
func TestRowsThatAreNoRecords(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Note", Field: "note"}, {Header: "Amount", Field: "amount"}, {Header: "Price", Field: "price"}},
		Identity: mapping.Identity{ID: "ID", Key: []string{"code"}}, ActionColumn: "Action",
	}
	mp := compile(t, cfg, m, "Code", "Note", "Amount", "Price", "ID", "Action")
	footer := func(name string, cells ...string) (string, sheet.Row, model.Code) {
		return name, textRow(append(cells, make([]string, 6-len(cells))...)...), model.CodeFooterRow
	}
	record := func(name string, cells ...string) (string, sheet.Row, model.Code) {
		n, row, _ := footer(name, cells...)
		return n, row, ""
	}
	repeated := func(name string, cells ...string) (string, sheet.Row, model.Code) {
		n, row, _ := footer(name, cells...)
		return n, row, model.CodeRepeatedHeader
	}
	narrow := func(name string, row sheet.Row, want model.Code) (string, sheet.Row, model.Code) {
		row.Width = 3
		return name, row, want
	}
	check := func(name string, row sheet.Row, want model.Code) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(row)
			var got model.Code
			if p := c.Stopped(); p != nil {
				got = p.Code
			}
			if got != want {
				t.Errorf("got %v, want the row to be stopped by %q", c.Problems, want)
			}
			if len(c.Problems)+len(c.OnCreate) > 1 {
				t.Errorf("got %v and %v, want the cells of such a row to be left alone", c.Problems, c.OnCreate)
			}
			if want != "" && (c.Problems[0].Row != 2 || c.Problems[0].Column != "" || c.Problems[0].Value == "") {
				t.Errorf("got %+v, want the row, no column, and what the row begins with", c.Problems[0])
			}
		})
	}
	check(footer("a total", "Total", "", "12", "3.50"))
	check(footer("in capitals, with a colon", "TOTAL:", "", "12"))
	check(footer("alone", "Grand Total"))
	check(footer("in another language", "Gesamtsumme", "", "1200"))
	check(footer("with its count", "Total (25 rows)"))
	check(footer("not in the first column", "", "Summe", "12"))
	check(footer("an amount with a sign of money", "Total", "", "", "€ 12,50"))
	check(footer("a page number", "Page 3 of 7"))
	check(footer("the filters of a report", "Applied filters: Region is North"))
	check(footer("when it was printed", "Printed on 2026-01-05 by Ida"))
	check(footer("how many there are", "25 rows"))
	check(footer("whose words they are", "Copyright (c) 2000-2025 salesforce.com, inc. All rights reserved."))
	check(footer("who may see it", "Confidential Information - Do Not Distribute"))
	check(footer("where a number belongs", "", "", "Total"))
	check(narrow(footer("with fewer cells than the header", "Total", "", "12")))
	check(narrow(repeated("the header, with fewer cells", "Code", "Note", "Amount")))
	name, row, want := footer("a total of a workbook", "Total", "")
	row.Cells[3] = number("1234.5")
	check(name, row, want)

	check(record("a company of that name, with a text about it", "Total", "Fuel cards"))
	check(record("a name that begins so", "Total Energy"))
	check(record("a record of one word", "K1"))
	check(record("a total with an id is a record", "Total", "", "12", "", "4711"))
	check(record("a total whose action says that it is a record", "Total", "", "12", "", "", "create"))
	check(record("a page of a book", "Page 3 of the book"))
	check(record("a name with copyright in it", "Copyright House Ltd"))
	check(record("a confidential name", "Confidential Bureau"))

	check(repeated("the header", "Code", "Note", "Amount", "Price"))
	check(repeated("in another spelling, and not all of it", "CODE", " note "))
	check(repeated("all of it, with ids and actions", "Code", "Note", "Amount", "Price", "ID", "Action"))
	check(footer("in the column of ids", "", "", "", "", "Total"))
	check(record("one name of the header alone", "Code"))
	check(record("one name of the header and something else", "Code", "x"))
}

// titled is a workbook with some rows above its header.
func titled(rows ...[]string) *fake {
	return &fake{header: rows[0], rows: len(rows) - 1, row: func(n int) sheet.Row {
		row := textRow(rows[n+1]...)
		row.Number = n + 2
		return row
	}}
}

func TestAHeaderBelowATitleIsNamed(t *testing.T) {
	t.Parallel()
	m := contact(t)
	header := []string{"name", "CUSTOMER ", "E-mail", "Fax", "New"}
	const found = "row 3 has the names that the job expects; if the header is there, say source.header_row: 3"
	tests := []struct {
		name string
		in   *fake
		want string // the last detail
	}{
		{"below a title and a date", titled([]string{"Contacts 2026"}, []string{"as of", "2026-01-05"}, header, []string{"Ida", "17", "", "", ""}), found},
		{"with a column renamed", titled([]string{"Contacts"}, []string{"x"}, []string{"Name", "Customer", "Mail", "Fax", "New"}), found},
		{"the first of two", titled([]string{"Contacts"}, []string{"x"}, header, header), found},
		{"where less than half of the names are", titled([]string{"Contacts"}, []string{"x"}, []string{"Name", "Customer"}), "\"Contacts\" is in the sheet"},
		{"where no more names are than in the header", titled([]string{"Name", "Customer", "Mail", "Fax", "New"}, []string{"x"}, []string{"Name", "Customer", "Mail", "Fax", "New"}), "\"Mail\" is in the sheet"},
		{"in a sheet that is damaged", &fake{header: []string{"Contacts"}, end: errors.New("damaged")}, "\"Contacts\" is in the sheet"},
		{"in a sheet that ends", &fake{header: []string{"Contacts"}, end: io.EOF}, "\"Contacts\" is in the sheet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Compile(contactConfig(), m, tt.in, "")
			var drift *mapping.DriftError
			if !errors.As(err, &drift) {
				t.Fatalf("got %v, want drift", err)
			}
			if last := drift.Details[len(drift.Details)-1]; !strings.HasPrefix(last, tt.want) {
				t.Errorf("got %q last, want %q", last, tt.want)
			}
		})
	}
}

// The whole of a sheet that two programs have put together: each row is judged, and each stranger named.
func TestStrangersInASheet(t *testing.T) {
	t.Parallel()
	in, rows := readCSV(t, "Name;Customer;E-mail;Fax;New\nIda;17;;;\nName;Customer;E-mail;Fax;New\nBo;17;;;\nTotal;34;;;\n")
	mp := compile(t, contactConfig(), contact(t), in.Header()...)
	var got []string
	for _, row := range rows {
		c := mp.Decode(row)
		code := ""
		if p := c.Stopped(); p != nil {
			code = string(p.Code)
		}
		got = append(got, code)
	}
	if diff := cmp.Diff(got, []string{"", "repeated_header", "", "footer_row"}); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
}
