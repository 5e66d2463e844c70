package model_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// cro is the contact model that most tests look at.
func cro(t testing.TB) *model.Model {
	t.Helper()
	target, err := model.Load("cro")
	if err != nil {
		t.Fatal(err)
	}
	r, ok := target.Resource("contact")
	if !ok {
		t.Fatal("cro has no resource contact")
	}
	return r.Model
}

// atlas is an invented target with every rule that a schema may have.
func atlas(t testing.TB) *model.Target {
	t.Helper()
	target, err := model.LoadFile(filepath.Join("testdata", "atlas.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// record makes a record of the values by field name.
func record(t testing.TB, m *model.Model, values map[string]model.Value) model.Record {
	t.Helper()
	rec := m.NewRecord()
	for name, v := range values {
		i := m.Index(name)
		if i < 0 {
			t.Fatalf("no field %s", name)
		}
		rec[i] = v
	}
	return rec
}

func text(s string) model.Value { return model.Value{Kind: model.String, Text: s} }

// known are the values of the record by field name.
func known(m *model.Model, rec model.Record) map[string]model.Value {
	out := map[string]model.Value{}
	for i, v := range rec {
		if v.Known() {
			out[m.Fields[i].Name] = v
		}
	}
	return out
}

func TestEveryEmbeddedTargetHasWhatASyncNeeds(t *testing.T) {
	if len(model.Names()) == 0 {
		t.Fatal("no embedded targets")
	}
	for _, name := range model.Names() {
		t.Run(name, func(t *testing.T) {
			target, err := model.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join("targets", name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := model.Parse(name+".yaml", data); err != nil { // Load leaves this out
				t.Errorf("the block does not fit its schema: %v", err)
			}
			if target.Name != name {
				t.Errorf("got name %q, want that of the file", target.Name)
			}
			if target.Title == "" || target.Version == "" || len(target.Hash) != 64 || target.BaseURL == "" {
				t.Errorf("incomplete: title %q, version %q, hash %q, base %q", target.Title, target.Version, target.Hash, target.BaseURL)
			}
			if target.Check == nil || target.Check.Method != "GET" {
				t.Error("no read that proves the credentials")
			}
			if len(target.Auth.Methods) == 0 || len(target.Errors.Message) == 0 || target.Settle <= 0 {
				t.Error("auth, errors or settle is missing")
			}
			for _, r := range target.Resources {
				checkResource(t, r)
			}
		})
	}
}

func checkResource(t *testing.T, r *model.Resource) {
	t.Helper()
	if r.Create == nil || r.Update == nil || r.Get == nil || r.List == nil || r.IDField == "" || r.IDParam == "" {
		t.Errorf("%s lacks an operation or its id", r.Name)
	}
	if len(r.Key) == 0 {
		t.Errorf("%s suggests no key", r.Name)
	}
	for _, f := range r.Model.Fields {
		if f.Source == "" || f.Description == "" {
			t.Errorf("%s.%s has no source page or description", r.Name, f.Name)
		}
	}
}

func TestTargetFileBecomesATarget(t *testing.T) {
	got := atlas(t)
	want := &model.Target{
		Name: "atlas", Title: "Atlas", Version: "2", Hash: got.Hash,
		Server: model.Server{BaseURL: "https://api.atlas.test", PathPrefix: "/api/v2", Slash: model.Slash{Read: true}},
		Settings: []model.Setting{
			{Name: "company", In: []string{"body"}, Param: "company", Kind: model.Integer, Required: true},
			{Name: "region", In: []string{"query"}, Param: "region", Kind: model.String, Except: []string{"showSite"}},
		},
		Auth:   model.Auth{Methods: []string{"api_key"}, APIKeyHeader: "X-Atlas-Key"},
		Rate:   model.Rate{Limit: 20, Per: time.Minute, Scope: "account"},
		Errors: model.ErrorShape{Message: []string{"detail"}, Map: "errors"},
		Resources: []*model.Resource{{
			Name:   "site",
			Create: &model.Operation{ID: "addSite", Method: "POST", Path: "/areas/{area}/sites", Params: []string{"area"}},
			Update: &model.Operation{ID: "replaceSite", Method: "PUT", Path: "/areas/{area}/sites/{site}", Params: []string{"area", "site"}},
			Get:    &model.Operation{ID: "showSite", Method: "GET", Path: "/areas/{area}/sites/{site}", Params: []string{"area", "site"}},
			List: &model.Listing{
				Operation: model.Operation{ID: "findSites", Method: "GET", Path: "/areas/{area}/sites", Params: []string{"area"}, Query: []string{"page", "size"}},
				PageParam: "page", SizeParam: "size", Size: 50, Count: "n",
			},
			Replace: true, IDField: "data.id", IDParam: "site", Parents: []string{"area"},
			Key: []string{"code"}, Unique: []string{"code", "name"},
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Resource{}, "Model")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFieldsOfARequestSchema(t *testing.T) {
	m := atlas(t).Resources[0].Model
	const sites = "atlas.test/sites"
	free := model.Rules{MaxLength: -1}
	point := func(low, high string) model.Rules { return model.Rules{MaxLength: -1, Minimum: low, Maximum: high} }
	want := []model.Field{
		{Name: "area", Kind: model.String, In: model.InPath, Required: true, Immutable: true, Rules: model.Rules{MinLength: 1, MaxLength: 5}, Source: "atlas.test/areas", Description: "Area code."},
		{Name: "code", Kind: model.String, Required: true, Rules: model.Rules{MaxLength: -1, Pattern: "^[A-Z]{2}-[0-9]{4}$"}, Source: "atlas.test/codes", Description: "Code on the door."},
		{Name: "name", Kind: model.String, Immutable: true, Rules: model.Rules{MinLength: 2, MaxLength: 4}, Source: sites},
		{Name: "home", Kind: model.String, Nullable: true, Clear: model.ClearNull, Rules: model.Rules{MaxLength: -1, Format: "uri"}, Source: sites},
		{Name: "note", Kind: model.String, Nullable: true, Clear: model.ClearEmpty, Rules: model.Rules{MaxLength: 3}, Aliases: []string{"Remark"}, Source: sites},
		{Name: "born", Kind: model.Date, Nullable: true, Clear: model.ClearOmit, Rules: free, Source: sites},
		{Name: "size", Kind: model.String, Required: true, Rules: model.Rules{MaxLength: -1, Enum: []string{"small", "large"}}, Source: sites},
		{Name: "grade", Kind: model.Integer, Nullable: true, Clear: model.ClearOmit, Rules: model.Rules{MaxLength: -1, Enum: []string{"1", "2"}}, Source: sites},
		{Name: "price", Kind: model.Number, Clear: model.ClearOmit, Rules: point("0", "999999999999999.99"), Source: sites},
		{Name: "active", Kind: model.Boolean, Clear: model.ClearOmit, Rules: free, Source: sites},
		{Name: "origin", Kind: model.String, Immutable: true, Rules: free, Source: sites},
		{Name: "location.latitude", Kind: model.Number, Clear: model.ClearOmit, Rules: point("-90", "90"), Source: sites},
		{Name: "location.longitude", Kind: model.Number, Clear: model.ClearOmit, Rules: point("-180", "180"), Source: sites},
		{Name: "location.height", Kind: model.Integer, Clear: model.ClearOmit, Rules: free, Source: sites},
		{Name: "person.name", Kind: model.String, Clear: model.ClearOmit, Rules: model.Rules{MaxLength: 5}, Source: sites},
		{Name: "person.email", Kind: model.String, Clear: model.ClearOmit, Rules: model.Rules{MaxLength: 20, Format: "email"}, Source: sites},
		{Name: "person.role", Kind: model.String, Clear: model.ClearOmit, Rules: model.Rules{MaxLength: -1, Enum: []string{"owner", "tenant"}}, Source: sites},
		{Name: "status", Kind: model.String, UpdateOnly: true, Rules: model.Rules{MaxLength: -1, Enum: []string{"open", "shut"}}},
	}
	if diff := cmp.Diff(want, m.Fields, cmpopts.IgnoreUnexported(model.Reading{}, model.Rules{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := m.Name(), "atlas/site"; got != want {
		t.Errorf("got name %s, want %s", got, want)
	}
	if got := m.Index("LOCATION.Latitude"); got != 11 {
		t.Errorf("got index %d, want 11 whatever the letter case", got)
	}
	if got := m.Index("nothing"); got != -1 {
		t.Errorf("got index %d of an unknown field, want -1", got)
	}
}

func TestLoadNamesWhatItHas(t *testing.T) {
	_, err := model.Load("crow")
	if err == nil {
		t.Fatal("got no error for an unknown target")
	}
	want := `unknown target "crow"; did you mean "cro"? allowed: ` + strings.Join(model.Names(), ", ")
	if got := err.Error(); !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s ...", got, want)
	}
	if _, err := model.LoadFile("no-such.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a missing file", err)
	}
}
