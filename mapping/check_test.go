package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// jobPart is the part of a job file that this package owns.
type jobPart struct {
	Columns           mapping.Columns   `yaml:"columns"`
	Identity          mapping.Identity  `yaml:"identity"`
	Constants         map[string]string `yaml:"constants"`
	Compute           map[string]string `yaml:"compute"`
	AllowUndocumented bool              `yaml:"allow_undocumented"`
}

// config is the configuration that a job file says.
func config(t testing.TB, job string) *mapping.Config {
	t.Helper()
	doc, err := model.ParseDocument("job.yaml", []byte(job))
	if err != nil {
		t.Fatal(err)
	}
	var part jobPart
	if err := doc.Decode(&part); err != nil {
		t.Fatal(err)
	}
	return &mapping.Config{
		Columns: part.Columns, Identity: part.Identity, Constants: part.Constants, Compute: part.Compute,
		AllowUndocumented: part.AllowUndocumented,
	}
}

// findings is what Check says, as path: message.
func findings(cfg *mapping.Config, m *model.Model) []string {
	var out []string
	for _, f := range cfg.Check(m) {
		out = append(out, strings.Join(f.Path, ".")+": "+f.Message)
	}
	return out
}

// wrongCase is a job that does not fit its model. The key is code, and code has a column, unless the job says otherwise.
type wrongCase struct {
	name string
	job  string
	want []string
}

func wrongColumns() []wrongCase {
	return []wrongCase{
		{"an unknown field, with the likely one", "columns: {Code: code, Sum: prise}",
			[]string{`columns.Sum: depot/crate has no field "prise"; did you mean "price"?`}},
		{"an unknown field that is like no other", "columns: {Code: code, Sum: telephone_of_the_owner}",
			[]string{"columns.Sum: depot/crate has no field \"telephone_of_the_owner\"; `rollcall fields depot/crate` lists them"}},
		{"a field with two columns", "columns: {Code: code, Number: code}",
			[]string{"columns.Number: field code is already filled by columns.Code; give each field one source"}},
		{"a field with two columns that write it differently", "columns: {Code: code, Number: CODE}",
			[]string{"columns.Number: field code is already filled by columns.Code; give each field one source"}},
		{"a column named twice", "columns: {Code: code, ' code': note, CODE: ignore}", []string{
			`columns. code: "Code" and " code" are the same column, for letter case and outer or repeated spaces do not count; remove one`,
			`columns.CODE: "Code" and "CODE" are the same column, for letter case and outer or repeated spaces do not count; remove one`,
		}},
		{"a column without a header that fills a field", "columns: {Code: code, '': note}",
			[]string{"columns.: a column without a header cannot be mapped; give it a name in the sheet, or ignore it"}},
		{"words for a field that is no boolean", "columns: {Code: {field: code, true: [Y], false: [N]}}",
			[]string{"columns.Code.true: true and false words are for boolean fields; code is text"}},
		{"only false words for a field that is no boolean", "columns: {Code: {field: code, false: [N]}}",
			[]string{"columns.Code.false: true and false words are for boolean fields; code is text"}},
		{"a word for true and for false", "columns: {Code: code, F: {field: fragile, true: [Y, ' Maybe'], false: [MAYBE, N]}}",
			[]string{`columns.F.true: " Maybe" is among the true words and among the false words`}},
		{"a format for a field that is no date", "columns: {Code: {field: code, format: dd/mm/yyyy}}",
			[]string{"columns.Code.format: format is for date fields; code is text"}},
		{"a format without a year", "columns: {Code: code, P: {field: packed, format: dd/mm}}",
			[]string{`columns.P.format: "dd/mm" does not name day, month and year; write the date 2 January 2006 the way the sheet does, such as 02/01/2006`}},
		{"a format that is any date but 2 January 2006", "columns: {Code: code, P: {field: packed, format: 31/12/2024}}",
			[]string{`columns.P.format: "31/12/2024" does not name day, month and year; write the date 2 January 2006 the way the sheet does, such as 02/01/2006`}},
		{"a decimal separator for a field that is no number", "columns: {Code: {field: code, decimal: ','}}",
			[]string{"columns.Code.decimal: decimal is for number fields; code is text"}},
		{"clearing that the API does not document", "columns: {Code: code, Sum: {field: price, blank: clear}}",
			[]string{"columns.Sum.blank: the API does not document how price is cleared; use blank: keep, or set allow_undocumented: true to send null"}},
		{"clearing of a column that is required", "columns: {Code: code, N: {field: note, blank: clear, required: true}}",
			[]string{"columns.N.blank: required: true leaves no blank cell that could clear note; choose one of the two"}},
	}
}

func wrongSources() []wrongCase {
	return []wrongCase{
		{"a constant for a field that has a column", "columns: {Code: code, Note: note}\nconstants: {note: x}",
			[]string{"constants.note: field note is already filled by columns.Note; give each field one source"}},
		{"a constant of the wrong kind", "columns: {Code: code}\nconstants: {amount: many}",
			[]string{`constants.amount: "many" is not a value of amount (a whole number)`}},
		{"a constant that the model refuses", "columns: {Code: code}\nconstants: {amount: -1, size: huge}", []string{
			`constants.amount: "-1" does not fit amount: -1 is less than 0`,
			`constants.size: "huge" does not fit size: allowed: small, large`,
		}},
		{"an expression for a field that has a constant", "columns: {Code: code}\nconstants: {note: x}\ncompute: {note: 'row[\"A\"]'}",
			[]string{"compute.note: field note is already filled by constants.note; give each field one source"}},
		{"an expression for an unknown field", "columns: {Code: code}\ncompute: {notes: 'row[\"A\"]'}",
			[]string{`compute.notes: depot/crate has no field "notes"; did you mean "note"?`}},
		{"an expression that does not compile", "columns: {Code: code}\ncompute: {note: 'trim(row[\"A\"'}",
			[]string{"compute.note: the expression cannot be read: unexpected token EOF (1:12)"}},
		{"an expression with an unknown function", "columns: {Code: code}\ncompute: {note: 'trimm(row[\"A\"])'}",
			[]string{"compute.note: the expression cannot be read: unknown name trimm (1:1)"}},
		{"an expression that adds text and a number", "columns: {Code: code}\ncompute: {note: 'row[\"A\"] + 1'}",
			[]string{"compute.note: the expression cannot be read: invalid operation: + (mismatched types string and int) (1:10)"}},
		{"an expression that reads whatever there is", "columns: {Code: code}\ncompute: {note: 'join(values(row), \" \")'}",
			[]string{`compute.note: the expression uses row without the name of a column; write row["Header"], with the header in quotes`}},
		{"an expression that works out which column it reads", "columns: {Code: code}\ncompute: {note: 'row[\"A\" + row[\"B\"]]'}",
			[]string{`compute.note: the expression uses row without the name of a column; write row["Header"], with the header in quotes`}},
		{"an expression that goes round row", "columns: {Code: code}\ncompute: {note: '$env[\"row\"][\"A\"]'}",
			[]string{`compute.note: the expression uses row without the name of a column; write row["Header"], with the header in quotes`}},
		{"no key", "columns: {Code: code}\nidentity: {}",
			[]string{"identity: identity.key is needed: without it a second run would create every record again"}},
		{"no key but an id, where records may be created", "columns: {Code: code}\nidentity: {id: ID}",
			[]string{"identity: identity.key is needed: without it a second run would create every record again"}},
		{"a key of an unknown field", "columns: {Code: code}\nidentity: {key: [code, cude]}",
			[]string{`identity.key.1: depot/crate has no field "cude"; did you mean "code"?`}},
		{"a key that nothing fills", "columns: {Code: code}\nidentity: {key: [code, note]}",
			[]string{"identity.key.1: key field note has no column, constant or expression"}},
		{"everything at once", "columns: {Code: {field: code, decimal: ','}, X: x_files}\nconstants: {amount: a}\ncompute: {note: '('}\nidentity: {key: [size]}", []string{
			"columns.Code.decimal: decimal is for number fields; code is text",
			"columns.X: depot/crate has no field \"x_files\"; `rollcall fields depot/crate` lists them",
			`constants.amount: "a" is not a value of amount (a whole number)`,
			"compute.note: the expression cannot be read: unexpected token EOF (1:1)",
			"identity.key.0: key field size has no column, constant or expression",
		}},
	}
}

func TestCheckNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	m := depot(t)
	for _, tt := range append(wrongColumns(), wrongSources()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			job := tt.job
			if !strings.Contains(job, "identity:") {
				job += "\nidentity: {key: [code]}"
			}
			if diff := cmp.Diff(findings(config(t, job), m), tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
}

func TestCheckKnowsTheAddressOfARecord(t *testing.T) {
	t.Parallel()
	m := contact(t)
	tests := []wrongCase{
		{"a part of the address that nothing fills", "columns: {Name: name}\nidentity: {key: [name]}",
			[]string{"columns: no column, constant or expression fills customer_id, which is part of every record's address"}},
		{"a part of the address that nothing fills is told once, as a part of the key",
			"columns: {Name: name}\nidentity: {key: [customer_id, name]}",
			[]string{"identity.key.0: key field customer_id has no column, constant or expression"}},
		{"a part of the address cannot be cleared, not even on demand",
			"columns: {Customer: {field: customer_id, blank: clear}, Name: name}\nidentity: {key: [name]}\nallow_undocumented: true",
			[]string{"columns.Customer.blank: customer_id is part of the record's address and cannot be cleared"}},
		{"a constant is as good as a column", "columns: {Name: name}\nconstants: {customer_id: 17}\nidentity: {key: [name]}", nil},
		{"an expression is as good as a column",
			"columns: {Name: name}\ncompute: {customer_id: 'trimPrefix(row[\"Customer\"], \"C-\")'}\nidentity: {key: [name]}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(findings(config(t, tt.job), m), tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
}

func TestCheckAcceptsWhatFits(t *testing.T) {
	t.Parallel()
	m := depot(t)
	tests := []struct{ name, job string }{
		{"the shortest job", "columns: {Code: code}\nidentity: {key: [code]}"},
		{"a field in another letter case", "columns: {Code: CODE}\nidentity: {key: [Code]}"},
		{"a nested field", "columns: {Code: code, Lat: place.latitude, Long: place.longitude}\nidentity: {key: [code]}"},
		{"words for both, in any letter case", "columns: {Code: code, F: {field: fragile, true: [Y, yes], false: [n, NO]}}\nidentity: {key: [code]}"},
		{"words for true alone", "columns: {Code: code, F: {field: fragile, true: [x]}}\nidentity: {key: [code]}"},
		{"a format in Go's way", "columns: {Code: code, P: {field: packed, format: 02.01.2006}}\nidentity: {key: [code]}"},
		{"a format in Excel's way", "columns: {Code: code, P: {field: packed, format: d. mmmm yyyy}}\nidentity: {key: [code]}"},
		{"a decimal separator for numbers", "columns: {Code: code, A: {field: amount, decimal: ','}, P: {field: price, decimal: .}}\nidentity: {key: [code]}"},
		{"clearing by null and by empty text", "columns: {Code: code, N: {field: note, blank: clear}, P: {field: packed, blank: clear}}\nidentity: {key: [code]}"},
		{"clearing that is not documented, on demand", "columns: {Code: code, P: {field: price, blank: clear}}\nidentity: {key: [code]}\nallow_undocumented: true"},
		{"any number of ignored columns", "columns: {Code: code, A: ignore, B: ignore, '': ignore}\nidentity: {key: [code]}"},
		{"a key from a constant and an expression",
			"columns: {A: ignore}\nconstants: {size: small}\ncompute: {code: 'row[\"A\"]'}\nidentity: {key: [code, size]}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := findings(config(t, tt.job), m); got != nil {
				t.Errorf("got %q, want no findings", got)
			}
		})
	}
}

func TestAnIDReplacesTheKeyWhereNothingIsCreated(t *testing.T) {
	t.Parallel()
	cfg := config(t, "columns: {Note: note}\nidentity: {id: ID}")
	cfg.UpdateOnly = true
	if got := findings(cfg, depot(t)); got != nil {
		t.Errorf("got %q, want no findings", got)
	}
}
