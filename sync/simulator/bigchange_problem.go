package simulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// problem is BigChange's error body, in the manner of RFC 7807. Every member is documented as nullable; the lean form is
// what a live 422 was seen to have. Sources: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact,
// github.com/Ecaco/BigChangePythonAPI, API_analysis.md section 1.
func (a *BigChange) problem(status int, detail string, fields map[string][]string) reply {
	title := http.StatusText(status)
	if status == http.StatusUnprocessableEntity {
		title = "One or more validation errors occurred."
	}
	body := map[string]any{"title": title, "status": status}
	style := a.options.Errors.Style
	if style != ProblemFlat && len(fields) > 0 {
		body["errors"] = fields
	}
	if style != ProblemLean {
		if style == ProblemFlat || detail == "" {
			detail = strings.TrimSpace(detail + " " + sentence(fields))
		}
		body["type"], body["detail"], body["instance"] = "about:blank", detail, nil
	}
	answer := jsonReply(status, body)
	answer.header.Set("Content-Type", a.options.Errors.Media)
	return answer
}

// sentence says in one line what is wrong with fields.
func sentence(fields map[string][]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+": "+strings.Join(fields[name], " "))
	}
	return strings.Join(parts, " ")
}

// refuse builds an error that concerns no field.
func (a *BigChange) refuse(status int, detail string) reply { return a.problem(status, detail, nil) }

// invalid is the answer to fields that are wrong: all of them at once.
func (a *BigChange) invalid(wrong []trouble) reply {
	fields := map[string][]string{}
	for _, t := range wrong {
		name := t.field
		if a.options.Errors.PascalKeys {
			name = pascal(name)
		}
		fields[name] = append(fields[name], t.detail)
	}
	return a.problem(http.StatusUnprocessableEntity, "", fields)
}

// badQuery is the answer to a wrong query: a 400, or the 422 that a live list was seen to give.
func (a *BigChange) badQuery(wrong []trouble) reply {
	var lines []string
	for _, t := range wrong {
		lines = append(lines, t.field+": "+t.detail)
	}
	status := a.options.Errors.BadQuery
	if status == http.StatusUnprocessableEntity {
		return a.problem(status, "", map[string][]string{"queryParams": lines})
	}
	return a.refuse(status, strings.Join(lines, " "))
}

// pascal begins each word of a path with a capital: customFields[0].value becomes CustomFields[0].Value.
func pascal(path string) string {
	words := strings.Split(path, ".")
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, ".")
}
