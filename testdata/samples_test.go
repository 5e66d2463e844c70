package testdata_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/testdata"
)

var update = flag.Bool("update", false, "write the sample sheets again")

// The columns that both sheets begin with.
const (
	customerColumn = iota
	nameColumn
	emailColumn
	phoneColumn
	faxColumn
	newColumn
	doneColumn
)

// sheet is what a sample holds and what is wrong in it on purpose.
type sheet struct {
	file   string
	header []string
	rows   [][]string
	faults map[int]string // index of the row -> what judge says of it
	yes    string
	no     string
	judge  func(cells []string) string // the first fault of a row by itself, "" for none
	key    func(cells []string) string // what must not be there twice
}

// edit is one cell that is changed after the rows are made. A fault is what the cell is an example of; none means that
// the value is unusual but good.
type edit struct {
	row, column int
	value       string
	fault       string
}

func (s *sheet) apply(edits []edit) {
	s.faults = map[int]string{}
	for _, e := range edits {
		s.rows[e.row][e.column] = e.value
		if e.fault != "" {
			s.faults[e.row] = e.fault
		}
	}
}

func contacts() *sheet {
	s := &sheet{
		file:   testdata.Contacts,
		header: []string{"Customer No", "Contact name", "E-mail", "Phone", "Fax", "Notify new", "Notify done", "Notes"},
		yes:    "Y",
		no:     "N",
		key:    contactKey,
	}
	s.judge = s.contactFault
	for i, p := range people()[:240] {
		s.rows = append(s.rows, append(s.row(i, i%12+1, p), remark(i)))
	}
	twin := s.rows[203]
	s.apply([]edit{
		{17, emailColumn, "front.desk@lantern-hotels.example; night.desk@lantern-hotels.example", "email is not a list"},
		{41, emailColumn, addresses(257), "email is too long"},
		{58, faxColumn, "+1 (360) 123-6543", "fax is too long"},
		{83, faxColumn, "555-01", "fax is too short"},
		{101, customerColumn, "", "customer is missing"},
		{126, newColumn, "maybe", "boolean is unknown"},
		{149, nameColumn, strings.Repeat("株式会社港屋根", 19)[:129*len("株")], "name is too long"},
		{172, phoneColumn, phones(91), "phone is too long"},
		{190, emailColumn, "", "email is missing"},
		{203, phoneColumn, "+1 206 555 0103", "key is repeated"},
		{221, customerColumn, twin[customerColumn], "key is repeated"},
		{221, emailColumn, twin[emailColumn], "key is repeated"},

		{29, nameColumn, strings.Repeat("Ωμέγα ", 22)[:235], ""}, // 128 characters in 235 bytes
		{66, emailColumn, addresses(256), ""},
		{110, phoneColumn, phones(90), ""},
		{137, faxColumn, "5550199", ""},
		{79, nameColumn, "", ""},
		{159, nameColumn, "", ""},
	})
	return s
}

func crmExport() *sheet {
	s := &sheet{
		file: testdata.CRMExport,
		header: []string{"Account ID", "Full Name", "Email Address", "Telephone", "Telefax", "New request mail",
			"Completed mail", "Owner", "Remarks"},
		yes: "true",
		no:  "false",
		key: contactKey,
	}
	s.judge = s.contactFault
	owners := []string{"Baxter, M.", "Okafor, C.", "Lindqvist, E."}
	for i := 40; i < 260; i++ {
		// The customer differs from the one that the workbook gives to the same person.
		cells := s.row(i, (i+5)%12+1, people()[i])
		s.rows = append(s.rows, append(cells, owners[i%3], remark(i)))
	}
	s.apply([]edit{
		{23, newColumn, "maybe", "boolean is unknown"},
		{64, emailColumn, "orders.at.tidewater-builders.example", "email is not a list"},
		{97, faxColumn, "+1 (206) 555-0142", "fax is too long"},
		{131, customerColumn, "", "customer is missing"},
		{168, customerColumn, "twelve", "customer is not a number"},
		{205, phoneColumn, phones(91), "phone is too long"},
	})
	return s
}

// row makes the columns that both sheets begin with.
func (s *sheet) row(i, customer int, p person) []string {
	email := p.slug + "@" + domain(customer)
	if i%15 == 4 {
		email += ", office." + p.slug + "@" + domain(customer)
	}
	return []string{strconv.Itoa(customer), p.name, email, phone(i), fax(i), s.word(i, 3), s.word(i, 4)}
}

// word is yes for one row in so many, no for most, and blank for a few.
func (s *sheet) word(i, every int) string {
	if i%10 == 7 {
		return ""
	}
	if i%every == 0 {
		return s.yes
	}
	return s.no
}

// addresses is a well-formed e-mail list of exactly so many characters.
func addresses(length int) string {
	list := "dispatch@quarry-road-concrete.example"
	for i := 1; len(list) < length-60; i++ {
		list += fmt.Sprintf(", site%d@quarry-road-concrete.example", i)
	}
	const tail = "@redwood-events.example"
	return list + ", " + strings.Repeat("x", length-len(list)-len(", ")-len(tail)) + tail
}

// phones is a phone cell of exactly so many characters.
func phones(length int) string {
	return ("+44 20 7946 0" + strings.Repeat("1", 3) + " or " + strings.Repeat("020 7946 0958 / ", 6))[:length]
}

func TestCommittedSheetsAreTheGeneratedOnes(t *testing.T) {
	if *update {
		write(t, testdata.Contacts, workbook(t, contacts()))
		write(t, testdata.CRMExport, export(crmExport()))
		write(t, testdata.BigChangeContacts, plainCSV(sites()))
		write(t, testdata.RevnueCustomers, customerBook(t, customers()))
		t.Skip("the sample sheets are written again: run the tests without -update, which embeds them")
	}
	for _, sample := range []struct {
		want *sheet
		read func(t *testing.T, data []byte) [][]string
	}{
		{contacts(), func(t *testing.T, data []byte) [][]string { return readWorkbook(t, data, sheetName) }},
		{crmExport(), readExport},
		{sites(), readPlainCSV},
		{customers(), func(t *testing.T, data []byte) [][]string { return readWorkbook(t, data, customersName) }},
	} {
		want := sample.want
		t.Run(want.file, func(t *testing.T) {
			got := sample.read(t, committed(t, want.file))
			if diff := cmp.Diff(append([][]string{want.header}, want.rows...), got); diff != "" {
				t.Errorf("the sheet differs from what the tests make (-want +got); run with -update:\n%s", diff)
			}
		})
	}
	for _, text := range []struct {
		file string
		want []byte
	}{
		{testdata.CRMExport, export(crmExport())}, {testdata.BigChangeContacts, plainCSV(sites())},
	} {
		if !bytes.Equal(committed(t, text.file), text.want) {
			t.Errorf("%s differs in quotes, line ends or blank lines from what the tests make; run with -update", text.file)
		}
	}
}

// TestFaultsAreTheOnesMeant judges every row by the documented limits, stated here once more in the plainest way.
func TestFaultsAreTheOnesMeant(t *testing.T) {
	for _, row := range []struct {
		sheet      *sheet
		read, good int // as the package comment says
	}{
		{contacts(), 240, 229},
		{crmExport(), 220, 214},
		{sites(), 220, 208},
		{customers(), 240, 217},
	} {
		s := row.sheet
		t.Run(s.file, func(t *testing.T) {
			got := map[int]string{}
			for i, cells := range s.rows {
				if fault := s.judge(cells); fault != "" {
					got[i] = fault
				}
			}
			for _, i := range repeatedKeys(s.rows, s.key, got) {
				got[i] = "key is repeated"
			}
			if diff := cmp.Diff(s.faults, got); diff != "" {
				t.Errorf("faults by row (-meant +found):\n%s", diff)
			}
			if len(s.rows) != row.read || len(s.rows)-len(got) != row.good {
				t.Errorf("got %d rows with %d good, want %d with %d", len(s.rows), len(s.rows)-len(got), row.read, row.good)
			}
		})
	}
}

func TestSheetsShareNoKey(t *testing.T) {
	both := slices.Concat(contacts().rows, crmExport().rows)
	alone := repeatedKeys(contacts().rows, contactKey, nil)
	if got := repeatedKeys(both, contactKey, nil); len(got) != len(alone) {
		t.Errorf("got %d rows with a repeated key in both sheets together, want the %d of the workbook", len(got), len(alone))
	}
}

// TestGoodRowsTouchTheLimits keeps the good values that a limit counted wrongly, say in bytes, would refuse.
func TestGoodRowsTouchTheLimits(t *testing.T) {
	for _, limit := range []struct {
		sheet              *sheet
		column, characters int
	}{
		{contacts(), nameColumn, 128}, {contacts(), emailColumn, 256}, {contacts(), phoneColumn, 90},
		{contacts(), faxColumn, 7}, {contacts(), faxColumn, 15},
		{sites(), siteColumn, 50}, {sites(), siteColumn, 51}, {sites(), refColumn, 40}, {sites(), refColumn, 41},
		{customers(), firmColumn, 50}, {customers(), personEmailColumn, 254}, {customers(), websiteColumn, 50},
		{customers(), aboutColumn, 1000}, {customers(), managerColumn, 50}, {customers(), zipColumn, 20},
	} {
		s := limit.sheet
		if !slices.ContainsFunc(s.rows, func(cells []string) bool {
			return s.judge(cells) == "" && utf8.RuneCountInString(cells[limit.column]) == limit.characters
		}) {
			t.Errorf("%s: no good row has %d characters in %q", s.file, limit.characters, s.header[limit.column])
		}
	}
}

func (s *sheet) contactFault(cells []string) string {
	long := func(column, most int) bool { return utf8.RuneCountInString(cells[column]) > most }
	customer, err := strconv.Atoi(cells[customerColumn])
	switch {
	case cells[customerColumn] == "":
		return "customer is missing"
	case err != nil:
		return "customer is not a number"
	case customer < 1 || customer > 12:
		return "customer does not exist"
	case long(nameColumn, 128):
		return "name is too long"
	case cells[emailColumn] == "":
		return "email is missing"
	case long(emailColumn, 256):
		return "email is too long"
	case !regexp.MustCompile(`^[^@,;\s]+@[^@,;\s]+(, [^@,;\s]+@[^@,;\s]+)*$`).MatchString(cells[emailColumn]):
		return "email is not a list"
	case long(phoneColumn, 90):
		return "phone is too long"
	case long(faxColumn, 15):
		return "fax is too long"
	case cells[faxColumn] != "" && !long(faxColumn, 6):
		return "fax is too short"
	}
	for _, word := range cells[newColumn : doneColumn+1] {
		if !slices.Contains([]string{s.yes, s.no, ""}, word) {
			return "boolean is unknown"
		}
	}
	return ""
}

// contactKey is a customer and an e-mail address, "" without an address.
func contactKey(cells []string) string {
	if cells[emailColumn] == "" {
		return ""
	}
	return cells[customerColumn] + " " + strings.ToLower(cells[emailColumn])
}

// repeatedKeys lists the rows whose key stands in another row too, leaving out the faulty ones.
func repeatedKeys(rows [][]string, keyOf func([]string) string, faulty map[int]string) []int {
	byKey := map[string][]int{}
	for i, cells := range rows {
		if _, bad := faulty[i]; !bad && keyOf(cells) != "" {
			byKey[keyOf(cells)] = append(byKey[keyOf(cells)], i)
		}
	}
	maps.DeleteFunc(byKey, func(_ string, where []int) bool { return len(where) == 1 })
	return slices.Concat(slices.Collect(maps.Values(byKey))...)
}

func committed(t *testing.T, name string) []byte {
	t.Helper()
	data, err := testdata.FS().ReadFile(name)
	if err != nil {
		t.Fatalf("read the embedded %s: %v", name, err)
	}
	return data
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatalf("write %s: %v", name, err)
	}
}
