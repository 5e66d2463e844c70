package mapping

import "slices"

// Careful is mp, looking at every cell closely.
func (mp *Mapping) Careful() *Mapping {
	careful := *mp
	careful.columns = slices.Clone(mp.columns)
	for i := range careful.columns {
		careful.columns[i].glance.never = true
	}
	return &careful
}
