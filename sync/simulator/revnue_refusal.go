package simulator

import (
	"net/http"
	"strconv"
	"strings"
)

// refuse builds an error that concerns no field. Source: developer.revnue.com/reference/requests.
func (a *Revnue) refuse(status int, detail string) reply {
	return jsonReply(status, map[string]string{"detail": detail})
}

// invalid is the answer to fields that are wrong. Only {"detail": "company is required"} is documented; the maps are those of
// Django REST framework, whose sentences Revnue's throttle uses.
func (a *Revnue) invalid(wrong []trouble) reply {
	if a.options.Errors == FieldMaps {
		return jsonReply(http.StatusBadRequest, nested(wrong))
	}
	first := wrong[0]
	if first.detail == missing {
		return a.refuse(http.StatusBadRequest, first.field+" is required")
	}
	return a.refuse(http.StatusBadRequest, first.field+": "+first.detail)
}

// nested arranges what is wrong by paths: an object for the members of an object, a list for the entries of a list, with
// empty objects for those that are well, and a list of sentences where a path ends.
func nested(wrong []trouble) any {
	var lines []string
	inner := map[string][]trouble{}
	for _, t := range wrong {
		head, rest := cutPath(t.field)
		if head == "" {
			lines = append(lines, t.detail)
			continue
		}
		inner[head] = append(inner[head], trouble{rest, t.detail})
	}
	if len(lines) > 0 {
		return lines
	}
	members, entries := map[string]any{}, []any{}
	for head, more := range inner {
		place, isEntry := strings.CutPrefix(head, "[")
		if !isEntry {
			members[head] = nested(more)
			continue
		}
		i, _ := strconv.Atoi(place) // ours: see value
		for len(entries) <= i {
			entries = append(entries, map[string]any{})
		}
		entries[i] = nested(more)
	}
	if len(entries) > 0 {
		return entries
	}
	return members
}

// cutPath takes the first step off a path: "contact_person" off contact_person.email, "[1" off [1].value.
func cutPath(path string) (head, rest string) {
	if entry, behind, ok := strings.Cut(path, "]"); ok && strings.HasPrefix(path, "[") {
		return entry, behind
	}
	path = strings.TrimPrefix(path, ".")
	if end := strings.IndexAny(path, ".["); end > 0 {
		return path[:end], path[end:]
	}
	return path, ""
}
