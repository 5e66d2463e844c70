package sync_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	datasync "github.com/rollcall-sync/rollcall/sync"
)

// quietly is a Progress that shows nothing.
type quietly struct{}

func (quietly) Stage(string, int) {}
func (quietly) Step()             {}
func (quietly) Note(string)       {}
func (quietly) End()              {}

// proposed is the job file that init proposes for a CSV file, and its folder.
func proposed(t testing.TB, dir, content string, change func(*datasync.InitOptions)) (*datasync.Proposal, error) {
	t.Helper()
	path := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := datasync.InitOptions{
		Source: datasync.Source{File: path, Delimiter: ",", Encoding: "utf-8"}, Target: "revnue/customer", Output: filepath.Join(dir, "config.yaml"),
		Account: map[string]string{"company": "1"}, Progress: quietly{},
	}
	if change != nil {
		change(&opts)
	}
	return datasync.Init(context.Background(), opts)
}

// openColumn is a line of the job file that leaves a column open.
var openColumn = regexp.MustCompile(`(?m)^(  .*|  ): "\?"( +#.*)?$`)

// decided is a proposed job file in which somebody has made every choice: open columns are ignored.
func decided(text []byte) string {
	all := openColumn.ReplaceAllString(string(text), "$1: ignore$2")
	return strings.NewReplacer(`format: "?"`, "format: 02/01/2006", `decimal: "?"`, `decimal: ","`, `lookup: "?"`, "lookup: name",
		`true: ["?"]`, "true: [so]", `false: ["?"]`, "false: [not so]", `key: ["?"]`, "key: [account_code]").Replace(all)
}

// columnsOf loads a job file, which must be right, and gives what it says of each column.
func columnsOf(dir, text string) (*datasync.Job, []string, error) {
	path := filepath.Join(dir, "decided.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, nil, err
	}
	job, err := datasync.LoadJob(path, "")
	if err != nil {
		return nil, nil, err
	}
	var out []string
	for _, c := range job.Mapping.Columns {
		if c.Ignore {
			c.Field = "ignore"
		}
		out = append(out, c.Header+" -> "+c.Field)
	}
	return job, out, nil
}

// headerDraw is a header as a sheet may have it: one that means something, or whatever YAML may trip over.
func headerDraw() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"Seats", "seats", "Seat", "News", "newsletter", "Joined", "Balance", "balance", "Region", "Level", "Gatehouse ID", "ID", "_status", "_rollcall "}),
		rapid.SampledFrom([]string{"", " ", "yes", "no", "true", "null", "~", "ignore", "?", "? x", "- a", "-", "[a", "{b: c}", "a: b", "a #b", "#", "&a", "*a", "!x",
			"|", ">", "%", "@", "`", "'", `"`, `a"b\c`, "=1+1", "1", "0x1F", "1e3", "2024-01-31", ".inf", "<<", "a\nb", "a\r\nb", "a\tb", "\u00a0", "\ufeff", "\u2028",
			"\u0085", "\u0001", "👩🏽‍🔧", "e\u0301", "é", "東雲", "النورس", "trailing ", " leading", "a  b", strings.Repeat("long ", 300), strings.Repeat("語", 1500)}),
		rapid.String(),
	)
}

func cellDraw() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "Y", "N", "maybe", "13/04/2024", "04/05/2024", "1,234", "12,5", "17", "Housing", "=1+1", "a\n\"b\""}),
		rapid.String(),
	)
}

// TestInitWritesWhatItMeans holds the proposed file to its word for any headers and any data: it is a job file, its columns are
// those of the sheet, and once its choices are made the job fits the sheet.
func TestInitWritesWhatItMeans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		header := append([]string{"Account", "Member"}, rapid.SliceOfN(headerDraw(), 0, 8).Draw(rt, "header")...)
		records := [][]string{header}
		for range rapid.IntRange(0, 4).Draw(rt, "rows") {
			records = append(records, rapid.SliceOfN(cellDraw(), len(header), len(header)).Draw(rt, "row"))
		}
		var content bytes.Buffer
		if err := csv.NewWriter(&content).WriteAll(records); err != nil {
			rt.Fatal(err)
		}
		p, err := proposed(t, dir, content.String(), func(o *datasync.InitOptions) {
			o.Target, o.TargetFile = "gatehouse/member", "../testdata/gatehouse/gatehouse.yaml" // it has fields of every kind
			o.Account = map[string]string{"workspace": "north # gate"}
		})
		if bad := new(sheet.Error); errors.As(err, &bad) {
			rt.Skip(err) // a sheet that nobody can read
		}
		if err != nil {
			rt.Fatalf("%v\n%q", err, content.String())
		}
		if _, _, err := columnsOf(dir, string(p.Text)); (err == nil) != (p.Open == 0) || err != nil && !errors.Is(err, datasync.ErrUndecided) {
			rt.Fatalf("%d choices are open, and the file is refused with %v:\n%s", p.Open, err, p.Text)
		}
		job, got, err := columnsOf(dir, decided(p.Text))
		if err != nil {
			rt.Fatalf("%v\n%s", err, decided(p.Text))
		}
		var want []string
		for _, c := range p.Columns {
			switch {
			case c.Field == "id":
				continue
			case c.Field == "":
				c.Field = "ignore"
			}
			want = append(want, c.Column+" -> "+c.Field)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("columns (-proposed +written):\n%s\n%s", diff, p.Text)
		}
		in, err := sheet.Open(job.Source.File, sheet.Options{Delimiter: ",", Encoding: "utf-8"})
		if err != nil {
			rt.Fatal(err)
		}
		defer in.Close()
		if _, err := mapping.Compile(&job.Mapping, job.Resource.Model, in, ""); err != nil {
			rt.Fatalf("the job does not fit its sheet: %v\n%s", err, p.Text)
		}
	})
}

// TestInitProposes is what becomes of the columns of a sheet, case by case.
func TestInitProposes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says    string
		target  string
		content string
		want    []string // parts of the job file
		not     string   // not a part of it
		open    int
	}{
		{"a name that is unique in the API and in the sheet is the key", "revnue/customer", "Customer\nAlder\nBirch\n",
			[]string{"key: [name] ", "no two of 2 rows have the same"}, "?", 0},
		{"a name that is not unique in the sheet is none", "revnue/customer", "Customer,Phone\nAlder,1\nAlder,2\n",
			[]string{`key: ["?"]`, "# [phone]: no two of 2 rows have the same", "# [name]: Revnue keeps it unique; 2 of 2 rows have one that another row has too"}, "", 1},
		{"blanks are evidence, too", "revnue/customer", "Customer,Phone\nAlder,1\n,2\n,3\n",
			[]string{`key: ["?"]`, "one row has it; 2 of 3 rows have none"}, "", 1},
		{"a sheet without rows proves no key", "revnue/customer", "Customer\n", []string{`key: ["?"]`, "Customer: name"}, "", 1},
		{"what is empty in every row is ignored, unless it is recognised", "revnue/customer", "Customer,Fax,Shoe size\nAlder,,\n",
			[]string{"Fax: fax ", "Shoe size: ignore ", "empty in every row"}, "?", 0},
		{"what holds something and is not recognised is left open", "revnue/customer", "Customer,Shoe size\nAlder,38\n",
			[]string{`Shoe size: "?"`, "no field is like it; choose: template.fields.Shoe size if it is a custom field, or ignore"}, "", 1},
		{"a header that stands twice is left open", "revnue/customer", "Customer,Phone,phone\nAlder,1,2\n",
			[]string{`Phone: "?"`, "it stands over 2 columns, so none of them can be mapped: ignore them, or rename all but one in the sheet and run init again\n"}, "", 1},
		{"a column without a name is left open", "revnue/customer", "Customer,,Phone\nAlder,x,1\n",
			[]string{`"": "?"`, "column 2 has no name, so it cannot be mapped: ignore it, or give it one in the sheet and run init again\n"}, "", 1},
		{"the ids of the API are known by its name", "revnue/customer", "Revnue ID,Customer\n17,Alder\n18,Birch\n", []string{`id: "Revnue ID"`}, "  Revnue ID:", 0},
		{"the ids of another program are not", "revnue/customer", "Customer ID,Customer\n17,Alder\n18,Birch\n",
			[]string{`Customer ID: "?"`, "identity.id, if these are ids of Revnue"}, "  id:", 1},
		{"nor are ids that are there twice", "revnue/customer", "Revnue ID,Customer\n17,Alder\n17,Birch\n", []string{`Revnue ID: "?"`}, "  id:", 1},
		{"what belongs to another resource says so", "bigchange/contact", "Ref,Name,Group ID,Lat,Lng,Phone\nA,Alder,12,1.5,1.5,0123\n",
			[]string{`Phone: "?"`, "landline of bigchange/person is the field for it, in a job of its own"}, "", 2},
		{"what every record needs is asked for", "cro/contact", "Name\nIda\nBo\n",
			[]string{"constants:\n  customer_id: \"?\"", "tenant_id: \"?\"", "key: [customer_id, name]"}, "", 2},
		{"columns of Rollcall itself are no data", "revnue/customer", "Customer,_status\nAlder,created\n", []string{"\"_status\": ignore"}, "?", 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p, err := proposed(t, t.TempDir(), c.content, func(o *datasync.InitOptions) {
				if o.Target = c.target; c.target != "revnue/customer" {
					o.Account = nil
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if p.Open != c.open {
				t.Errorf("%d choices are open, want %d", p.Open, c.open)
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

// TestInitAsks lets a person answer, and asks no more than what is open.
func TestInitAsks(t *testing.T) {
	t.Parallel()
	const content = "Company name,Zzz 17,Shoe size,NDA date,Credit limit,Remark 17\nAlder,1,38,03/04/2024,\"1.234,50\",x\nAlder,2,39,05/06/2024,7,y\n"
	answers := map[string]datasync.Answer{
		"Account setting company":                       {Text: "2"},
		`Column "Zzz 17"`:                               {Text: "PHONE"},
		`Column "Shoe size"`:                            {Ignore: true},
		`Column "NDA date", as nda_signed_date: format`: {Option: 2},
		`Column "Credit limit"`:                         {Text: "template.fields.Credit limit"},
		"Value of template.id for every row":            {Text: "7"},
		"Identity key":                                  {Text: "name, phone"},
	}
	var asked []string
	p, err := proposed(t, t.TempDir(), content, func(o *datasync.InitOptions) {
		o.Account = nil
		o.Ask = func(q datasync.Question) (datasync.Answer, error) {
			asked = append(asked, q.About)
			a := answers[q.About]
			if a.Text != "" {
				if err := q.Accept(a.Text); err != nil {
					t.Errorf("%s: %v", q.About, err)
				}
				if err := q.Accept("nonsense"); err == nil && !strings.HasPrefix(q.About, "Identity") {
					t.Errorf("%s: nonsense is accepted", q.About)
				}
			}
			return a, nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for about := range answers {
		if !slices.Contains(asked, about) {
			t.Errorf("%s was not asked", about)
		}
	}
	for _, want := range []string{
		"company: 2\n", "  Zzz 17: phone ", "  Shoe size: ignore\n", `NDA date: {field: nda_signed_date, format: "01/02/2006"}`,
		`Credit limit: {field: template.fields.Credit limit, decimal: ","}`, `template.id: "7"`, "key: [name, phone]", `Remark 17: "?"`,
	} {
		if !strings.Contains(string(p.Text), want) {
			t.Errorf("the job file lacks %s:\n%s", want, p.Text)
		}
	}
	if p.Open != 1 {
		t.Errorf("%d choices are open, want the one that was not answered", p.Open)
	}
}

// TestInitStopsWithThePerson ends with the error of whom it asks.
func TestInitStopsWithThePerson(t *testing.T) {
	t.Parallel()
	gone := errors.New("the person has gone")
	p, err := proposed(t, t.TempDir(), "Customer,Shoe size\nAlder,38\n", func(o *datasync.InitOptions) {
		o.Ask = func(datasync.Question) (datasync.Answer, error) { return datasync.Answer{}, gone }
	})
	if p != nil || !errors.Is(err, gone) {
		t.Errorf("got %v and %v, want nothing but the error", p, err)
	}
}

// TestInitReadsWorkbooks names the worksheet where there are several, and takes dates, numbers and booleans as the workbook has them.
func TestInitReadsWorkbooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := excelize.NewFile()
	defer book.Close()
	day := time.Date(2024, time.April, 3, 0, 0, 0, 0, time.UTC)
	_, err := book.NewSheet("Others, 2")
	for _, err := range []error{
		err, book.SetSheetName("Sheet1", "Customers"),
		book.SetSheetRow("Customers", "A1", &[]any{"Customer", "MSA", "MSA date", "Segment"}), book.SetSheetRow("Customers", "A2", &[]any{"Alder", true, day, 7}),
		book.SetSheetRow("Others, 2", "A1", &[]any{"Customer", "NDA date"}), book.SetSheetRow("Others, 2", "A2", &[]any{"Birch", "13.4.2024"}),
		book.SaveAs(filepath.Join(dir, "book.xlsx")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][]string{
		"":          {"  sheet: \"Customers\"\n", "  MSA: msa_signed ", "  MSA date: msa_signed_date ", "  Segment: category "},
		"Others, 2": {"  sheet: \"Others, 2\"\n", `  NDA date: {field: nda_signed_date, format: "02.01.2006"} `},
	} {
		p, err := proposed(t, dir, "", func(o *datasync.InitOptions) {
			o.Source = datasync.Source{File: filepath.Join(dir, "book.xlsx"), Sheet: name}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(string(p.Text), part) {
				t.Errorf("the job file lacks %s:\n%s", part, p.Text)
			}
		}
		if _, _, err := columnsOf(dir, string(p.Text)); err != nil {
			t.Error(err)
		}
	}
}
