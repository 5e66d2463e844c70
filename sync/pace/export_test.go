package pace

import "time"

// SetClocks gives s a clock that may be set at any time, and one that never is.
func (s *Shared) SetClocks(wall func() time.Time, steady func() time.Duration) {
	s.clock.wall, s.clock.offset = wall, 0
	if steady != nil {
		s.clock.steady = steady
	}
	s.clock.now()
}

// LockBudget keeps the budget in the file at path to its caller.
func LockBudget(path string) (unlock func(), err error) {
	f, err := openBook(path)
	if err != nil {
		return nil, err
	}
	return f.close, nil
}
