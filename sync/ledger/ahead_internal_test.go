package ledger

import (
	"errors"
	"iter"
	"slices"
	"testing"
)

func TestAheadGivesWhatItReads(t *testing.T) {
	t.Parallel()
	trouble := errors.New("trouble")
	for says, c := range map[string]struct {
		has  []int
		ends error
		stop int // after so many elements, 0 for never
		want []int
		err  error
	}{
		"nothing comes of nothing":                  {},
		"every element comes once and in order":     {has: []int{3, 1, 2}, want: []int{3, 1, 2}},
		"an error comes behind what was before it":  {has: []int{1, 2}, ends: trouble, want: []int{1, 2}, err: trouble},
		"who has enough is not given more":          {has: []int{1, 2, 3, 4}, stop: 2, want: []int{1, 2}},
		"who has enough does not hear of the error": {has: []int{1, 2}, ends: trouble, stop: 2, want: []int{1, 2}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			ended := false
			read := func(yield func(int, error) bool) {
				defer func() { ended = true }()
				for _, v := range c.has {
					if !yield(v, nil) {
						return
					}
				}
				if c.ends != nil {
					yield(0, c.ends)
				}
			}
			var got []int
			var err error
			for v, trouble := range ahead(iter.Seq2[int, error](read)) {
				if err = trouble; err != nil {
					break
				}
				if got = append(got, v); len(got) == c.stop {
					break
				}
			}
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("got %v and %v, want %v and %v", got, err, c.want, c.err)
			}
			if !ended {
				t.Error("its goroutine goes on after the sequence has ended")
			}
		})
	}
}
