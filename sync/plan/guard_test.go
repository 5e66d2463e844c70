package plan_test

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

func TestParseThreshold(t *testing.T) {
	tests := []struct {
		says, text string
		want       string // as String writes it, "" if it is refused
	}{
		{"a share", "20%", "20%"},
		{"a share with space", " 12.5 % ", "12.5%"},
		{"the least share", "0%", "0%"},
		{"the largest share", "100%", "100%"},
		{"a number of rows", "50", "50"},
		{"no row at all", "0", "0"},
		{"more than everything", "101%", ""},
		{"less than nothing", "-1%", ""},
		{"fewer than no rows", "-1", ""},
		{"half a row", "1.5", ""},
		{"a share that is no number", "NaN%", ""},
		{"a share of nothing", "%", ""},
		{"nothing", "", ""},
		{"a word", "many", ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			got, err := plan.ParseThreshold(tt.text)
			if tt.want == "" {
				if err == nil || !strings.Contains(err.Error(), `"`+tt.text+`"`) {
					t.Errorf("got %v, %v; want an error that shows the text", got, err)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestGuardsAreReadFromYAML(t *testing.T) {
	var g plan.Guards
	if err := yaml.Unmarshal([]byte("{max_invalid: 5%, max_changed: 30, max_failures: 0, allow_empty: true}"), &g); err != nil {
		t.Fatal(err)
	}
	if g.MaxInvalid.String() != "5%" || g.MaxChanged.String() != "30" || *g.MaxFailures != 0 || !g.AllowEmpty {
		t.Errorf("got %+v", g)
	}
	if err := yaml.Unmarshal([]byte("max_invalid: most"), &g); err == nil {
		t.Error("a word must be refused")
	}
	if d := (plan.Guards{}).WithDefaults(); d.MaxInvalid.String() != "20%" || d.MaxChanged.String() != "50%" || *d.MaxFailures != 50 || d.AllowEmpty {
		t.Errorf("defaults: got %+v", d)
	}
	if d := g.WithDefaults(); d.MaxChanged.String() != "30" || *d.MaxFailures != 0 {
		t.Errorf("defaults replace what the job says: %+v", d)
	}
}

// TestAGuardTellsWhatCannotBeCompared: most changes may only be there because the API does not show what it has.
func TestAGuardTellsWhatCannotBeCompared(t *testing.T) {
	for _, tt := range []struct {
		says   string
		unseen int
		want   string
	}{
		{"all changes are seen", 0, "60 of 100 matched records would change, more than 50%; nothing was sent"},
		{"some are not", 40, "more than 50% (40 of them only in fields that the API does not show, so that nothing tells whether they differ); nothing was sent"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			err := plan.Guards{}.WithDefaults().Judge(plan.Tally{Read: 100, Matched: 100, Updates: 60, Unseen: tt.unseen}, false)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestUpdatesOfNothingButUnshownFieldsAreCounted(t *testing.T) {
	for _, tt := range []struct {
		says   string
		fields []string
		want   int
	}{
		{"a field that no record shows", []string{"note=new"}, 1},
		{"several of them", []string{"note=new", "phone=1"}, 1},
		{"one that is shown, too", []string{"note=new", "flag=SE"}, 0},
		{"one that another record shows: here it is empty", []string{"fax=2", "phone=1"}, 0},
	} {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "flag": "NO"}`).answers("2", `{"name": "Bo", "fax": "1"}`)
			row := b.row("", append([]string{"name=Ida"}, tt.fields...)...)
			p := plan.New(b.options)
			p.Survey(row)
			if err := p.Fetch(t.Context(), b.api, func(int) {}); err != nil {
				t.Fatal(err)
			}
			m := b.model()
			p.Unshown([]int{m.Index("flag"), m.Index("phone"), m.Index("fax"), m.Index("note")})
			c, err := p.Decide(t.Context(), b.api, row)
			if err != nil || verdict(&c) != "update 1" {
				t.Fatalf("verdict %s, error %v, want an update", verdict(&c), err)
			}
			if got := p.Tally().Unseen; got != tt.want {
				t.Errorf("%d updates of nothing but fields that are not shown, want %d", got, tt.want)
			}
		})
	}
}

func TestGuards(t *testing.T) {
	threshold := func(text string) plan.Threshold {
		v, err := plan.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	retry := true
	tests := []struct {
		says   string
		guards plan.Guards
		tally  plan.Tally
		retry  bool
		want   string // the guard that stops the plan, "" if none does
	}{
		{"a plan with nothing wrong", plan.Guards{}, plan.Tally{Read: 1000, Matched: 1000, Updates: 10}, false, ""},
		{"a sheet without rows", plan.Guards{}, plan.Tally{}, false, "allow_empty"},
		{"a sheet without rows, which is fine", plan.Guards{AllowEmpty: true}, plan.Tally{}, false, ""},
		{"by default a fifth of the rows may be invalid: the figure is reached, not exceeded", plan.Guards{}, plan.Tally{Read: 500, Invalid: 100}, false, ""},
		{"one more is too many", plan.Guards{}, plan.Tally{Read: 500, Invalid: 101}, false, "max_invalid"},
		{"fewer than 20 invalid rows are never too many by default", plan.Guards{}, plan.Tally{Read: 19, Invalid: 19}, false, ""},
		{"20 are, if they are more than a fifth", plan.Guards{}, plan.Tally{Read: 99, Invalid: 20}, false, "max_invalid"},
		{"a share that the job names holds from the first row on", plan.Guards{MaxInvalid: threshold("20%")}, plan.Tally{Read: 4, Invalid: 1}, false, "max_invalid"},
		{"a share of nothing lets nothing pass", plan.Guards{MaxInvalid: threshold("0%")}, plan.Tally{Read: 1000, Invalid: 1}, false, "max_invalid"},
		{"a share of nothing lets pass what has nothing wrong", plan.Guards{MaxInvalid: threshold("0%")}, plan.Tally{Read: 1000}, false, ""},
		{"the whole is never exceeded", plan.Guards{MaxInvalid: threshold("100%")}, plan.Tally{Read: 30, Invalid: 30}, false, ""},
		{"a number of rows is reached", plan.Guards{MaxInvalid: threshold("3")}, plan.Tally{Read: 3, Invalid: 3}, false, ""},
		{"a number of rows is exceeded", plan.Guards{MaxInvalid: threshold("3")}, plan.Tally{Read: 1000, Invalid: 4}, false, "max_invalid"},
		{"a report that is fed back may be invalid throughout", plan.Guards{}, plan.Tally{Read: 100, Invalid: 100}, retry, ""},
		{"even then not everything may change", plan.Guards{}, plan.Tally{Read: 100, Matched: 100, Updates: 51}, retry, "max_changed"},
		{"by default half of the matched records may change", plan.Guards{}, plan.Tally{Read: 900, Matched: 100, Updates: 50}, false, ""},
		{"more than half of the matched records, though few of the rows", plan.Guards{}, plan.Tally{Read: 900, Matched: 100, Updates: 51}, false, "max_changed"},
		{"fewer than 20 changes are never too many by default", plan.Guards{}, plan.Tally{Read: 19, Matched: 19, Updates: 19}, false, ""},
		{"20 are, if they are more than half", plan.Guards{}, plan.Tally{Read: 20, Matched: 20, Updates: 20}, false, "max_changed"},
		{"a share of changes that the job names holds from the first on", plan.Guards{MaxChanged: threshold("10%")}, plan.Tally{Read: 5, Matched: 5, Updates: 1}, false, "max_changed"},
		{"creates are no changes", plan.Guards{}, plan.Tally{Read: 500, Creates: 500}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			err := tt.guards.WithDefaults().Judge(tt.tally, tt.retry)
			var stop *plan.GuardError
			switch {
			case err == nil && tt.want == "":
			case !errors.As(err, &stop) || stop.Guard != tt.want:
				t.Errorf("got %v, want guard %q", err, tt.want)
			case !strings.Contains(err.Error(), "nothing was sent") || !strings.Contains(err.Error(), "guards."+tt.want):
				t.Errorf("%q does not say that nothing was sent, or what to set", err)
			}
		})
	}
}
