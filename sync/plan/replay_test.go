package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// genBench draws an API and a sheet over few names, so that they meet often.
func genBench(t *testing.T, rt *rapid.T) *bench {
	b := newBench(t)
	pier := rapid.SampledFrom([]string{"A", "B", "C"})
	name := rapid.SampledFrom([]string{"Ida", "IDA", "Tom", "Una", "Zoé", "Zoe\u0301", "Max", "Jo"})
	note := rapid.SampledFrom([]string{"", "old", "new", "<null>"})
	email := rapid.SampledFrom([]string{"", "a@x.org", "a@x.org, b@x.org", "a@x.org,b@x.org"})
	fields := func(label string) []string {
		return []string{
			"pier=" + pier.Draw(rt, label+" pier"), "name=" + name.Draw(rt, label+" name"),
			"note=" + note.Draw(rt, label+" note"), "email=" + email.Draw(rt, label+" email"),
		}
	}
	for i := range rapid.IntRange(0, 6).Draw(rt, "records") {
		b.has(fmt.Sprint(i+1), fields("record")...)
	}
	b.options.Mode = rapid.SampledFrom([]plan.Mode{plan.ModeUpsert, plan.ModeUpsert, plan.ModeCreate, plan.ModeUpdate}).Draw(rt, "mode")
	b.options.Recreate = rapid.Bool().Draw(rt, "recreate")
	if rapid.IntRange(0, 4).Draw(rt, "refuse a pier") == 0 {
		b.api.refused["C"] = plan.ErrParentNotFound
	}
	for range rapid.IntRange(0, 8).Draw(rt, "rows") {
		id := rapid.SampledFrom([]string{"", "", "", "1", "2", "3", "404"}).Draw(rt, "id")
		c := b.row(id, fields("row")...)
		c.Action = rapid.SampledFrom([]string{"", "", "", "", "create", "update", "upsert", "skip"}).Draw(rt, "action")
		if rapid.IntRange(0, 9).Draw(rt, "invalid") == 0 {
			c.Problems = []model.Problem{{Code: model.CodeBadEmail}}
		}
		if rapid.IntRange(0, 4).Draw(rt, "known") == 0 {
			b.options.Known[c.Key] = rapid.SampledFrom([]string{"1", "2", "55"}).Draw(rt, "known id")
		}
	}
	return b
}

// replay carries out a plan on the records of the API, as push would. late records are not listed yet.
func (b *bench) replay(changes []plan.Change, late bool) {
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Pending() && c.Action == plan.Create:
			id := fmt.Sprintf("new %d/%d", len(b.api.listed), len(b.api.hidden))
			f := plan.Found{ID: id, Record: slices.Clone(c.Record)}
			if late {
				b.api.hidden = append(b.api.hidden, f)
			} else {
				b.api.listed = append(b.api.listed, f)
			}
			b.options.Known[c.Key] = id
		case c.Pending():
			at := slices.IndexFunc(b.api.listed, func(f plan.Found) bool { return f.ID == c.ID })
			for j, v := range c.Record {
				if v.Known() {
					b.api.listed[at].Record[j] = v
				}
			}
		}
	}
}

// TestPlanningIsIdempotent: what a plan did needs not be done again. Only a key that a rename has set free can ask for one
// more round.
func TestPlanningIsIdempotent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := genBench(t, rt)
		rounds := 1
		late := rapid.Bool().Draw(rt, "new records are listed late")
		for round := 0; ; round++ {
			changes, p := b.planned()
			checkPlan(rt, b, changes, p)
			pending := slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool { return !c.Pending() })
			if len(pending) == 0 {
				return
			}
			if round >= rounds {
				rt.Fatalf("after %d rounds there is still something to do: %+v", round, pending)
			}
			if slices.ContainsFunc(pending, func(c plan.Change) bool { return b.renames(&c) }) {
				rounds = 2
			}
			b.replay(changes, late)
		}
	})
}

// renames reports whether an update changes the key of its record.
func (b *bench) renames(c *plan.Change) bool {
	at := slices.IndexFunc(b.api.listed, func(f plan.Found) bool { return f.ID == c.ID })
	return at >= 0 && c.Action == plan.Update && mapping.Key(b.key, b.api.listed[at].Record) != c.Key
}

// checkPlan holds for every plan: each row has one change, each change one end, and nothing is created that is there.
func checkPlan(rt *rapid.T, b *bench, changes []plan.Change, p *plan.Planner) {
	keys := map[string]int{}
	for _, f := range b.api.listed {
		keys[mapping.Key(b.key, f.Record)]++
	}
	counts := plan.Counts{}
	touched := map[string]int{}
	for i := range changes {
		c := &changes[i]
		counts[c.Status]++
		if c.Seq != int64(i+1) || c.Row != b.rows[i].Row.Number {
			rt.Fatalf("change %d is of seq %d, row %d", i+1, c.Seq, c.Row)
		}
		if (c.Status == plan.Planned) != c.Pending() {
			rt.Fatalf("row %d has neither an end nor an action: %+v", c.Row, c)
		}
		if c.Action == plan.Create && keys[c.Key] == 1 {
			rt.Fatalf("row %d creates %q, which the API lists", c.Row, c.Key)
		}
		if c.Action == plan.Update {
			touched[c.ID]++
		}
		if c.Status != plan.Planned && c.Status != plan.Unchanged && len(c.Problems) == 0 {
			rt.Fatalf("row %d is %s and does not say why", c.Row, c.Status)
		}
	}
	for id, n := range touched {
		if n > 1 {
			rt.Fatalf("%d rows update the record %s", n, id)
		}
	}
	tally := p.Tally()
	if counts.Sum() != len(b.rows) || tally.Read != len(b.rows) || tally.Invalid != counts[plan.Invalid] || tally.Creates+tally.Updates != counts[plan.Planned] {
		rt.Fatalf("the account does not add up: %d rows, counts %v, tally %+v", len(b.rows), counts, tally)
	}
}

// TestTheOrderOfTheSheetDecidesNothing: whoever sorts a sheet gets the same plan.
func TestTheOrderOfTheSheetDecidesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := genBench(t, rt)
		before, _ := b.planned()
		verdicts := map[int64]string{}
		for i := range before {
			verdicts[before[i].Seq] = verdict(&before[i]) + " " + strings.Join(words(b.model(), before[i].Record), " ")
		}
		seed := rapid.Uint64().Draw(rt, "order")
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(b.rows), func(i, j int) { b.rows[i], b.rows[j] = b.rows[j], b.rows[i] })
		after, _ := b.planned()
		for i := range after {
			got := verdict(&after[i]) + " " + strings.Join(words(b.model(), after[i].Record), " ")
			if want := verdicts[after[i].Seq]; got != want {
				rt.Fatalf("row %d: got %q, before the sheet was sorted %q", after[i].Row, got, want)
			}
		}
	})
}
