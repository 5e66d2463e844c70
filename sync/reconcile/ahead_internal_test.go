package reconcile

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestAWalkAheadIsTheSameWalk(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		says  string
		lines int
		err   error // behind them
		stop  int   // after so many steps, 0 for never
	}{
		{says: "nothing at all"},
		{says: "one line", lines: 1},
		{says: "a batch but one", lines: aheadLines - 1},
		{says: "a whole batch", lines: aheadLines},
		{says: "a batch and one", lines: aheadLines + 1},
		{says: "more than may wait", lines: 3 * aheadLines * aheadBatches},
		{says: "an error at once", err: broken},
		{says: "an error behind some lines", lines: aheadLines + 3, err: broken},
		{says: "an error at the end of a batch", lines: aheadLines - 1, err: broken},
		{says: "a stop at the first line", lines: 5, stop: 1},
		{says: "a stop while the other side waits for room", lines: 4 * aheadLines * aheadBatches, stop: aheadLines},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			over := false
			lines := func(yield func(Line, error) bool) {
				defer func() { over = true }()
				for i := range c.lines {
					if !yield(Line{Seq: int64(i)}, nil) {
						return
					}
				}
				if c.err != nil {
					yield(Line{}, c.err)
				}
			}
			var got []int64
			var err error
			for l, trouble := range ahead(lines) {
				if err = trouble; err != nil {
					break
				}
				got = append(got, l.Seq)
				if len(got) == c.stop {
					break
				}
			}
			if !over {
				t.Error("the lines are still walked when the walk has ended")
			}
			if !errors.Is(err, c.err) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			want := c.lines
			if c.stop > 0 {
				want = c.stop
			}
			if len(got) != want || !slices.IsSorted(got) {
				t.Errorf("got %d lines, want %d in their order: %v", len(got), want, got)
			}
		})
	}
}

// Lines with long texts are few at a time, too.
func TestAWalkAheadHoldsFewLongLines(t *testing.T) {
	t.Parallel()
	long, walked := strings.Repeat("x", aheadBytes/2), 0
	lines := func(yield func(Line, error) bool) {
		for range 1000 {
			walked++
			if !yield(Line{Cells: []string{long}}, nil) {
				return
			}
		}
	}
	for range ahead(lines) {
		break // only when its goroutine has ended does the walk end, so walked is what it came to
	}
	if most := 2 * (aheadBatches + 3); walked > most {
		t.Errorf("walked %d lines ahead, want at most %d", walked, most)
	}
}
