package model_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// atlasText is the target file that the tests below break.
func atlasText(t testing.TB) string { return targetText(t, "atlas.yaml") }

// targetText is the text of a target file among the test data.
func targetText(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// place finds where the n-th occurrence of mark begins, as line:column.
func place(t *testing.T, text, mark string) (line, column int) {
	t.Helper()
	before, _, ok := strings.Cut(text, mark)
	if !ok {
		t.Fatalf("no %q in the file", mark)
	}
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
}

// wrongTarget is a change that makes a good target file wrong.
type wrongTarget struct {
	name     string
	old, new string // what is replaced in the good file, once
	mark     string // where the fault must be
	want     string // path: message; hint
}

// wrongBlocks are faults of the x-rollcall block and of what it refers to.
func wrongBlocks() []wrongTarget {
	return []wrongTarget{
		{"a slip in the block", "rate: { limit", "rte: { limit", "rte:",
			`x-rollcall.rte: unknown key "rte"; did you mean "rate"? allowed: account, auth, check, errors, headers, lookups, name, rate, resources, settle, slash, title, version`},
		{"a version that is not known", "  version: 1\n", "  version: 2\n", "2\n  name", "x-rollcall.version: must be 1; Version of this block"},
		{"a window without a unit", "per: 1m", "per: 60", "60,", "x-rollcall.rate.per: must be text; Length of the window"},
		{"a window of a wrong form", "per: 1m", "per: a minute", "a minute", "x-rollcall.rate.per: must look like 5s; Length of the window"},
		{"an API key without a header", ", api_key_header: X-Atlas-Key", "", "auth: {", `x-rollcall.auth: missing key "api_key_header"`},
		{"a way to authenticate that is not known", "methods: [api_key]", "methods: [basic]", "basic",
			"x-rollcall.auth.methods.0: must be one of bearer, refresh_token, client_credentials, api_key"},
		{"a page size that is not named", "size_param: size, size: 50", "size_param: size", "list:",
			`x-rollcall.resources.site.list: missing key "size", which "size_param" needs`},
		{"an operation that is not there", "create: addSite", "create: addSites", "addSites",
			`x-rollcall.resources.site.create: unknown operationId "addSites"; did you mean "addSite"? allowed: addSite, findSites, replaceSite, showSite`},
		{"an exception for nothing", "except: [showSite]", "except: [shoSite]", "shoSite",
			`x-rollcall.account.region.except.0: unknown operationId "shoSite"; did you mean "showSite"? allowed: addSite, findSites, replaceSite, showSite`},
		{"a query parameter that is not there", "page_param: page,", "page_param: pag,", "pag,",
			`x-rollcall.resources.site.list.page_param: unknown query parameter "pag"; did you mean "page"? allowed: page, size`},
		{"an id without a parameter", "id: { field: data.id, param: site }", "id: { field: data.id }", "id: {",
			`x-rollcall.resources.site.id: missing key "param"; name the path parameter that takes the id`},
		{"a key that is no field", "key: [code]", "key: [cod]", "cod]", `x-rollcall.resources.site.key.0: unknown field "cod"; did you mean "code"?`},
		{"aliases of no field", "note: { clear: send_empty", "nte: { clear: send_empty", "nte:",
			`x-rollcall.resources.site.fields.nte: unknown field "nte"; did you mean "note"?`},
		{"a text format of a date", "born: { clear: omit }", "born: { format: email }", "email }\n        name",
			"x-rollcall.resources.site.fields.born.format: only text has this format"},
		{"another version of OpenAPI", "openapi: 3.1.0", "openapi: 3.0.3", "3.0.3", `openapi: the document must be OpenAPI 3.1; write "openapi: 3.1.0"`},
		{"a server that is a template", "https://api.atlas.test/api/v2/", "'https://{host}/v2'", "'https://{host}",
			"servers.0.url: the first server must have a plain http or https address; write servers: [{url: https://api.example.org}]"},
		{"an operationId twice", "operationId: showSite", "operationId: addSite", "{ operationId: addSite",
			`paths./areas/{area}/sites/{site}.get: operationId "addSite" is already used in line 42; give each operation an id of its own`},
		{"a path parameter without a description", "{ name: site, in: path,", "{ name: site, in: query,", "{ operationId: showSite",
			`paths./areas/{area}/sites/{site}.get: path parameter "site" is not described; add it under parameters, in: path`},
	}
}

// wrongSchemas are faults of the request schemas: what the compiler cannot honour, it refuses.
func wrongSchemas() []wrongTarget {
	return []wrongTarget{
		{"a reference to nothing", "$ref: '#/components/schemas/Ref'", "$ref: '#/components/schemas/Reff'", "'#/components/schemas/Reff'",
			`components.schemas.SiteCreate.properties.code.$ref: reference "#/components/schemas/Reff" leads nowhere; did you mean "Ref"?`},
		{"a reference to a file", "$ref: '#/components/schemas/Ref'", "$ref: other.yaml", "other.yaml",
			`components.schemas.SiteCreate.properties.code.$ref: reference "other.yaml" leaves the document; copy what it means into this document`},
		{"a reference to itself", "Ref: { $ref: '#/components/schemas/Code' }", "Ref: { $ref: '#/components/schemas/Ref' }", "'#/components/schemas/Ref' }\n    P",
			`components.schemas.Ref.$ref: reference "#/components/schemas/Ref" leads back to itself`},
		{"a schema within itself", "height: { type: integer, format: int32 }", "height: { $ref: '#/components/schemas/Point' }", "type: object\n      additionalProperties: false\n      required: [latitude",
			"components.schemas.Point: the schema contains itself; a sheet has no place for records within records: leave it out"},
		{"rules joined by allOf", "price: { type: number,", "price: { allOf: [], type: number,", "allOf",
			`components.schemas.SiteCreate.properties.price.allOf: keyword "allOf" is not supported for a number in a request`},
		{"two types", "active: { type: boolean }\n        created", "active: { type: [boolean, string] }\n        created", "{ type: [boolean, string] }",
			"components.schemas.SiteCreate.properties.active: a field must have one type: string, integer, number or boolean; lists are not supported"},
		{"alternatives of two types", "active: { type: boolean }\n        created", "active: { oneOf: [{ type: boolean }, { type: string }] }\n        created", "oneOf: [{ type: boolean }",
			"components.schemas.SiteCreate.properties.active.oneOf: alternatives are supported for one type and null only; give the field one type"},
		{"keys by pattern", "person: { $ref: '#/components/schemas/Person' }\n    Site", "person: { type: object, patternProperties: {}, properties: {} }\n    Site", "patternProperties",
			`components.schemas.SiteCreate.properties.person.patternProperties: keyword "patternProperties" is not supported for an object in a request`},
		{"free keys", "additionalProperties: false\n      required: [latitude", "additionalProperties: { type: string }\n      required: [latitude", "{ type: string }\n      required",
			"components.schemas.Point.additionalProperties: additionalProperties must be false in a request; list the fields under properties"},
		{"a look ahead in a pattern", "pattern: '^[A-Z]{2}-[0-9]{4}$'", "pattern: '^(?=A)$'", "'^(?=A)$'",
			"components.schemas.Code.pattern: the pattern is not supported: invalid or unsupported Perl syntax: `(?=`; write it without lookaround and back references"},
		{"a rule beside a reference", "description: Code on the door.", "minLength: 3", "minLength: 3",
			`components.schemas.SiteCreate.properties.code.minLength: keyword "minLength" beside a reference or alternatives is not supported; put it with the type`},
		{"a format that nobody checks", "name: { type: string, maxLength: 5 }", "name: { type: string, maxLength: 5, format: date-time }", "date-time",
			`components.schemas.Person.properties.name.format: format "date-time" is not supported for text; leave it out, or say it by a pattern`},
		{"a length that is none", "name: { type: string, maxLength: 5 }", "name: { type: string, maxLength: five }", "five",
			"components.schemas.Person.properties.name.maxLength: maxLength must be a whole number from 0"},
		{"a bound that is none", "maximum: 90 }", "maximum: '9x' }", "'9x'", "components.schemas.Point.properties.latitude.maximum: maximum must be a number"},
		{"an allowed value of another type", "enum: [owner, tenant]", "enum: [1, tenant]", "1, tenant",
			"components.schemas.Person.properties.role.enum.0: an allowed value must be text; quote it if it is text"},
		{"a required property that is not there", "required: [latitude, longitude]", "required: [latitude, lon]", "lon]",
			`components.schemas.Point.required.1: required property "lon" is no field; describe it under properties; an object needs a required property of its own`},
		{"a dependency on nothing", "name: [email]", "name: [mail]", "mail]",
			`components.schemas.Person.dependentRequired.name.0: required property "mail" is no field; describe it under properties`},
		{"two rules for one field", "oneOf: [{ type: 'null' }, { type: string, maxLength: 3 }]", "oneOf: [{ type: 'null' }, { type: string, maxLength: 4 }]", "{ oneOf: [{ type: 'null' }, { type: string, maxLength: 4",
			`components.schemas.SiteUpdate.properties.note: field "note" has other rules here than in the create schema; write the stricter rule in both`},
		{"a dot in a name", "origin: { type", "ori.gin: { type", "{ type: string }\n        location",
			`components.schemas.SiteCreate.properties.ori.gin: property "ori.gin" has a dot in its name; dots separate the names of nested fields`},
		{"a body of another form", "content: { application/json: { schema: { $ref: '#/components/schemas/SiteCreate' } } }", "content: { text/csv: {} }", "{ content: { text/csv",
			"paths./areas/{area}/sites.post.requestBody: the request body has no JSON schema; describe it under content, application/json, schema"},
		{"a body that is a list", "SiteCreate:\n      type: object", "SiteCreate:\n      type: array", "type: array", "components.schemas.SiteCreate: the request body must be an object; say type: object"},
		{"no block", "x-rollcall:", "x-rolcall:", "openapi:", `: missing key "x-rollcall"`},
	}
}

func TestWrongTargetFilesAreNamedInTheirPlace(t *testing.T) {
	checkWrong(t, atlasText(t), append(wrongBlocks(), wrongSchemas()...))
}

// checkWrong breaks a good target file in several ways, and compares what is said of it.
func checkWrong(t *testing.T, good string, tests []wrongTarget) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(good, test.old) {
				t.Fatalf("no %q in the file", test.old)
			}
			broken := strings.Replace(good, test.old, test.new, 1)
			line, column := place(t, broken, test.mark)
			_, err := model.Parse("atlas.yaml", []byte(broken))
			got := lines(t, err)
			want := lines(t, &model.DocumentError{Findings: []model.Finding{{Line: line, Column: column}}})[0]
			want = strings.TrimSuffix(want, " : ") + " " + test.want
			found := false
			for _, g := range got {
				found = found || g == want
			}
			if !found {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), want)
			}
		})
	}
}

func TestAllFaultsOfATargetFileAtOnce(t *testing.T) {
	broken := atlasText(t)
	for _, r := range []string{"key: [code]|key: [cod]", "maximum: 90 }|maximum: x }", "page_param: page,|page_param: pag,"} {
		old, replacement, _ := strings.Cut(r, "|")
		broken = strings.Replace(broken, old, replacement, 1)
	}
	_, err := model.Parse("atlas.yaml", []byte(broken))
	var got []string
	for _, line := range lines(t, err) {
		_, rest, _ := strings.Cut(line, " ")
		path, _, _ := strings.Cut(rest, ": ")
		got = append(got, path)
	}
	want := []string{
		"x-rollcall.resources.site.list.page_param", "x-rollcall.resources.site.key.0", "components.schemas.Point.properties.latitude.maximum",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestASmallFileCannotDescribeAHugeRequest(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(strings.Replace(atlasText(t), "location: { $ref: '#/components/schemas/Point' }", "location: { $ref: '#/components/schemas/L0' }", 1))
	for i := range 40 {
		next := string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		if i == 0 {
			b.WriteString("    L0:")
		} else {
			b.WriteString("    L" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ":")
		}
		b.WriteString(" { type: object, properties: { a: { $ref: '#/components/schemas/L" + next + "' }, b: { $ref: '#/components/schemas/L" + next + "' } } }\n")
	}
	b.WriteString("    L40: { type: string }\n")
	_, err := model.Parse("bomb.yaml", b.Bytes())
	if got := strings.Join(lines(t, err), "\n"); !strings.Contains(got, "the request has more than 500 properties") {
		t.Errorf("got %s, want the bound", got)
	}
}

func FuzzParse(f *testing.F) {
	good := atlasText(f)
	f.Add([]byte(good))
	f.Add([]byte(strings.ReplaceAll(good, "type: string", "$ref: '#/components/schemas/Point'")))
	f.Add([]byte(strings.ReplaceAll(good, "properties", "anyOf")))
	f.Add([]byte(harborText(f)))
	f.Add([]byte(strings.ReplaceAll(harborText(f), "type: integer", "$ref: '#/nowhere'")))
	f.Fuzz(func(t *testing.T, data []byte) {
		target, err := model.Parse("f.yaml", data)
		if err != nil {
			return
		}
		for _, r := range target.Resources {
			if r.Custom != nil {
				r = r.With(r.Custom.Unjudged([]string{r.Custom.Prefix() + "x"}), nil)
			}
			if whole, ok := r.Replacing(); ok {
				r = whole
			}
			if body := r.Model.AppendBody(nil, r.Model.NewRecord(), nil); string(body) != "{}" {
				t.Errorf("got body %s of an empty record", body)
			}
			r.Model.Validate(nil, r.Model.NewRecord(), model.ForCreate)
		}
	})
}
