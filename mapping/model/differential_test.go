package model_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// requestSchema compiles a schema of a target file with the schema library, straight from the file.
func requestSchema(t *testing.T, file, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("mem:///target", exact(document.Content[0])); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("mem:///target#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// exact is the tree of a YAML node as JSON, with every digit of its numbers.
func exact(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			out[n.Content[i].Value] = exact(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			out = append(out, exact(item))
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		return json.Number(n.Value)
	}
	return n.Value
}

func TestValidatorAndSchemaLibraryGiveTheSameVerdict(t *testing.T) {
	file := func(name string) string { return filepath.Join("targets", name+".yaml") }
	croFile, atlasFile, bigchange, revnue := file("cro"), filepath.Join("testdata", "atlas.yaml"), file("bigchange"), file("revnue")
	site, customer := atlas(t).Resources[0].Model, resourceOf(t, "revnue/customer").Model
	contact, person := bigchangeCustom(t, "bigchange/contact").Model, bigchangeCustom(t, "bigchange/person").Model
	harborFile, ship, sailor := filepath.Join("testdata", "harbor.yaml"), harborOf(t, "ship"), withKit(t, "sailor").Model
	for _, test := range []struct {
		name   string
		model  *model.Model
		schema *jsonschema.Schema
		use    model.Use
		extra  string // what the account settings add to the body
	}{
		{"create a ship", ship.Model, requestSchema(t, harborFile, "Ship"), model.ForCreate, `"port":1,`},
		{"change a ship", ship.Model, requestSchema(t, harborFile, "ShipChange"), model.ForUpdate, `"port":1,`},
		{"replace a ship", ship.Whole.Model, requestSchema(t, harborFile, "Ship"), model.ForCreate, `"port":1,`},
		{"create a sailor with custom fields", sailor, requestSchema(t, harborFile, "Sailor"), model.ForCreate, `"port":1,`},
		{"create a contact", cro(t), requestSchema(t, croFile, "ContactCreate"), model.ForCreate, ""},
		{"update a contact", cro(t), requestSchema(t, croFile, "ContactUpdate"), model.ForUpdate, ""},
		{"create a site", site, requestSchema(t, atlasFile, "SiteCreate"), model.ForCreate, `"company":1,`},
		{"update a site", site, requestSchema(t, atlasFile, "SiteUpdate"), model.ForUpdate, `"company":1,`},
		{"create a BigChange contact", contact, requestSchema(t, bigchange, "ContactCreate"), model.ForCreate, ""},
		{"update a BigChange contact", contact, requestSchema(t, bigchange, "ContactUpdate"), model.ForUpdate, ""},
		{"create a BigChange person", person, requestSchema(t, bigchange, "PersonCreate"), model.ForCreate, ""},
		{"update a BigChange person", person, requestSchema(t, bigchange, "PersonUpdate"), model.ForUpdate, ""},
		{"create a Revnue customer", customer, requestSchema(t, revnue, "CustomerCreate"), model.ForCreate, `"company":1,`},
		{"change a Revnue customer", customer, requestSchema(t, revnue, "CustomerPatch"), model.ForUpdate, `"company":1,`},
	} {
		t.Run(test.name, func(t *testing.T) {
			accepted, refused := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				rec := drawRecord(t, test.model, test.use)
				body := test.model.AppendBody(nil, rec, nil)
				if test.extra != "" {
					body = []byte(strings.TrimSuffix("{"+test.extra+string(body[1:len(body)-1]), ",") + "}")
				}
				if string(body) == "{}" && test.use == model.ForUpdate {
					return // nothing is sent where nothing is changed, so whether it would be taken is no question
				}
				verdict := test.schema.Validate(decoded(t, body))
				problems := stopping(test.model.Validate(nil, rec, test.use))
				if (verdict == nil) != (len(problems) == 0) {
					t.Fatalf("the library says %v, we say %v\n%s", verdict, problems, body)
				}
				if verdict == nil {
					accepted++
				} else {
					refused++
				}
			})
			if accepted == 0 || refused == 0 {
				t.Errorf("got %d accepted and %d refused records: the generator tests one side only", accepted, refused)
			}
		})
	}
}

// decoded is a JSON text as the schema library takes it.
func decoded(t *rapid.T, body []byte) any {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("the body is not JSON: %v\n%s", err, body)
	}
	return instance
}

// stopping is the problems without the warnings, of which a schema knows nothing.
func stopping(problems []model.Problem) []model.Problem {
	return slices.DeleteFunc(problems, func(p model.Problem) bool { return !p.Stops() })
}

// What a value of a custom field may be depends on the account, so that the schema of a request cannot say it: each type has
// a schema of its own.
func TestTypesOfCustomFieldsAndSchemaLibraryGiveTheSameVerdict(t *testing.T) {
	revnue := filepath.Join("targets", "revnue.yaml")
	m := revnueCustom(t, resourceOf(t, "revnue/customer")).Model
	for field, schema := range map[string]string{"Credit limit": "MoneyValue", "Score": "NumberValue", "Review date": "DateValue", "Tier": "TextValue"} {
		t.Run(schema, func(t *testing.T) {
			ours, whole, theirs := m.Index("template.fields."+field), requestSchema(t, revnue, "CustomerPatch"), requestSchema(t, revnue, schema)
			accepted, refused := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				rec := m.NewRecord()
				rec[ours] = odd(t, &m.Fields[ours])
				body := m.AppendBody(nil, rec, nil)
				request := decoded(t, body).(map[string]any)
				item := request["template"].(map[string]any)["fields"].([]any)[0].(map[string]any)
				verdict := theirs.Validate(item["value"])
				problems := stopping(m.Validate(nil, rec, model.ForUpdate))
				if (verdict == nil) != (len(problems) == 0) {
					t.Fatalf("the library says %v, we say %v\n%s", verdict, problems, body)
				}
				if verdict != nil {
					refused++
					return
				}
				accepted++
				if err := whole.Validate(request); err != nil {
					t.Fatalf("the value is good but not within a request: %v\n%s", err, body)
				}
			})
			if accepted == 0 || refused == 0 {
				t.Errorf("got %d accepted and %d refused values: the generator tests one side only", accepted, refused)
			}
		})
	}
}

// drawRecord draws a record near the limits of its fields. Half of them keep to all rules.
func drawRecord(t *rapid.T, m *model.Model, use model.Use) model.Record {
	rec := m.NewRecord()
	calm := rapid.Bool().Draw(t, "calm")
	for i := range m.Fields {
		f := &m.Fields[i]
		absent := rapid.IntRange(0, 3).Draw(t, "absent") == 0
		switch {
		case f.In == model.InPath:
			rec[i] = fine(f)
		case use == model.ForUpdate && f.Immutable, f.Format == "uri":
		case calm && f.UpdateOnly && use == model.ForCreate:
		case absent && !(calm && (f.Required || strings.Contains(f.Name, "."))):
		case calm || rapid.IntRange(0, 4).Draw(t, "odd") > 0:
			rec[i] = fine(f)
		default:
			rec[i] = odd(t, f)
		}
	}
	return rec
}

// fine is a value that the field takes.
func fine(f *model.Field) model.Value {
	switch f.Kind {
	case model.Integer, model.Number:
		return model.Value{Kind: f.Kind, Text: "1"}
	case model.Boolean:
		return model.Value{Kind: f.Kind, Text: "true"}
	case model.Date:
		return model.Value{Kind: f.Kind, Text: "2026-02-28"}
	}
	switch {
	case f.Enum != nil:
		return text(f.Enum[0])
	case f.Format != "":
		return text("ida@b.org")
	case f.Pattern != "":
		return text("AB-0001")
	}
	return text(strings.Repeat("ü", max(f.MinLength, 1)))
}

// odd is a value at or beyond a limit of the field, or of another kind.
func odd(t *rapid.T, f *model.Field) model.Value {
	if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
		return rapid.SampledFrom([]model.Value{
			{Kind: model.Null}, text("1"), {Kind: model.Integer, Text: "0"}, number("0.5"), {Kind: model.Boolean, Text: "false"},
		}).Draw(t, "value")
	}
	switch f.Kind {
	case model.Integer:
		return model.Value{Kind: model.Integer, Text: rapid.SampledFrom([]string{
			"0", "1", "2", "3", "-1", "999999999999999", "1000000000000000", "-999999999999999", "-1000000000000000", "9223372036854775807",
		}).Draw(t, "integer")}
	case model.Number:
		return number(rapid.SampledFrom([]string{
			"0", "-1", "0.07", "0.070", "0.075", "1.001", "-90", "90", "90.01", "-90.0000000000000000001", "180", "180.5", "999999999999999.99", "999999999999999.991", "1000000000000000",
		}).Draw(t, "number"))
	case model.Boolean:
		return model.Value{Kind: model.Boolean, Text: rapid.SampledFrom([]string{"true", "false"}).Draw(t, "boolean")}
	case model.Date:
		return model.Value{Kind: model.Date, Text: rapid.SampledFrom([]string{"2024-02-29", "2023-02-29", "0000-01-01", "2023-1-1", "", "1999-12-31T00:00:00"}).Draw(t, "date")}
	}
	return text(oddText(t, f))
}

func oddText(t *rapid.T, f *model.Field) string {
	switch {
	case f.Enum != nil:
		return rapid.SampledFrom(append(slices.Clone(f.Enum), "", "Open", "open ")).Draw(t, "enum")
	case f.Format == "email":
		return rapid.SampledFrom([]string{"ida@b.org", "", "nobody", "a@b@c", "a b@c.org", "a@b,c@d"}).Draw(t, "address")
	case f.Format == "email-list":
		parts := rapid.SampledFrom([]string{
			"a", "b.org", "@", "@", ",", ",", " ", "\t", "\n", "\r", "\v", "\f", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u202f", "\u3000",
			"\ufeff", "\u200b", "ü", "a@b", "ida@example.org", ", ", strings.Repeat("x", 60),
		})
		return strings.Join(rapid.SliceOfN(parts, 0, 9).Draw(t, "list"), "")
	case f.Pattern != "":
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"A", "AB", "-", "00", "0001", "b", "\n"}), 0, 4).Draw(t, "pattern"), "")
	}
	lengths := []int{0, 1}
	for _, limit := range []int{f.MinLength, f.MaxLength} {
		if limit > 0 {
			lengths = append(lengths, limit-1, limit, limit+1)
		}
	}
	letter := rapid.SampledFrom([]string{"a", "ü", "李", "𝒳", "\"", "\\", "\n", "\x00", "<", "\u2028", "e\u0301"}).Draw(t, "letter")
	return strings.Repeat(letter, rapid.SampledFrom(lengths).Draw(t, "length"))
}
