package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestAnUpdateSendsOnlyWhatDiffers: the smallest request that makes the record what the sheet says.
func TestAnUpdateSendsOnlyWhatDiffers(t *testing.T) {
	tests := []struct {
		says  string
		api   []string
		sheet []string
		sent  []string // nil: nothing, the record is unchanged
		was   []string
	}{
		{"one field of many", []string{"name=Ida", "email=a@x.org", "note=old"}, []string{"name=Ida", "email=a@x.org", "note=new"},
			[]string{"pier=A", "note=new"}, []string{"pier=A", "note=old"}},
		{"what the sheet does not say is left alone", []string{"name=Ida", "note=old", "email=a@x.org"}, []string{"name=Ida"}, nil, nil},
		{"the spacing of an e-mail list is no difference", []string{"name=Ida", "email=a@x.org,b@x.org"},
			[]string{"name=Ida", "email= a@x.org , b@x.org"}, nil, nil},
		{"the order of an e-mail list is one", []string{"name=Ida", "email=a@x.org,b@x.org"}, []string{"name=Ida", "email=b@x.org,a@x.org"},
			[]string{"pier=A", "email=b@x.org,a@x.org"}, []string{"pier=A", "email=a@x.org,b@x.org"}},
		{"null and empty are the same", []string{"name=Ida", "note=<null>"}, []string{"name=Ida", "note="}, nil, nil},
		{"empty and null are the same", []string{"name=Ida", "note="}, []string{"name=Ida", "note=<null>"}, nil, nil},
		{"clearing what is not there is no difference", []string{"name=Ida"}, []string{"name=Ida", "note=<null>"}, nil, nil},
		{"clearing sends null", []string{"name=Ida", "note=old"}, []string{"name=Ida", "note=<null>"},
			[]string{"pier=A", "note=<null>"}, []string{"pier=A", "note=old"}},
		{"a number written otherwise is no difference", []string{"name=Ida", "berth.depth=3.50"}, []string{"name=Ida", "berth.depth=3.5"}, nil, nil},
		{"the case of a key finds the record, and is then brought in line", []string{"name=IDA"}, []string{"name=Ida"},
			[]string{"pier=A", "name=Ida"}, []string{"pier=A", "name=IDA"}},
		{"an object of which a field changes is sent whole", []string{"name=Ida", "berth.row=N", "berth.number=4", "berth.depth=3.5"},
			[]string{"name=Ida", "berth.number=5"},
			[]string{"pier=A", "berth.row=N", "berth.number=5", "berth.depth=3.5"}, []string{"pier=A", "berth.row=N", "berth.number=4", "berth.depth=3.5"}},
		{"the other objects stay where they are", []string{"name=Ida", "berth.number=4", "crew.size=3"}, []string{"name=Ida", "berth.number=5"},
			[]string{"pier=A", "berth.number=5"}, []string{"pier=A", "berth.number=4"}},
		{"what cannot change is not sent along with its object", []string{"name=Ida", "berth.number=4", "berth.side=port"},
			[]string{"name=Ida", "berth.number=5"}, []string{"pier=A", "berth.number=5"}, []string{"pier=A", "berth.number=4"}},
		{"what the API holds as null is not filled in", []string{"name=Ida", "berth.row=<null>", "berth.number=4"}, []string{"name=Ida", "berth.number=5"},
			[]string{"pier=A", "berth.number=5"}, []string{"pier=A", "berth.number=4"}},
		{"an object that does not change is not sent", []string{"name=Ida", "note=old", "berth.row=N", "berth.number=4"},
			[]string{"name=Ida", "note=new", "berth.row=N"}, []string{"pier=A", "note=new"}, []string{"pier=A", "note=old"}},
		{"what no update takes is not sent along", []string{"name=Ida", "note=old", "yard=North"}, []string{"name=Ida", "note=new", "yard=North"},
			[]string{"pier=A", "note=new"}, []string{"pier=A", "note=old"}},
		{"what no update takes and the API does not show is not sent either", []string{"name=Ida", "note=old"},
			[]string{"name=Ida", "note=new", "yard=North"}, []string{"pier=A", "note=new"}, []string{"pier=A", "note=old"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t).has("1", append([]string{"pier=A"}, tt.api...)...)
			b.row("", append([]string{"pier=A"}, tt.sheet...)...)
			want := "unchanged"
			if tt.sent != nil {
				want = "update 1"
			}
			c := b.wantVerdicts(want)[0]
			if c.ID != "1" {
				t.Errorf("the change has the id %q, want the record's", c.ID)
			}
			if diff := cmp.Diff(tt.sent, words(b.model(), c.Record)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.was, words(b.model(), c.Before)); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatIsStoredBreaksNoRule: an export that comes back as it was changes nothing, whatever the API holds.
func TestWhatIsStoredBreaksNoRule(t *testing.T) {
	long := model.Problem{Code: model.CodeTooLong, Field: "note"}
	tests := []struct {
		says, id string
		sheet    []string
		problems []model.Problem
		want     string
	}{
		{"a value that breaks a rule and is there already", "1", []string{"name=Ida", "note=old"}, []model.Problem{long}, "unchanged"},
		{"another value that breaks it", "1", []string{"name=Ida", "note=new"}, []model.Problem{long}, "invalid too_long"},
		{"one that is there, beside an edit", "1", []string{"name=Eva", "note=old"}, []model.Problem{long}, "invalid too_long"},
		{"a cell that could not be read", "1", []string{"name=Ida"}, []model.Problem{long}, "invalid too_long"},
		{"a row that is wrong as a whole", "1", []string{"name=Ida", "note=old"}, []model.Problem{{Code: model.CodeRaggedRow}}, "invalid ragged_row"},
		{"a record that the list does not show", "9", []string{"name=Ida", "note=old"}, []model.Problem{long}, "invalid too_long"},
		{"a row that is told by its key", "", []string{"name=Ida", "note=old"}, []model.Problem{long}, "invalid too_long"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t).has("1", "pier=A", "name=Ida", "note=old")
			b.row("", "pier=A", "name=Nobody") // so that the pier is listed
			b.row(tt.id, append([]string{"pier=A"}, tt.sheet...)...).Problems = tt.problems
			changes := b.wantVerdicts("create", tt.want)
			if tt.want == "unchanged" && len(changes[1].Problems) > 0 {
				t.Errorf("the row is said to be wrong: %v", changes[1].Problems)
			}
		})
	}
}

func TestWhatNoUpdateTakesCannotChange(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida", "yard=North", "note=old")
	b.row("", "pier=A", "name=Ida", "yard=South", "note=new")
	c := b.wantVerdicts("rejected immutable")[0]
	if got := c.Problems[0]; got.Field != "yard" || got.Column != "Column yard" {
		t.Errorf("the problem blames %q in column %q, want yard and its column", got.Field, got.Column)
	}
}

func TestACreateSendsWhatTheSheetSays(t *testing.T) {
	b := newBench(t)
	b.row("", "pier=A", "name=Ida", "email= a@x.org", "note=<null>", "berth.row=", "yard=North")
	c := b.wantVerdicts("create")[0]
	want := []string{"pier=A", "name=Ida", "email= a@x.org", "berth.row=", "yard=North"} // there is no note yet to be cleared
	if diff := cmp.Diff(want, words(b.model(), c.Record)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if c.Before != nil || c.ID != "" {
		t.Errorf("a create has no before (%v) and no id (%q)", c.Before, c.ID)
	}
}

func TestAnUpdateThatReplacesSendsTheWholeRecord(t *testing.T) {
	b := newBench(t)
	b.options.Resource = resource(t, "pilot")
	b.options.Key, b.key = []string{"name"}, []int{0}
	b.has("1", "name=Ida", "phone=555-0100", "rank=first")
	b.row("", "name=Ida", "phone=555-0199")
	c := b.wantVerdicts("update 1")[0]
	if diff := cmp.Diff([]string{"name=Ida", "phone=555-0199", "rank=first"}, words(b.model(), c.Record)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestAReplacementLosesNothingThatHasNoField, though the resource has no custom fields: there is an object where the model has
// a single value.
func TestAReplacementLosesNothingThatHasNoField(t *testing.T) {
	tests := []struct {
		says, sheet string
		want        string
		names       string // in the message
	}{
		{"a row that differs is not sent", "phone=2", "rejected not_rebuildable", "rank"},
		{"a row that changes nothing has nothing to lose", "phone=1", "unchanged", ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			b.options.Resource = resource(t, "pilot")
			b.options.Key, b.key = []string{"name"}, []int{0}
			b.answers("1", `{"name": "Ida", "phone": "1", "rank": {"code": 1}}`)
			b.row("", "name=Ida", tt.sheet)
			c := b.wantVerdicts(tt.want)[0]
			if c.Pending() || c.Record != nil {
				t.Errorf("it sends %v", words(b.model(), c.Record))
			}
			if tt.names != "" && !strings.Contains(c.Problems[0].Message, tt.names) {
				t.Errorf("the problem %q does not name %s", c.Problems[0].Message, tt.names)
			}
		})
	}
}

// TestWhatIsShownInAnotherForm: without the list of names nobody can tell which code the API's Canada has. It is as good as what
// was last sent, but a replacement must send what is there now.
func TestWhatIsShownInAnotherForm(t *testing.T) {
	tests := []struct {
		says    string
		replace bool
		sent    []string
		sheet   string
		want    string
		body    string
	}{
		{"what was last sent is there", false, []string{"country=124"}, "country=124", "unchanged", ""},
		{"another value is an update", false, []string{"country=124"}, "country=250", "update 1", `{"country":250}`},
		{"without anything sent it cannot be told, and is sent", false, nil, "country=124", "update 1", `{"country":124}`},
		{"a replacement finds it unchanged, too", true, []string{"country=124"}, "country=124", "unchanged", ""},
		{"it does not send it along: it may be another one by now", true, []string{"country=124"}, "note=new", "rejected not_rebuildable", ""},
		{"what the sheet says it may send", true, []string{"country=124"}, "country=250", "update 1", `{"name":"Ida","flag":"NO","country":250}`},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, tt.replace).answers("1", `{"name": "Ida", "flag": "NO", "country": "Canada"}`)
			b.row("", "name=Ida", tt.sheet)
			p := plan.New(b.options)
			p.Remember(map[string]model.Record{"1": record(t, b.model(), tt.sent...)})
			changes, err := b.pass(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := verdict(&changes[0]); got != tt.want {
				t.Errorf("verdict %s, want %s", got, tt.want)
			}
			if got := body(b.model(), &changes[0]); tt.body != "" && got != tt.body {
				t.Errorf("sent %s, want %s", got, tt.body)
			}
			if got := p.Unshown([]int{b.model().Index("flag"), b.model().Index("country")}); !slices.Equal(got, []int{b.model().Index("country")}) {
				t.Errorf("fields to remember: %v, want the country alone", got)
			}
		})
	}
}

func TestFieldChangesAreWhatAPersonReviews(t *testing.T) {
	value := func(kind model.Kind, text string) model.Value { return model.Value{Kind: kind, Text: text} }
	tests := []struct {
		says       string
		api, sheet []string
		want       []plan.FieldChange
	}{
		{"of an update, what differs, and not what fills up an object", []string{"name=Ida", "berth.row=N", "berth.number=4"},
			[]string{"name=Ida", "berth.number=5", "note=new"}, []plan.FieldChange{
				{Field: "note", After: value(model.String, "new")},
				{Field: "berth.number", Before: value(model.Integer, "4"), After: value(model.Integer, "5")},
			}},
		{"of a create, all that the body has", nil, []string{"name=Ida", "note=new"}, []plan.FieldChange{
			{Field: "name", After: value(model.String, "Ida")},
			{Field: "note", After: value(model.String, "new")},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			if tt.api != nil {
				b.has("1", append([]string{"pier=A"}, tt.api...)...)
			}
			b.row("", append([]string{"pier=A"}, tt.sheet...)...)
			changes, _ := b.planned()
			if diff := cmp.Diff(tt.want, changes[0].FieldChanges(b.model())); diff != "" {
				t.Errorf("field changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatuses(t *testing.T) {
	settled := map[plan.Status]bool{plan.Created: true, plan.Updated: true, plan.Unchanged: true, plan.Skipped: true}
	counts := plan.Counts{}
	for i, s := range plan.Statuses() {
		counts[s] = i
		if s.Settled() != settled[s] {
			t.Errorf("%s: settled is %t, want %t", s, s.Settled(), settled[s])
		}
	}
	if got, want := len(plan.Statuses()), 10; got != want {
		t.Errorf("the account has %d statuses, want %d", got, want)
	}
	if got, want := counts.Sum(), 45; got != want {
		t.Errorf("sum: got %d, want %d", got, want)
	}
}
