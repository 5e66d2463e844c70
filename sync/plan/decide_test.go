package plan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestModesAndMatches is the table of DESIGN.md section 4: what a row means by what it found, in every mode.
func TestModesAndMatches(t *testing.T) {
	none := func(*bench) {}
	one := func(b *bench) { b.has("1", "pier=A", "name=Ida", "note=old") }
	several := func(b *bench) { one(b); b.has("2", "pier=A", "name=IDA") }
	byKey := func(b *bench) *mapping.Candidate { return b.row("", "pier=A", "name=Ida", "note=new") }
	byID := func(b *bench) *mapping.Candidate { return b.row("1", "pier=A", "name=Ida", "note=new") }
	tests := []struct {
		says                   string
		api                    func(*bench)
		row                    func(*bench) *mapping.Candidate
		upsert, create, update string // the verdict in each mode
	}{
		{"a key that nothing has is created, unless the job only updates", none, byKey, "create", "create", "rejected no_match"},
		{"a key that one record has is updated, unless the job only creates", one, byKey, "update 1", "skipped exists", "update 1"},
		{"a key that several records have is nobody's, and skipped where nothing would be done anyway", several, byKey,
			"rejected ambiguous", "skipped exists", "rejected ambiguous"},
		{"an id leads to its record, though several have the key", several, byID, "update 1", "skipped exists", "update 1"},
		{"an id that is not there is never a create, though the key is free", none, byID,
			"rejected id_not_found", "rejected id_not_found", "rejected id_not_found"},
		{"an id that is not there is not replaced by a key that is", func(b *bench) { b.has("7", "pier=A", "name=Ida") }, byID,
			"rejected id_not_found", "rejected id_not_found", "rejected id_not_found"},
		{"an id that the lists do not show is read", func(b *bench) { b.hides("1", "pier=A", "name=Ida", "note=old") }, byID,
			"update 1", "skipped exists", "update 1"},
		{"a blank id falls back to the key", one, func(b *bench) *mapping.Candidate { return b.row("", "pier=A", "name=ida ", "note=old") },
			"update 1", "skipped exists", "update 1"},
		{"an id renames its record: the key finds nothing, and does not have to", one,
			func(b *bench) *mapping.Candidate { return b.row("1", "pier=A", "name=Ida II") }, "update 1", "skipped exists", "update 1"},
		{"an id without a key is enough", one, func(b *bench) *mapping.Candidate { return b.row("1", "pier=A", "note=new") },
			"update 1", "skipped exists", "update 1"},
		{"a record that has it all already is left alone", one,
			func(b *bench) *mapping.Candidate { return b.row("", "pier=A", "name=Ida", "note=old") }, "unchanged", "skipped exists", "unchanged"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			for mode, want := range map[plan.Mode]string{plan.ModeUpsert: tt.upsert, plan.ModeCreate: tt.create, plan.ModeUpdate: tt.update} {
				b := newBench(t)
				b.options.Mode = mode
				tt.api(b)
				tt.row(b)
				b.wantVerdicts(want)

				b = newBench(t) // the row's own word counts for as much as the job's, whatever that is
				b.options.Mode = map[plan.Mode]plan.Mode{
					plan.ModeUpsert: plan.ModeUpdate, plan.ModeCreate: plan.ModeUpsert, plan.ModeUpdate: plan.ModeCreate}[mode]
				tt.api(b)
				tt.row(b).Action = string(mode)
				b.wantVerdicts(want)
			}
		})
	}
}

func TestRowsThatAreDecidedWithoutTheAPI(t *testing.T) {
	stops := model.Problem{Code: model.CodeTooLong, Field: "name"}
	warns := model.Problem{Code: model.CodeHiddenRow}
	tests := []struct {
		says string
		make func(*mapping.Candidate)
		want string
	}{
		{"skip in the action column leaves the row alone", func(c *mapping.Candidate) { c.Action = "skip" }, "skipped action_skip"},
		{"skip counts even if the row could not be sent", func(c *mapping.Candidate) {
			c.Action, c.Problems = "skip", []model.Problem{stops}
		}, "skipped action_skip"},
		{"a row with a problem that stops it is invalid", func(c *mapping.Candidate) { c.Problems = []model.Problem{warns, stops} }, "invalid too_long"},
		{"a warning stops nothing", func(c *mapping.Candidate) { c.Problems = []model.Problem{warns} }, "create"},
		{"what only a create needs stops a create", func(c *mapping.Candidate) { c.OnCreate = []model.Problem{stops} }, "invalid too_long"},
		{"a row that names no record is never created: nobody could find it again", func(c *mapping.Candidate) { c.Key = "" }, "invalid blank_key"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			tt.make(b.row("", "pier=A", "name=Ida"))
			b.wantVerdicts(tt.want)
		})
	}
}

func TestWhatOnlyACreateNeedsStopsNoUpdate(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida")
	b.row("", "pier=A", "name=Ida", "note=new").OnCreate = []model.Problem{{Code: model.CodeRequired, Field: "email"}}
	changes := b.wantVerdicts("update 1")
	if got := changes[0].Problems; len(got) != 0 {
		t.Errorf("the update carries problems of a create: %v", got)
	}
}

// TestKeysThatWeCreated: lists may lag behind, or show less than there is. What we created is read by its id before it is
// held to be absent.
func TestKeysThatWeCreated(t *testing.T) {
	tests := []struct {
		says     string
		api      func(*bench)
		mode     plan.Mode
		recreate bool
		want     string
		gets     int
	}{
		{"not listed yet and still there: it exists, and is updated", func(b *bench) { b.hides("9", "pier=A", "name=Ida") }, plan.ModeUpsert, false, "update 9", 1},
		{"not listed yet and still there: a job that only creates skips it", func(b *bench) { b.hides("9", "pier=A", "name=Ida") }, plan.ModeCreate, false, "skipped exists", 1},
		{"gone: a person has to say what is meant", func(*bench) {}, plan.ModeUpsert, false, "conflict gone", 1},
		{"gone, and --recreate says what is meant", func(*bench) {}, plan.ModeUpsert, true, "create", 1},
		{"gone, in a job that only updates: there is nothing to update", func(*bench) {}, plan.ModeUpdate, false, "rejected no_match", 1},
		{"kept from us: it may well be there, and is not created again even with --recreate",
			func(b *bench) { b.api.broken = fmt.Errorf("%w: 403", plan.ErrParentForbidden) }, plan.ModeUpsert, true, "rejected forbidden", 1},
		{"renamed in the API since: it is still ours", func(b *bench) { b.has("9", "pier=A", "name=Ida Maria") }, plan.ModeUpsert, false, "update 9", 0},
		{"listed: reading it would be a request for nothing", func(b *bench) { b.has("9", "pier=A", "name=Ida") }, plan.ModeUpsert, false, "update 9", 0},
		{"another record has the key now: the list counts, not our memory", func(b *bench) { b.has("4", "pier=A", "name=Ida") }, plan.ModeUpsert, false, "update 4", 0},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			b.options.Mode, b.options.Recreate = tt.mode, tt.recreate
			tt.api(b)
			c := b.row("", "pier=A", "name=Ida", "note=new")
			b.options.Known[c.Key] = "9"
			changes := b.wantVerdicts(tt.want)
			if b.api.gets != tt.gets {
				t.Errorf("asked for %d records by id, want %d", b.api.gets, tt.gets)
			}
			if tt.want == "conflict gone" && changes[0].ID != "9" {
				t.Errorf("the conflict names id %q, want the one that is gone, 9", changes[0].ID)
			}
		})
	}
}

// TestAReplacementKnowsTheWholeRecord: a list may show a part of its records only, and what a replacement does not send is lost.
func TestAReplacementKnowsTheWholeRecord(t *testing.T) {
	part, all := []string{"name=Ida", "phone=1"}, []string{"name=Ida", "phone=1", "rank=first"}
	forbidden := fmt.Errorf("%w: 403", plan.ErrParentForbidden)
	tests := []struct {
		says         string
		listed, byID []string
		broken       error // answer to the read
		mode         plan.Mode
		sheet        []string
		want         string
		sent         []string
		gets         int
	}{
		{"a row that differs reads what only the record itself shows", part, all, nil, plan.ModeUpsert, []string{"name=Ida", "phone=2"},
			"update 1", []string{"name=Ida", "phone=2", "rank=first"}, 1},
		{"a row that changes nothing costs no read", part, all, nil, plan.ModeUpsert, part, "unchanged", nil, 0},
		{"what the list does not show may be as it should", part, all, nil, plan.ModeUpsert, all, "unchanged", nil, 1},
		{"a list that shows all is enough", all, all, nil, plan.ModeUpsert, []string{"name=Ida", "phone=2"},
			"update 1", []string{"name=Ida", "phone=2", "rank=first"}, 0},
		{"the record as it is now counts, not as it was listed", part, []string{"name=Ida", "phone=2", "rank=first"}, nil, plan.ModeUpsert,
			[]string{"name=Ida", "phone=2"}, "unchanged", nil, 1},
		{"a job that only creates leaves it alone", part, all, nil, plan.ModeCreate, []string{"name=Ida", "phone=2"}, "skipped exists", nil, 0},
		{"a record that is listed and not there when it is read is not replaced by what the list has shown", part, nil, nil, plan.ModeUpsert,
			[]string{"name=Ida", "phone=2"}, "conflict gone", nil, 1},
		{"a record that is kept from us is not replaced", part, all, forbidden, plan.ModeUpsert, []string{"name=Ida", "phone=2"}, "rejected forbidden", nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			b.options.Resource, b.options.Mode = resource(t, "pilot"), tt.mode
			b.options.Key, b.key = []string{"name"}, []int{0}
			if b.has("1", tt.listed...); tt.byID != nil {
				b.hides("1", tt.byID...)
			} else {
				b.api.deleted = "1"
			}
			b.api.broken = tt.broken
			b.row("", tt.sheet...)
			c := b.wantVerdicts(tt.want)[0]
			if diff := cmp.Diff(tt.sent, words(b.model(), c.Record)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if b.api.gets != tt.gets {
				t.Errorf("asked for %d records by id, want %d", b.api.gets, tt.gets)
			}
		})
	}
}

func TestAnUpdateThatReplacesNothingNeedsNoMoreThanTheList(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida").hides("1", "pier=A", "name=Ida", "note=old")
	b.row("", "pier=A", "name=Ida", "email=a@x.org")
	b.wantVerdicts("update 1")
	if b.api.gets != 0 {
		t.Errorf("asked for %d records by id, want none", b.api.gets)
	}
}

// TestRowsThatLeadToOneRecord: none of several rows can be told to be the right one, whichever comes first.
func TestRowsThatLeadToOneRecord(t *testing.T) {
	type rows = []*mapping.Candidate
	tests := []struct {
		says string
		make func(*bench) rows
		want []string
	}{
		{"the id of one row and the key of another", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida")
			return rows{b.row("1", "pier=A", "name=Ida II"), b.row("", "pier=A", "name=ida", "note=new")}
		}, []string{"rejected ambiguous", "rejected ambiguous"}},
		{"the key that a record has and the key under which we created it", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida II")
			old := b.row("", "pier=A", "name=Ida")
			b.options.Known[old.Key] = "1"
			return rows{old, b.row("", "pier=A", "name=Ida II")}
		}, []string{"rejected ambiguous", "rejected ambiguous"}},
		{"the id of one row and the key under which we created the record", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida II")
			old := b.row("", "pier=A", "name=Ida")
			b.options.Known[old.Key] = "1"
			return rows{old, b.row("1", "pier=A", "name=Ida III")}
		}, []string{"rejected ambiguous", "rejected ambiguous"}},
		{"a row that creates at most does not stand in the way", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida")
			only := b.row("", "pier=A", "name=Ida")
			only.Action = "create"
			return rows{only, b.row("1", "pier=A", "name=Ida II")}
		}, []string{"skipped exists", "update 1"}},
		{"two records swap their names: each row has its own record", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Tom")
			return rows{b.row("1", "pier=A", "name=Tom"), b.row("2", "pier=A", "name=Ida")}
		}, []string{"update 1", "update 2"}},
		{"a key that several records have leads nowhere, so an id may have one of them", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Ida")
			return rows{b.row("1", "pier=A", "name=Ida II"), b.row("", "pier=A", "name=Ida")}
		}, []string{"update 1", "rejected ambiguous"}},
		{"rows that repeat a key are stopped, and stand in nobody's way", func(b *bench) rows {
			b.has("1", "pier=A", "name=Ida")
			return rows{b.row("", "pier=A", "name=Ida"), b.row("1", "pier=A", "name=Ida II"), b.row("", "pier=A", "name=IDA")}
		}, []string{"invalid duplicate_key", "update 1", "invalid duplicate_key"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			b.rows = tt.make(b)
			b.wantVerdicts(tt.want...)

			backwards := append([]string{}, tt.want...)
			for i, j := 0, len(b.rows)-1; i < j; i, j = i+1, j-1 {
				b.rows[i], b.rows[j] = b.rows[j], b.rows[i]
				backwards[i], backwards[j] = backwards[j], backwards[i]
			}
			b.wantVerdicts(backwards...) // the order of the sheet decides nothing
		})
	}
}

func TestEveryDecisionSaysWhere(t *testing.T) {
	b := newBench(t).has("1", "pier=B", "name=Ida")
	b.row("1", "pier=A", "name=Ida") // row 2
	b.row("", "pier=B", "name=Tom")  // row 3: its pier is listed, and with it the record 1
	b.row("77", "pier=B", "name=Una")
	changes := b.wantVerdicts("rejected immutable", "create", "rejected id_not_found")

	moved := changes[0].Problems[0]
	if moved.Row != 2 || moved.Field != "pier" || moved.Column != "Column pier" || moved.Hint == "" {
		t.Errorf("the problem of a moved record: got %+v, want row 2, field pier, its column and a hint", moved)
	}
	for _, part := range []string{"pier B", "says A"} {
		if !strings.Contains(moved.Message, part) {
			t.Errorf("message %q does not say %q", moved.Message, part)
		}
	}
	if changes[0].Seq != 1 || changes[0].Row != 2 || changes[0].ID != "1" {
		t.Errorf("the change is of seq %d, row %d, id %q, want 1, 2, 1", changes[0].Seq, changes[0].Row, changes[0].ID)
	}
	if got := changes[2].Problems[0].Value; got != "77" {
		t.Errorf("the problem of an id that is not there has the value %q, want the id", got)
	}
}

func TestADecisionLeavesTheCandidateAlone(t *testing.T) {
	b := newBench(t)
	c := b.row("", "pier=A", "name=Ida")
	c.Action, c.Problems = "skip", append(make([]model.Problem, 0, 4), model.Problem{Code: model.CodeHiddenRow})
	b.wantVerdicts("skipped action_skip")
	if got := c.Problems[:2][1]; got.Code != "" {
		t.Errorf("the decision wrote its problem %q into the candidate's memory", got.Code)
	}
}

func TestTroubleOfTheRunIsAnError(t *testing.T) {
	broken := errors.New("connection refused")
	t.Run("a record that cannot be read", func(t *testing.T) {
		b := newBench(t)
		b.row("1", "pier=A", "name=Ida")
		b.api.broken = broken
		if _, err := b.pass(plan.New(b.options)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "harbour/boat 1") {
			t.Errorf("got %v, want the cause and what was read", err)
		}
	})
	t.Run("a row that was not there when the sheet was first read", func(t *testing.T) {
		b := newBench(t)
		b.row("", "pier=A", "name=Ida")
		p := plan.New(b.options)
		if _, err := b.pass(p); err != nil {
			t.Fatal(err)
		}
		late := b.row("", "pier=B", "name=Ida") // nobody has asked what pier B has: a create might be the second one
		if _, err := p.Decide(context.Background(), b.api, late); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
			t.Errorf("got %v, want an error that says the sheet has changed", err)
		}
	})
}

func TestTallyCountsWhatTheGuardsJudge(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Tom").has("3", "pier=A", "name=Una").
		has("4", "pier=A", "name=Eve").has("5", "pier=A", "name=Eve")
	b.row("", "pier=A", "name=Ida", "note=new")       // update
	b.row("", "pier=A", "name=Tom")                   // unchanged
	b.row("", "pier=A", "name=Una").Action = "create" // skipped, and yet it found its record
	b.row("", "pier=A", "name=Eve")                   // ambiguous: none of the two is its record
	b.row("", "pier=A", "name=Zoe")                   // create
	b.row("", "pier=A", "name=Max").Action = "skip"   // read, and no more
	b.row("", "pier=A", "name=Jo").Problems = []model.Problem{{Code: model.CodeTooLong}}
	b.row("", "pier=A", "name=Kim").OnCreate = []model.Problem{{Code: model.CodeRequired}}
	b.row("", "pier=A", "name=Lea") // both invalid
	b.row("", "pier=A", "name=LEA")
	_, p := b.planned()
	want := plan.Tally{Read: 10, Invalid: 4, Matched: 3, Creates: 1, Updates: 1, Skipped: 1}
	if got := p.Tally(); got != want {
		t.Errorf("tally: got %+v, want %+v", got, want)
	}
	if !p.Knows("5") || p.Knows("6") {
		t.Error("Knows must tell what was listed from what was not")
	}
}

// TestAnIDThatTheAPIDoesNotTake is a matter of its row: the others are planned.
func TestAnIDThatTheAPIDoesNotTake(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida")
	b.api.broken = fmt.Errorf("%w: HTTP 400", plan.ErrUnfitID)
	b.row("broken", "pier=A", "name=Eva")
	b.row("1", "pier=A", "name=Ida", "note=new")
	b.wantVerdicts("rejected id_not_found", "update 1")
}
