package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// slowAPI takes its time for each list, and sees how many of them are read at a time.
type slowAPI struct {
	*api
	takes map[string]time.Duration // by pier, else a second

	mu     sync.Mutex
	asked  []string
	now    int
	most   int
	beside int // how many were read beside the first
}

func (s *slowAPI) List(ctx context.Context, parent model.Record, yield func(plan.Found) error) error {
	pier := parent[0].Text
	s.mu.Lock()
	s.asked = append(s.asked, pier)
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.now--; pier == s.asked[0] {
			s.beside = s.now
		}
	}()
	wait := time.Second
	if d, ok := s.takes[pier]; ok {
		wait = d
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.refused[pier]; err != nil {
		return err
	}
	for _, f := range s.listed {
		if f.Record[0].Text == pier {
			if err := yield(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// piers is a bench with a row for each of eight piers, of which every second has its boat.
func piers(t *testing.T) *bench {
	b := newBench(t)
	for i, pier := range strings.Split("ABCDEFGH", "") {
		b.row("", "pier="+pier, "name=Ida", "note=new")
		if i%2 == 1 {
			b.has(fmt.Sprint(i), "pier="+pier, "name=Ida")
		}
	}
	return b
}

// TestParentsAreListedSeveralAtATime wants the same plan, whatever comes first.
func TestParentsAreListedSeveralAtATime(t *testing.T) {
	want := []string{"create", "update 1", "create", "update 3", "create", "update 5", "create", "update 7"}
	for _, tt := range []struct {
		says    string
		workers int
		takes   map[string]time.Duration
		most    int
		lasts   time.Duration
	}{
		{"one after another unless more are allowed", 0, nil, 1, 8 * time.Second},
		{"two at a time, after the first", 2, nil, 2, 5 * time.Second}, // A, BC, DE, FG, H
		{"more than there are", 20, nil, 7, 2 * time.Second},
		{"the last come first", 4, map[string]time.Duration{"A": time.Minute, "B": 20 * time.Second, "C": 10 * time.Second}, 4, 81 * time.Second},
	} {
		t.Run(tt.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := piers(t)
				b.options.Workers = tt.workers
				s := &slowAPI{api: b.api, takes: tt.takes}
				p := plan.New(b.options)
				for _, c := range b.rows {
					p.Survey(c)
				}
				began, steps := time.Now(), []int(nil)
				if err := p.Fetch(t.Context(), s, func(done int) { steps = append(steps, done) }); err != nil {
					t.Fatal(err)
				}
				if lasted := time.Since(began); lasted != tt.lasts || s.most != tt.most || s.beside != 0 {
					t.Errorf("took %v with %d lists at a time and %d beside the first, want %v with %d and none", lasted, s.most, s.beside, tt.lasts, tt.most)
				}
				if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6, 7, 8}, steps); diff != "" {
					t.Errorf("progress (-want +got):\n%s", diff)
				}
				if slices.Sort(s.asked); strings.Join(s.asked, "") != "ABCDEFGH" {
					t.Errorf("asked for %v, want each once", s.asked)
				}
				var got []string
				for _, c := range b.rows {
					change, err := p.Decide(t.Context(), s, c)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, verdict(&change))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the plan (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestWhatIsListedFirstIsNotAMatterOfSpeed: of a record that two parents show, the one counts whose parent the sheet names first.
func TestWhatIsListedFirstIsNotAMatterOfSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := piers(t)
		b.has("twin", "pier=C", "name=Of C").has("twin", "pier=D", "name=Of D")
		b.row("twin", "pier=C", "name=Of C")
		b.options.Workers = 8
		p := plan.New(b.options)
		for _, c := range b.rows {
			p.Survey(c)
		}
		s := &slowAPI{api: b.api, takes: map[string]time.Duration{"C": time.Minute}}
		if err := p.Fetch(t.Context(), s, func(int) {}); err != nil {
			t.Fatal(err)
		}
		change, err := p.Decide(t.Context(), s, b.rows[len(b.rows)-1])
		if err != nil || change.Status != plan.Unchanged {
			t.Errorf("got %q (%v), want the record as pier C shows it, which the row says", verdict(&change), err)
		}
	})
}

// TestTroubleEndsAllLists: when one list cannot be read, those beside it are broken off, and have ended with it.
func TestTroubleEndsAllLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := piers(t)
		trouble := errors.New("the API is down")
		b.api.refused["C"] = trouble
		b.options.Workers = 4
		s := &slowAPI{api: b.api, takes: map[string]time.Duration{"D": time.Hour, "E": time.Hour, "F": time.Hour}}
		p := plan.New(b.options)
		for _, c := range b.rows {
			p.Survey(c)
		}
		began := time.Now()
		err := p.Fetch(t.Context(), s, func(int) {})
		if !errors.Is(err, trouble) || time.Since(began) > time.Minute {
			t.Errorf("got %v after %v, want the trouble at once", err, time.Since(began))
		}
		if s.now != 0 || len(s.asked) > 6 {
			t.Errorf("%d lists are still being read, and %v were asked for", s.now, s.asked)
		}
	})
}
