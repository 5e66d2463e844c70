package sync

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// ErrUndecided marks a job file in which a person still has to choose: `rollcall init` leaves open what it does not know.
var ErrUndecided = errors.New(`choices are left open, marked "?"`)

// decided refuses a job in which choices are left open. They are all named, with what there is to choose from.
func (j *Job) decided() error {
	var open []model.Finding
	for _, s := range j.Target.Settings {
		if j.Connection.Account[s.Name] == mapping.Undecided {
			open = append(open, j.doc.Finding(fmt.Sprintf("choose connection.account.%s: which account of %s the sheet goes into", s.Name, j.Target.Title),
				"write its "+settingKind(&s), "connection", "account", s.Name))
		}
	}
	for name, id := range j.CustomFields {
		if id == mapping.Undecided {
			open = append(open, j.doc.Finding(fmt.Sprintf("choose custom_fields.%s: the id of its definition", name), "", "custom_fields", name))
		}
	}
	for _, f := range j.Mapping.Undecided(j.Resource.Model) {
		open = append(open, j.doc.Finding(f.Message, "", f.Path...))
	}
	if len(open) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%w", ErrUndecided, j.doc.Fault(open...))
}

// settingKind is what the value of an account setting is, in words.
func settingKind(s *model.Setting) string {
	if s.Kind == model.Integer {
		return "number"
	}
	return "name"
}

// isOneOf reports whether name is a setting of the target.
func isOneOf(settings []model.Setting, name string) bool {
	return slices.ContainsFunc(settings, func(s model.Setting) bool { return s.Name == name })
}
