package main

import (
	"os"
	"strings"
	"testing"
)

// sheetWithDoubts has a column that no field is like, one that may be two, and dates in an order that nothing proves.
const sheetWithDoubts = "Customer,Phone,Shoe size,NDA date\nAlder,1,38,03/04/2024\nBirch,2,39,05/06/2024\n"

// TestTerminalInit asks what it does not know, one question after the other, and writes what was answered.
func TestTerminalInit(t *testing.T) {
	t.Parallel()
	const company, shoes, dates = "Account setting company", `Column "Shoe size"`, `Column "NDA date", as nda_signed_date: format`
	for _, c := range []struct {
		says  string
		typed []string
		shown []string // in that order
		want  []string // in the file
	}{
		{"numbers, i and values", []string{"2", "i", "2"},
			[]string{company, shoes, "holds 38 · 39", "1  template.fields.Shoe size (a custom field of the account)", dates, "2  01/02/2006 (month first)"},
			[]string{"company: 2\n", "Shoe size: ignore\n", `format: "01/02/2006"`}},
		{"r ignores what is left, but not how a column is read", []string{"1", "r", "2"},
			[]string{company, shoes, "r to ignore it and all the rest", dates, "holds 03/04/2024 · 05/06/2024"}, []string{"Shoe size: ignore\n", `format: "01/02/2006"`}},
		{"Enter leaves everything open", []string{"", "", ""}, []string{company, shoes, dates, "make the 3 choices"},
			[]string{`company: "?"`, `Shoe size: "?"`, `format: "?"`}},
		{"what is no answer is asked again", []string{"one", "1", "9", "shoes", "name", "website", "first", "1"},
			[]string{"company must be a whole number", "there is no 9; the numbers are 1 to", `has no field "shoes"`,
				`name is filled by the column "Customer" already`, "there is no first; the numbers are 1 to 2"},
			[]string{"company: 1\n", "Shoe size: website ", "# chosen\n", `format: "02/01/2006"`}},
		{"a custom field needs to know of which template", []string{"1", "template.fields.Shoe size", "1", "7"},
			[]string{company, shoes, dates, "Value of template.id for every row", "Next    rollcall"}, []string{`template.id: "7"`}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, plainJob)
			p.write(t, "customers.csv", sheetWithDoubts)
			var turns []turn
			for _, answer := range c.typed {
				turns = append(turns, turn{"leave it open: ", answer})
			}
			shown, code := p.converse(t, turns, "init", "customers.csv", "--target", "revnue", "-o", "new.yaml")
			if code != 0 {
				t.Errorf("exit code %d, want 0:\n%s", code, shown)
			}
			rest := shown
			for _, want := range c.shown {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is not on the screen, or too early:\n%s", want, shown)
				}
				rest = after
			}
			text, err := os.ReadFile(p.path("new.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("the job file lacks %s:\n%s", want, text)
				}
			}
		})
	}
}

// TestTerminalInitJoins asks of two columns that are one name, and of what the API takes only with a name.
func TestTerminalInitJoins(t *testing.T) {
	t.Parallel()
	const content = "Customer,First name,Last name,E-mail\nAlder,Ida,Example,ida@x.example\nBirch,Bo,Other,bo@x.example\n"
	const halves, mail = `Columns "First name" and "Last name"`, `Column "E-mail", as contact_person.email`
	for _, c := range []struct {
		says   string
		target []string
		typed  []string
		shown  []string // in that order
		want   []string // in the file
	}{
		{"joined they are what the address needs", []string{"revnue", "--account", "company=1"}, []string{"1"}, []string{halves, "1  contact_person.name, joined of both", "Next    rollcall"},
			[]string{"First name: ignore ", "E-mail: contact_person.email ", "compute:\n  contact_person.name: \"trim(row[\\\"First name\\\"] + \\\" \\\" + row[\\\"Last name\\\"])\" "}},
		{"else the address is asked for", []string{"revnue", "--account", "company=1"}, []string{"", "i", "i", "i"},
			[]string{halves, `Column "First name"`, `Column "Last name"`, mail, "contact_person.email needs contact_person.name, which no column gives"}, []string{"E-mail: ignore\n"}},
		{"or gets a name for every row", []string{"revnue", "--account", "company=1"}, []string{"", "i", "i", "?", "Reception"},
			[]string{mail, "a value of contact_person.name for every row", "that marks what is left open"}, []string{"E-mail: contact_person.email ", "contact_person.name: \"Reception\""}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, plainJob)
			p.write(t, "customers.csv", content)
			var turns []turn
			for _, answer := range c.typed {
				turns = append(turns, turn{"leave it open: ", answer})
			}
			shown, code := p.converse(t, turns, append([]string{"init", "customers.csv", "-o", "new.yaml", "--target"}, c.target...)...)
			rest := shown
			for _, want := range c.shown {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is not on the screen, or too early:\n%s", want, shown)
				}
				rest = after
			}
			text, err := os.ReadFile(p.path("new.yaml"))
			if err != nil || code != 0 {
				t.Fatalf("exit code %d, %v:\n%s", code, err, shown)
			}
			for _, want := range c.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("the job file lacks %s:\n%s", want, text)
				}
			}
			if r := p.rollcall(t, "-c", "new.yaml", "validate"); r.code != 0 {
				t.Errorf("validate: exit code %d\n%s%s\n%s", r.code, r.out, r.errOut, text)
			}
		})
	}
}

// TestTerminalInitInterrupted writes nothing when the person goes away.
func TestTerminalInitInterrupted(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "customers.csv", sheetWithDoubts)
	shown, code := p.converse(t, []turn{{"leave it open: ", "1"}, {"leave it open: ", "Ctrl-C"}}, "init", "customers.csv", "--target", "revnue", "-o", "new.yaml")
	if _, err := os.Stat(p.path("new.yaml")); err == nil || code != 130 {
		t.Errorf("exit code %d, want 130 and no file:\n%s", code, shown)
	}
	if !strings.Contains(shown, "Nothing is written.") || strings.Contains(shown, "in flight") {
		t.Errorf("it is not said that nothing is written:\n%s", shown)
	}
	if files, err := os.ReadDir(p.dir); err != nil || len(files) != 2 {
		t.Errorf("%v and %v are left, want the job and the sheet", files, err)
	}
}

// TestTerminalInitIsSafe shows what a sheet can do to a screen: nothing.
func TestTerminalInitIsSafe(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "customers.csv", "Customer,Shoe\x1b]0;owned\x07 size\nAlder,\x1b[2Jb\u202e\n")
	shown, code := p.converse(t, []turn{{"leave it open: ", "1"}, {"leave it open: ", "i"}}, "init", "customers.csv", "--target", "revnue", "-o", "new.yaml")
	for _, attack := range []string{"\x1b]0;", "\x1b[2J", "\x07", "\u202e"} {
		if strings.Contains(shown, attack) || code != 0 {
			t.Errorf("exit code %d, and %q is on the screen:\n%q", code, attack, shown)
		}
	}
}
