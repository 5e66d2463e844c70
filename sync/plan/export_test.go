package plan

import "github.com/rollcall-sync/rollcall/mapping/model"

// Judge is the three-way decision on one field, in a word.
func Judge(f *model.Field, want, have, base model.Value) string {
	return map[stance]string{silent: "silent", equal: "equal", ours: "ours", theirs: "theirs", clash: "clash"}[judge(f, want, have, base)]
}
