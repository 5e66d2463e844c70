package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// customers is how many customers the contacts belong to.
const customers = 1000

// contact is the contact of a row, counted from 0, field by field as the sheet has it.
func contact(n int) []string {
	return []string{
		strconv.Itoa(n%customers + 1),
		fmt.Sprintf("Zoë Maria Example-Musterfrau %d", n),
		fmt.Sprintf("zoe.maria.%d@branch%d.example.org", n, n%997),
		fmt.Sprintf("+49 170 %07d (office Berlin)", n),
		fmt.Sprintf("030 %05d", n%90000),
		"true", "false", "true", "false", "true",
	}
}

// header is what the columns are called.
func header() []string {
	return []string{"Customer", "Name", "Email", "Phone", "Fax", "New request", "Accepted", "Completed", "Cancelled", "Rejected"}
}

// job is the job file for a sheet and a server.
func job(sheet, server string, workers int) string {
	return fmt.Sprintf(`version: 1
target: cro/contact
connection:
  base_url: %s
  account: {tenant_id: 1}
  auth: {token: "${file:token}"}
  workers: %d
source: {file: %s}
identity: {key: [customer_id, email]}
columns:
  Customer: customer_id
  Name: name
  Email: email
  Phone: number
  Fax: fax
  New request: notify_on_new_request
  Accepted: notify_on_acknowledged_request
  Completed: notify_on_completed_request
  Cancelled: notify_on_dispatched_request
  Rejected: notify_on_failed_request
`, server, workers, sheet)
}

// body is the request that creates a contact.
func body(cells []string) []byte {
	text, err := json.Marshal(map[string]any{
		"name": cells[1], "email": cells[2], "number": cells[3], "fax": cells[4],
		"notify_on_new_request": cells[5] == "true", "notify_on_acknowledged_request": cells[6] == "true",
		"notify_on_completed_request": cells[7] == "true", "notify_on_dispatched_request": cells[8] == "true",
		"notify_on_failed_request": cells[9] == "true",
	})
	if err != nil {
		panic(err) // strings and booleans can be written
	}
	return text
}

// writeCSV writes a sheet. Every bad-th row has an address that is none; 0 for none.
func writeCSV(path string, count, bad int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	line := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(cell)
		}
		w.WriteByte('\n')
	}
	line(header())
	for n := range count {
		cells := contact(n)
		if bad > 0 && n%bad == 0 {
			cells[2] = fmt.Sprintf("zoe%d at example", n)
		}
		line(cells)
	}
	return w.Flush()
}

// writeXLSX writes a workbook, with its texts in the cells.
func writeXLSX(path string, count int) error {
	book := excelize.NewFile()
	defer book.Close()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	line := func(n int, cells []string) error {
		row := make([]any, len(cells))
		for i := range cells {
			row[i] = cells[i]
		}
		return w.SetRow("A"+strconv.Itoa(n), row)
	}
	if err := line(1, header()); err != nil {
		return err
	}
	for n := range count {
		if err := line(n+2, contact(n)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return book.SaveAs(path)
}
