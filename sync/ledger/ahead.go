package ledger

import "iter"

// ahead reads seq on a goroutine of its own, which is one element ahead of whoever takes them: so reading the file and working on
// what was read go on side by side. The goroutine has ended when the sequence has.
func ahead[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	type element struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		elements, stop := make(chan element), make(chan struct{})
		go func() {
			defer close(elements)
			for value, err := range seq {
				select {
				case elements <- element{value, err}:
				case <-stop:
					return
				}
			}
		}()
		defer func() {
			close(stop)
			for range elements { // until the goroutine has ended
			}
		}()
		for e := range elements {
			if !yield(e.value, e.err) {
				return
			}
		}
	}
}
