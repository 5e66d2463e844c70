package sync

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// jobText is a job file as it is written, line by line.
type jobText struct{ strings.Builder }

const (
	commentAt  = 44  // column in which comments begin, if there is room
	mostOnLine = 900 // characters of a key that YAML reads without a mark in front
)

// line writes a key with its value and what is to be said of it. Both are YAML already.
func (t *jobText) line(indent, key, value string, comments ...string) {
	if utf8.RuneCountInString(key) > mostOnLine {
		t.WriteString(indent + "? " + key + "\n")
		key = ""
	}
	blank := strings.Count(indent, "\n")
	t.WriteString(indent[:blank])
	text := indent[blank:] + key + ":"
	if value != "" {
		text += " " + value
	}
	comments = slices.DeleteFunc(comments, func(c string) bool { return c == "" })
	if len(comments) > 0 {
		text += strings.Repeat(" ", max(commentAt-utf8.RuneCountInString(text), 2)) + "# " + comment(strings.Join(comments, "; "))
	}
	t.WriteString(text + "\n")
}

// remark writes a comment of its own.
func (t *jobText) remark(indent, format string, args ...any) {
	t.WriteString(indent + "# " + comment(fmt.Sprintf(format, args...)) + "\n")
}

// comment is a text that stays in its line of comment, whatever it holds.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// bare is a text that YAML reads as text without quotes, wherever it stands.
var bare = regexp.MustCompile(`^\p{L}[\p{L}\p{Nd}_./ ()-]*$`)

// scalar is a text as YAML: without quotes where nothing else could be meant.
func scalar(text string) string {
	const mostBare = 100
	words := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "ignore"}
	if len(text) <= mostBare && bare.MatchString(text) && !strings.HasSuffix(text, " ") && !slices.Contains(words, strings.ToLower(text)) {
		return text
	}
	return quotedScalar(text)
}

// quotedScalar is a text in double quotes, with everything that is not plainly visible escaped.
func quotedScalar(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ' ' || r != utf8.RuneError && r != '\ufeff' && unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// undecided is how an open choice is written.
func undecided() string { return quotedScalar(mapping.Undecided) }

// text is the job file.
func (d *draft) text() []byte {
	t := &jobText{}
	name := d.resource.Model.Name()
	t.remark("", "A job file for %s, proposed by `rollcall init` from %s, rows: %d.", name, filepath.Base(d.opts.Source.File), d.survey.Rows)
	t.remark("", "Look it over. Then `rollcall validate` checks every cell, `rollcall plan` shows what would be done, and `rollcall sync` does it.")
	switch n := d.open(); n {
	case 0:
	case 1:
		t.remark("", `One choice is left open. It is marked "?", and no run begins before it is made.`)
	default:
		t.remark("", `%d choices are left open. Each is marked "?", and no run begins before they are made.`, n)
	}
	t.line("", "version", "1")
	t.line("", "target", scalar(name))
	if d.opts.TargetFile != "" {
		t.line("", "target_file", scalar(d.beside(d.opts.TargetFile)))
	}
	d.writeConnection(t)
	d.writeSource(t)
	t.line("\n", "mode", "upsert", "none creates, one updates; or create, or update")
	d.writeIdentity(t)
	d.writeColumns(t)
	d.writeValues(t, "constants", d.constants)
	d.writeCompute(t)
	d.writeValues(t, "custom_fields", d.custom)
	return []byte(t.String())
}

// writeConnection writes where the API is and who asks.
func (d *draft) writeConnection(t *jobText) {
	base := d.opts.BaseURL
	if base == "" {
		base = d.target.BaseURL
	}
	t.line("\n", "connection", "")
	t.line("  ", "base_url", quotedScalar(base))
	if len(d.account) > 0 {
		t.line("  ", "account", "")
	}
	for _, v := range d.account {
		t.line("    ", scalar(v.name), v.text(), v.remark())
	}
	auth, variables := authFor(d.target)
	t.line("  ", "auth", auth, strings.Join(variables, " and ")+" in the environment; never the secret itself")
}

// text is the value as YAML.
func (v *draftValue) text() string {
	switch {
	case v.value == "":
		return undecided()
	case v.number:
		return v.value
	}
	return quotedScalar(v.value)
}

// remark says what an open value is.
func (v *draftValue) remark() string {
	if v.value == "" {
		return "choose: " + v.note
	}
	return ""
}

// authFor is how a job of the target authenticates, in the way that the target prefers, and the variables that it needs.
func authFor(t *model.Target) (auth string, variables []string) {
	prefix := strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToUpper(r)
		}
		return '_'
	}, t.Name)
	reference := func(name string) string {
		variables = append(variables, prefix+name)
		return quotedScalar("${env:" + prefix + name + "}")
	}
	method := methodBearer
	if len(t.Auth.Methods) > 0 {
		method = t.Auth.Methods[0]
	}
	switch method {
	case methodClient:
		return "{client_id: " + reference("_CLIENT_ID") + ", client_secret: " + reference("_CLIENT_SECRET") + "}", variables
	case methodLogin:
		return "{client_id: " + reference("_CLIENT_ID") + ", store: login.json}", variables
	case methodKey:
		return "{token: " + reference("_KEY") + "}", variables
	}
	return "{token: " + reference("_TOKEN") + "}", variables
}

// writeSource writes where the sheet is, and what the command line said of its form.
func (d *draft) writeSource(t *jobText) {
	s := d.opts.Source
	t.line("\n", "source", "")
	t.line("  ", "file", quotedScalar(d.beside(s.File)), strings.TrimPrefix(describeSheet(d.info), filepath.Base(d.info.Path)+": "))
	if s.Sheet != "" || len(d.info.Sheets) > 1 {
		t.line("  ", "sheet", quotedScalar(d.info.Sheet))
	}
	if s.HeaderRow > 0 {
		t.line("  ", "header_row", fmt.Sprint(s.HeaderRow), d.headerWhy)
	}
	if c := d.actionColumn(); c != nil {
		t.line("  ", "action_column", quotedScalar(c.header), c.notes...)
	}
	if s.Delimiter != "" {
		t.line("  ", "delimiter", quotedScalar(s.Delimiter))
	}
	switch found := d.info.Encoding; {
	case s.Encoding != "":
		t.line("  ", "encoding", quotedScalar(s.Encoding))
	case found != "" && found != "utf-8":
		t.line("  ", "encoding", quotedScalar(found), "as it seems; look at the letters in `rollcall validate`")
	}
}

// writeIdentity writes how a row finds its record.
func (d *draft) writeIdentity(t *jobText) {
	t.line("\n", "identity", "")
	if c := d.idColumn(); c != nil {
		t.line("  ", "id", quotedScalar(c.header), c.notes...)
	}
	if d.key != nil {
		t.line("  ", "key", d.key.String(), d.key.why())
		return
	}
	for _, k := range d.choices() {
		t.remark("  ", "%s: %s", k, k.why())
	}
	for _, k := range d.pending() {
		var headers []string
		for _, c := range d.columns {
			if c.isOpen() && slices.Contains(k.columns, c.at[0]) {
				headers = append(headers, c.header)
			}
		}
		t.remark("  ", "%s, if %s is a part of it: %s", k, strings.Join(headers, ", "), k.why())
	}
	t.line("  ", "key", "["+undecided()+"]", "choose the fields that tell one record from all others; nothing here is sure to")
}

// writeColumns writes what becomes of each column.
func (d *draft) writeColumns(t *jobText) {
	t.line("\n", "columns", "")
	written := 0
	for _, c := range d.columns {
		if c.isID || c.acts {
			continue
		}
		written++
		value, comments := c.value(), c.remarks(d)
		t.line("  ", scalar(c.header), value, comments...)
	}
	if written == 0 && d.idColumn() != nil { // the ids of the records are all there is
		t.line("  ", quotedScalar(d.idColumn().header), "ignore", "identity.id")
	}
}

// value is what the job says of the column.
func (c *draftColumn) value() string {
	switch {
	case c.ignored:
		return "ignore"
	case c.field == "":
		return undecided()
	}
	col := &c.reading.Column
	options := ""
	for _, o := range []struct{ key, value string }{
		{"lookup", col.Lookup}, {"format", col.Format}, {"decimal", col.Decimal},
	} {
		if o.value != "" {
			options += ", " + o.key + ": " + quotedOption(o.value)
		}
	}
	for _, o := range []struct {
		key   string
		words []string
	}{{"true", col.True}, {"false", col.False}} {
		if len(o.words) > 0 {
			quoted := make([]string, len(o.words))
			for i, w := range o.words {
				quoted[i] = quotedScalar(w)
			}
			options += ", " + o.key + ": [" + strings.Join(quoted, ", ") + "]"
		}
	}
	if options == "" {
		return scalar(c.field)
	}
	return "{field: " + scalar(c.field) + options + "}"
}

// quotedOption is the value of an option: bare for the words of lookups, quoted for all else.
func quotedOption(value string) string {
	if value == mapping.Undecided {
		return undecided()
	}
	return scalar(value)
}

// remarks is how the column was recognised, and what there is to know or to choose.
func (c *draftColumn) remarks(d *draft) []string {
	switch {
	case c.ignored:
		return c.notes
	case c.field == "":
		return append(slices.Clone(c.notes), c.choices(d))
	}
	how := c.match.By.String()
	switch {
	case c.chosen:
		how = byPerson
	case c.match.By == mapping.ByFuzzy:
		how += fmt.Sprintf(" (%.2f)", c.match.Score)
	}
	out := slices.Concat([]string{how}, c.notes, c.reading.Notes)
	if c.reading.Option != "" {
		var ways []string
		for _, w := range c.reading.Ways {
			ways = append(ways, wayText(w))
		}
		what := c.reading.Option
		if what == "true" {
			what = "the words"
		}
		out = append(out, strings.TrimSuffix("choose "+what+": "+strings.Join(ways, " or "), ": "))
	}
	return out
}

// choices is what there is to choose from for an open column.
func (c *draftColumn) choices(d *draft) string {
	if !c.mayBeField() {
		return "" // it can only be ignored, and the remark says so
	}
	like := ""
	var options []string
	for _, r := range c.match.Rivals {
		if !d.isFilled(r.Field) && c.claims(r.Field) {
			options = append(options, r.String())
		}
	}
	if len(options) == 0 {
		like = "no field is like it; "
	}
	switch custom := d.resource.Custom; {
	case custom == nil:
	case d.customFor(c) != "":
		options = append(options, d.customFor(c)+" if it is a custom field")
	case custom.Definitions == nil:
		options = append(options, custom.Prefix()+"ID if it is a custom field of that id")
	}
	if c.mayBeID && d.idColumn() == nil {
		options = append(options, "instead of this line identity.id, if these are ids of "+d.target.Title)
	}
	if len(options) == 0 {
		options = append(options, "a field that `rollcall fields "+d.resource.Model.Name()+"` lists")
	}
	return like + "choose: " + strings.Join(append(options, "ignore"), ", or ")
}

// writeValues writes what is the same for every row.
func (d *draft) writeValues(t *jobText, section string, values []*draftValue) {
	if len(values) == 0 {
		return
	}
	t.line("\n", section, "")
	for _, v := range values {
		t.line("  ", scalar(v.name), v.text(), v.remark())
	}
}
