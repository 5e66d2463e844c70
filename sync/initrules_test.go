package sync_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	datasync "github.com/rollcall-sync/rollcall/sync"
)

// accountOf is settings of an account that are right for a target.
func accountOf(target string) map[string]string {
	name, _, _ := strings.Cut(target, "/")
	return map[string]map[string]string{"revnue": {"company": "1"}, "cro": {"tenant_id": "1"}, "bigchange": {"customer_id": "14532"}}[name]
}

// fieldNames is the fields of a resource, with custom ones that there may be and names that nothing has.
func fieldNames(t testing.TB, name string) []string {
	t.Helper()
	target, resource, _ := strings.Cut(name, "/")
	loaded, err := model.Load(target)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := loaded.Resource(resource)
	names := []string{"customFields.Tier", "customFields.tier", "customFields.77", "customFields.077", "customFields.99999999999999999999",
		"template.fields.Credit limit", "template.fields.7", "NAME", "?", "ignore", "no.such"}
	for i := range r.Model.Fields {
		names = append(names, r.Model.Fields[i].Name)
	}
	return names
}

// whim answers every question of init with something, right or wrong. What is asked for every row, and the key, it answers
// until the answer is taken.
func whim(rt *rapid.T, names []string) func(datasync.Question) (datasync.Answer, error) {
	return func(q datasync.Question) (datasync.Answer, error) {
		texts := []string{rapid.SampledFrom(names).Draw(rt, q.About)}
		if !q.Ignore {
			texts = slices.Concat(texts, []string{"17", "77", "1.5", "true", "ida@x.example", "2024-01-31"}, names)
		}
		option := rapid.IntRange(0, len(q.Options)).Draw(rt, q.About+", option")
		switch {
		case q.Ignore && rapid.IntRange(0, 9).Draw(rt, "ignore") == 0:
			return datasync.Answer{Ignore: true}, nil
		case q.Rest && rapid.IntRange(0, 19).Draw(rt, "rest") == 0:
			return datasync.Answer{Rest: true}, nil
		case option > 0:
			return datasync.Answer{Option: option}, nil
		case q.Free == "":
			return datasync.Answer{}, nil
		}
		for _, text := range texts {
			if q.Accept(text) == nil {
				return datasync.Answer{Text: text}, nil
			}
		}
		return datasync.Answer{}, nil
	}
}

// TestInitWritesWhatIsRead takes every answer that init accepts into a job file that the loader accepts.
func TestInitWritesWhatIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	targets := []string{"revnue/customer", "cro/contact", "bigchange/contact", "bigchange/person"}
	names := map[string][]string{}
	for _, target := range targets {
		names[target] = fieldNames(t, target)
	}
	headers := []string{"Name", "First name", "Last name", "Company", "E-Mail", "Phone", "Latitude", "Longitude", "Group", "NDA", "NDA am", "Tier",
		"Credit limit", "Reference", "Country", "Category", "Notify new", "Contact", "ID", "Town", "Notes", "customFields.Tier", "template.fields.Tier"}
	cells := []string{"", "1,5", "1.234,50", "1.234", "03.04.2024", "13/04/2024", "ja", "nein", "Y", "12", "Ida", "ida@x.example", "Housing"}
	rapid.Check(t, func(rt *rapid.T) {
		target := rapid.SampledFrom(targets).Draw(rt, "target")
		header := rapid.SliceOfNDistinct(rapid.SampledFrom(headers), 2, 9, rapid.ID[string]).Draw(rt, "header")
		records := [][]string{header}
		for range rapid.IntRange(0, 3).Draw(rt, "rows") {
			records = append(records, rapid.SliceOfN(rapid.SampledFrom(cells), len(header), len(header)).Draw(rt, "row"))
		}
		var content bytes.Buffer
		if err := csv.NewWriter(&content).WriteAll(records); err != nil {
			rt.Fatal(err)
		}
		p, err := proposed(t, dir, content.String(), func(o *datasync.InitOptions) {
			o.Target, o.Account, o.Source.HeaderRow = target, accountOf(target), 1
			o.Ask = whim(rt, names[target])
		})
		if bad := new(sheet.Error); errors.As(err, &bad) {
			rt.Skip(err)
		}
		if err != nil {
			rt.Fatalf("%v\n%s", err, content.String())
		}
		_, _, err = columnsOf(dir, string(p.Text))
		if (err == nil) != (p.Open == 0) || err != nil && !errors.Is(err, datasync.ErrUndecided) {
			rt.Fatalf("%d choices are open, and the file is refused with %v:\n%s", p.Open, err, p.Text)
		}
		const ignored = "which is part of every record's address" // a column that might have filled it, and that decided ignores
		switch _, _, err = columnsOf(dir, decided(p.Text)); {
		case err == nil, strings.Contains(err.Error(), ignored):
		case errors.Is(err, datasync.ErrUndecided), strings.Contains(string(p.Text), `key: ["?"]`): // decided knows no key of them
		default:
			rt.Fatalf("%v\n%s", err, decided(p.Text))
		}
	})
}

// manyPeople is rows with a name and an address each.
func manyPeople(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "1,Person %d,p%d@x.example,%d\n", i, i, i)
	}
	return b.String()
}

// TestInitKnowsBetter is what is neither guessed nor asked where the cells say it.
func TestInitKnowsBetter(t *testing.T) {
	t.Parallel()
	const people = "Customer,Name,E-Mail,Phone\n"
	for _, c := range []struct {
		says, target, content string
		want                  []string
		not                   string
	}{
		{"a title is above the header", "revnue/customer", "Customers of the year\n\nCustomer,City,Phone\nAlder,Leeds,1\nBirch,York,2\n",
			[]string{"header_row: 3 ", "# 3 of its 3 names are known; row 1 is taken for a title\n", "Customer: name"}, "?"},
		{"an e-mail address tells more than a name", "cro/contact", people + "1,Ida,ida@x.example,1\n1,Bo,bo@x.example,2\n",
			[]string{"key: [customer_id, email] "}, "key: [customer_id, name]"},
		{"unless it is there twice", "cro/contact", people + "1,Ida,info@x.example,1\n1,Bo,info@x.example,2\n", []string{"key: [customer_id, name] "}, "?"},
		{"be it by two of many", "cro/contact", people + manyPeople(400) + "1,Ida,info@x.example,1\n1,Bo,info@x.example,2\n", []string{"key: [customer_id, name] "}, "?"},
		{"or is missing too often", "cro/contact", people + "1,Ida,ida@x.example,1\n1,Bo,,2\n", []string{"key: [customer_id, name] "}, "?"},
		{"half of a name is no key", "cro/contact", "Customer,First name\n1,Ida\n1,Bo\n", []string{`key: ["?"]`}, "[customer_id, name]"},
		{"nor is it one among others", "bigchange/person", "Company,Forename,Surname,E-Mail\nAlder,Ida,Example,\nAlder,Bo,Other,\n", []string{`key: ["?"]`}, "[forename]"},
		{"both halves are a name, and how is told", "cro/contact", "Customer,First name,Last name\n1,Ida,Example\n1,Bo,Other\n",
			[]string{"\n# First name and Last name are a whole name together.", "\n# compute: {name: \"trim(row[\\\"First name\\\"] + \\\" \\\" + row[\\\"Last name\\\"])\"}\n",
				"# [customer_id, name], if First name, Last name is a part of it: "}, ""},
		{"a person may be told by the address alone", "bigchange/person", "Site,Forename,Surname,E-Mail,Company\nA,Ida,Example,ida@x.example,x\nA,Bo,Other,bo@x.example,y\n",
			[]string{"# [email]: no two of 2 rows have the same\n"}, ""},
		{"what the API wants only together is left open alone", "revnue/customer", "Customer,E-Mail\nAlder,ida@x.example\nBirch,bo@x.example\n",
			[]string{`E-Mail: "?" `, "contact_person.email needs contact_person.name, which no column gives: ", "choose: contact_person.email (0.95)"}, ""},
		{"but not if both are there", "revnue/customer", "Customer,E-Mail,Contact\nAlder,ida@x.example,Ida\nBirch,bo@x.example,Bo\n",
			[]string{"E-Mail: contact_person.email ", "Contact: contact_person.name "}, "?"},
		{"dates are no marks", "revnue/customer", "Customer,NDA am\nAlder,03.04.2024\nBirch,05.06.2024\n", []string{`NDA am: "?" `, "choose: nda_signed_date (0.50), or template"}, "nda_signed ("},
		{"marks under that header may be either", "revnue/customer", "Customer,NDA am\nAlder,ja\nBirch,nein\n", []string{"choose: nda_signed (0.75), or template"}, "nda_signed_date"},
		{"points are day first", "revnue/customer", "Customer,NDA date\nAlder,03.04.2024\nBirch,05.06.2024\n", []string{`NDA date: {field: nda_signed_date, format: "02.01.2006"} `}, "?"},
		{"one column cannot say which custom fields there are, row by row", "revnue/customer", "Customer,template.id,template.fields.Tier\nAlder,7,x\nBirch,8,y\n",
			[]string{"template.id: template.id ", `template.fields.Tier: "?" `, "template.id has to be the same for every row"}, ""},
		{"no place is at 51050 degrees", "bigchange/contact", "Ref,Name,Group ID,Lat,Lng\nA,Alder,12,\"51,050\",\"13,704\"\nB,Birch,12,\"51,051\",\"13,714\"\n",
			[]string{`Lat: {field: location.latitude, decimal: ","} `, `Lng: {field: location.longitude, decimal: ","} `}, "?"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p, err := proposed(t, t.TempDir(), c.content, func(o *datasync.InitOptions) { o.Target, o.Account = c.target, accountOf(c.target) })
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(p.Text), want) {
					t.Errorf("the job file lacks %s:\n%s", want, p.Text)
				}
			}
			if c.not != "" && strings.Contains(string(p.Text), c.not) {
				t.Errorf("the job file has %s:\n%s", c.not, p.Text)
			}
		})
	}
}

// TestInitReadsForTheFieldThatIsChosen and not for the one that the header speaks for.
func TestInitReadsForTheFieldThatIsChosen(t *testing.T) {
	t.Parallel()
	const content = "Ref,Name,Group ID,Lat,Lng,Turnover\nA,Alder,12,1.5,1.5,\"1.234,50\"\nB,Birch,12,1.5,1.5,\"7,5\"\n"
	dir := t.TempDir()
	p, err := proposed(t, dir, content, func(o *datasync.InitOptions) {
		o.Target, o.Account = "bigchange/contact", accountOf("bigchange/contact")
		o.Ask = func(q datasync.Question) (datasync.Answer, error) {
			switch q.About {
			case `Column "Turnover"`:
				if err := q.Accept("customFields.99999999999999999999"); err == nil {
					t.Error("an id that no API has is accepted")
				}
				return datasync.Answer{Text: "customFields.Tier"}, nil
			case "Id of the custom field Tier":
				return datasync.Answer{Text: "77"}, nil
			}
			return datasync.Answer{}, nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := columnsOf(dir, string(p.Text)); err != nil || !strings.Contains(string(p.Text), "\n  Turnover: customFields.Tier ") {
		t.Errorf("got %v, want a field of text without options:\n%s", err, p.Text)
	}
}

// TestInitFindsTheHeader refuses what may be a header in several places, or in none, unless it is told the row.
func TestInitFindsTheHeader(t *testing.T) {
	t.Parallel()
	const groups, data = "Base data,,Address\nCustomer,Phone,City\nAlder,1,Leeds\n", "Alder Ltd,Leeds,+441134960100\nBirch Ltd,York,+441134960101\n"
	for _, c := range []struct {
		says, content string
		row           int
		answer        datasync.Answer
		wrong, want   string
	}{
		{"two rows of names", groups, 0, datasync.Answer{}, "row 1 or row 2 may be the header: of their names 1 and 3 are known; say --header-row 2 or --header-row 1", ""},
		{"two rows of names, the upper one given", groups, 1, datasync.Answer{}, "", "Base data: "},
		{"two rows of names, the lower one chosen", groups, 0, datasync.Answer{Option: 1}, "", "header_row: 2 "},
		{"two rows of names, the upper one chosen", groups, 0, datasync.Answer{Option: 2}, "", "header_row: 1 "},
		{"no names at all", data, 0, datasync.Answer{}, `row 1 has no names of columns: "+441134960100" is data; put a row of names above it, or say --header-row 1 if these are the names`, ""},
		{"no names, as it seems", data, 1, datasync.Answer{}, "", "Alder Ltd: "},
		{"names that nobody knows", "Aaa,Bbb\nx,y\n", 0, datasync.Answer{}, "", "Aaa: "},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p, err := proposed(t, t.TempDir(), c.content, func(o *datasync.InitOptions) {
				o.Source.HeaderRow = c.row
				o.Ask = func(q datasync.Question) (datasync.Answer, error) {
					if q.About == "Header" {
						return c.answer, nil
					}
					return datasync.Answer{}, nil
				}
			})
			switch {
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), c.wrong) || datasync.ExitOf(err) != datasync.ExitUsage {
					t.Errorf("got %v, want %s", err, c.wrong)
				}
			case err != nil:
				t.Error(err)
			case !strings.Contains(string(p.Text), c.want):
				t.Errorf("the job file lacks %s:\n%s", c.want, p.Text)
			}
		})
	}
}

// noted is a Progress that keeps what it is told.
type noted struct {
	quietly
	notes []string
}

func (n *noted) Note(text string) { n.notes = append(n.notes, text) }

// TestInitLooksIntoOtherSheets where the first one has nothing of the resource.
func TestInitLooksIntoOtherSheets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := excelize.NewFile()
	defer book.Close()
	_, more := book.NewSheet("Our customers")
	for _, err := range []error{
		more, book.SetSheetName("Sheet1", "Read me"), book.SetSheetRow("Read me", "A1", &[]any{"This workbook is about our customers"}),
		book.SetSheetRow("Our customers", "A1", &[]any{"List"}), book.SetSheetRow("Our customers", "A2", &[]any{"Customer", "City", "Phone"}),
		book.SetSheetRow("Our customers", "A3", &[]any{"Alder", "Leeds", "1"}), book.SaveAs(filepath.Join(dir, "book.xlsx")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const hint = `sheet "Our customers" fits better: 3 of its 3 columns are known; choose it with --sheet 'Our customers'`
	for _, c := range []struct {
		says, sheet string
		option      int
		want        string
		hinted      bool
	}{
		{"it is told", "", 0, `sheet: "Read me"`, true},
		{"a person takes it, and its header is found", "", 1, "sheet: \"Our customers\"\n  header_row: 2 ", false},
		{"a person does not", "", 2, `sheet: "Read me"`, false},
		{"the command line has chosen", "Read me", 0, `sheet: "Read me"`, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			notes := &noted{}
			p, err := proposed(t, t.TempDir(), "", func(o *datasync.InitOptions) {
				o.Source, o.Progress = datasync.Source{File: filepath.Join(dir, "book.xlsx"), Sheet: c.sheet}, notes
				o.Ask = func(q datasync.Question) (datasync.Answer, error) {
					if q.About == "Worksheet" {
						return datasync.Answer{Option: c.option}, nil
					}
					return datasync.Answer{}, nil
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(p.Text), c.want) {
				t.Errorf("the job file lacks %s:\n%s", c.want, p.Text)
			}
			if got := slices.Contains(notes.notes, hint); got != c.hinted {
				t.Errorf("told: %q, want the hint: %t", notes.notes, c.hinted)
			}
		})
	}
}

// TestInitWritesTheEncodingDown so that it is not assumed every night, and does not take a wrong one.
func TestInitWritesTheEncodingDown(t *testing.T) {
	t.Parallel()
	const ansi = "Customer,City\nJos\xe9,Leeds\n"
	for _, c := range []struct{ says, given, content, want, wrong string }{
		{"assumed", "", ansi, `  encoding: "windows-1252" `, ""},
		{"given", "cp850", ansi, "  encoding: \"cp850\"\n", ""},
		{"given and wrong", "utf-8", ansi, "", "encoding utf-8 is set, but the file has another one"},
		{"plain", "", "Customer,City\nAlder,Leeds\n", "\n\nmode: ", ""},
	} {
		p, err := proposed(t, t.TempDir(), c.content, func(o *datasync.InitOptions) { o.Source.Encoding, o.Source.Delimiter = c.given, "" })
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: got %v, want %s", c.says, err, c.wrong)
			}
		case err != nil:
			t.Errorf("%s: %v", c.says, err)
		case !strings.Contains(string(p.Text), c.want), strings.Contains(string(p.Text), "encoding:") != strings.Contains(c.want, "encoding:"):
			t.Errorf("%s: the job file lacks %s:\n%s", c.says, c.want, p.Text)
		}
	}
}
