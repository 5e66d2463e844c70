package remote_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// TestAReplacementIsReadBack: what a replacement loses is lost without a word, so it is not done before it is seen.
func TestAReplacementIsReadBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		shown http.HandlerFunc
		want  push.Verdict
		field string
		says  string
	}{
		{"the record holds what was sent", always(200, `{"id": 5, "name": "Ida", "harbour": 3, "note": null, "extras": [{"id": 1, "value": "x"}]}`), push.Accepted, "", ""},
		{"more than was sent is fine", always(200, `{"id": 5, "name": "Ida", "harbour": 3, "extras": {"1": "x", "2": "y"}}`), push.Accepted, "", ""},
		{"what is not shown cannot speak against it", always(200, `{"id": 5, "name": "Ida"}`), push.Accepted, "", ""},
		{"an id is as good as its name", always(200, `{"id": 5, "name": "Ida", "harbour": "west quay"}`), push.Accepted, "", ""},
		{"a field that became another", always(200, `{"id": 5, "name": "Ida", "harbour": 4}`), push.Refused, "harbour", `shows harbour as "4", not as "3"`},
		{"a field that got lost", always(200, `{"id": 5, "name": null}`), push.Refused, "name", `shows name as "", not as "Ida"`},
		{"a custom field that got lost", always(200, `{"id": 5, "name": "Ida", "extras": []}`), push.Refused, "extras.1", `shows extras.1 as "", not as "x"`},
		{"a field that was to be empty and is not", always(200, `{"id": 5, "name": "Ida", "note": "old"}`), push.Refused, "note", `shows note as "old", not as ""`},
		{"a record that cannot be read", always(403, `{"detail": "No."}`), push.Unclear, "", "could not be read back"},
		{"an answer that is none", always(200, `<html>`), push.Unclear, "", "could not be read back"},
		{"a record that is gone", always(404, ``), push.Unclear, "", "is not there any more"},
		{"another record", always(200, `{"id": 6, "name": "Ida"}`), push.Unclear, "", "is not there any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					c.shown(w, r)
					return
				}
				always(200, `{}`)(w, r)
			})
			opts := ferryOptions(t, server.URL, byAddress)
			client := newClient(t, opts)
			whole, ok := opts.Resource.Replacing()
			if !ok {
				t.Fatal("the ferry replaces nothing")
			}
			fields, unknown := whole.Custom.Named([]string{"extras.1"}, []model.Definition{{ID: "1", Name: "1"}})
			if len(unknown) > 0 {
				t.Fatal(unknown)
			}
			opts.Resource = whole.With(fields, map[string]*model.Table{"harbours": model.NewTable([]model.Entry{{Name: "West Quay", ID: "3"}})})
			client.Use(opts.Resource)

			record := recordOf(t, opts, "name", "Ida", "harbour", "3", "extras.1", "x")
			record[opts.Resource.Model.Index("note")] = model.Value{Kind: model.Null}
			a := client.Write(t.Context(), &plan.Change{Action: plan.Update, ID: "5", Record: record}, "id")
			if a.Verdict != c.want || a.Field != c.field || !strings.Contains(a.Message, c.says) || c.says == "" && a.Message != "" {
				t.Errorf("%s, field %q, %q; want %s, field %q, saying %q", verdictName(a.Verdict), a.Field, a.Message, verdictName(c.want), c.field, c.says)
			}
			var got []string
			for _, r := range server.seen() {
				got = append(got, r.method+" "+r.body)
			}
			want := []string{`PUT {"company":7,"name":"Ida","harbour":3,"extras":[{"id":1,"value":"x"}]}`, "GET "}
			if !slices.Equal(got, want) {
				t.Errorf("requests %q, want %q", got, want)
			}
			if started := opts.Pacer.Stats().Started; started != 1 {
				t.Errorf("%d reads passed the pacer, want 1", started)
			}
		})
	}
}

// TestOnlyReplacementsAreReadBack: requests are the scarce good.
func TestOnlyReplacementsAreReadBack(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			always(422, `{"detail": "No."}`)(w, r)
			return
		}
		always(200, `{"id": 5}`)(w, r)
	})
	opts := ferryOptions(t, server.URL, byAddress)
	client := newClient(t, opts)
	create := &plan.Change{Action: plan.Create, Record: recordOf(t, opts, "name", "Ida")}
	update := &plan.Change{Action: plan.Update, ID: "5", Record: recordOf(t, opts, "name", "Ida")}
	client.Write(t.Context(), create, "id")
	client.Write(t.Context(), update, "id")
	whole, _ := opts.Resource.Replacing()
	client.Use(whole)
	client.Write(t.Context(), create, "id")
	if a := client.Write(t.Context(), update, "id"); a.Verdict != push.Refused || a.Message != "No." {
		t.Errorf("%s, %q; want the API's own refusal", verdictName(a.Verdict), a.Message)
	}
	var got []string
	for _, r := range server.seen() {
		got = append(got, r.method)
	}
	if want := []string{"POST", "PATCH", "POST", "PUT"}; !slices.Equal(got, want) {
		t.Errorf("requests %q, want %q", got, want)
	}
}

// TestStrayValuesAreReadWhereTheyCouldBeLost: the plan has to know what a list that goes whole would lose.
func TestStrayValuesAreReadWhereTheyCouldBeLost(t *testing.T) {
	server := serve(t, always(200, `{"id": 5, "name": "Ida", "extras": {"1": "x", "Mast": "tall", "Sail": null}}`))
	opts := ferryOptions(t, server.URL, byAddress)
	fields, _ := opts.Resource.Custom.Named([]string{"extras.1"}, []model.Definition{{ID: "1", Name: "1"}})
	opts.Resource = opts.Resource.With(fields, nil)
	f, ok, err := newClient(t, opts).Get(t.Context(), "5", nil)
	if want := []string{"Mast"}; err != nil || !ok || !slices.Equal(f.Stray, want) {
		t.Errorf("stray values %q, found %v, error %v; want %q", f.Stray, ok, err, want)
	}
}
