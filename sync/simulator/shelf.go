package simulator

// shelf keeps the records of one kind in the order in which they came, with ids that count up from 1.
type shelf[T any] struct {
	all  []*T
	byID map[int64]*T
	last int64 // the highest id in use
}

// choose returns the id wanted, or the next free one for 0. A taken id is a mistake of the program that asks.
func (s *shelf[T]) choose(wanted int64) int64 {
	if wanted == 0 {
		return s.last + 1
	}
	if s.byID[wanted] != nil {
		panic("simulator: an id is given twice")
	}
	return wanted
}

// put stores a record under an id that choose gave.
func (s *shelf[T]) put(id int64, record *T) {
	if s.byID == nil {
		s.byID = map[int64]*T{}
	}
	s.all = append(s.all, record)
	s.byID[id] = record
	s.last = max(s.last, id)
}
