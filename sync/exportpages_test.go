package sync

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// exportModel is the contacts of CRO.
func exportModel(t *testing.T) *model.Model {
	t.Helper()
	target, err := model.Load("cro")
	if err != nil {
		t.Fatal(err)
	}
	return target.Resources[0].Model
}

// foundAs is records with these ids, whose names are their ids.
func foundAs(m *model.Model, ids string) []plan.Found {
	var out []plan.Found
	for _, id := range strings.Fields(ids) {
		f := plan.Found{ID: id, Record: m.NewRecord()}
		f.Record[m.Index("name")] = model.Value{Kind: model.String, Text: "=" + id + "\r\n\""}
		f.Record[m.Index("number")] = model.Value{Kind: model.Null}
		f.Record[m.Index("notify_on_new_request")] = model.Value{Kind: model.Boolean, Text: "false"}
		out = append(out, f)
	}
	return out
}

// keptPages is a file with two lists: of the first both pages are there, of the second one of two.
func keptPages(t *testing.T, m *model.Model) (dir string) {
	t.Helper()
	dir = t.TempDir()
	p, err := newPageFile(dir, m, []stop{{Parent: map[string]string{"customer_id": "1"}}, {Parent: map[string]string{"customer_id": "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []struct {
		stop int
		ids  string
		mark remote.Mark
	}{
		{0, "1 2", remote.Mark{Pages: 1, Got: 2, Next: "/1?page=2"}},
		{0, "3", remote.Mark{Pages: 2, Got: 3}},
		{1, "4 2", remote.Mark{Pages: 1, Got: 2, Next: "/2?page=2"}}, // 2 has moved here meanwhile
	} {
		p.begin(page.stop)
		if err := p.add(page.stop, foundAs(m, page.ids), page.mark); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// idsIn is the ids of all records of a file, which must be as they were written.
func idsIn(t *testing.T, p *pageFile) string {
	t.Helper()
	var ids []string
	for f, err := range p.all() {
		if err != nil {
			t.Fatal(err)
		}
		want := foundAs(p.model, f.ID)[0]
		for i := range f.Record {
			if f.Record[i] != want.Record[i] {
				t.Errorf("record %s, %s: got %+v, want %+v", f.ID, p.model.Fields[i].Name, f.Record[i], want.Record[i])
			}
		}
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

// TestPagesAreFoundAgain opens the file of an export that was interrupted: whole, cut by a crash, and spoilt.
func TestPagesAreFoundAgain(t *testing.T) {
	m := exportModel(t)
	for _, c := range []struct {
		name  string
		spoil func([]byte) []byte
		ids   string
		stop  int
		next  string
	}{
		{"a whole file goes on behind its last page, and a record in two lists counts once", func(b []byte) []byte { return b }, "1 2 3 4", 1, "/2?page=2"},
		{"a line without an end is read again from the API", func(b []byte) []byte { return b[:len(b)-5] }, "1 2 3", 1, ""},
		{"so is one that lacks its last byte alone", func(b []byte) []byte { return b[:len(b)-1] }, "1 2 3", 1, ""},
		{"and everything behind a line that is spoilt", func(b []byte) []byte { return bytes.Replace(b, []byte(`"=2`), []byte(`"=9`), 1) }, "", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := keptPages(t, m)
			path := filepath.Join(dir, pagesName)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.spoil(data), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := openPageFile(dir, m)
			if err != nil {
				t.Fatal(err)
			}
			if got := idsIn(t, p); got != c.ids || p.stop != c.stop || p.mark.Next != c.next || p.records != len(strings.Fields(c.ids)) {
				t.Errorf("ids %q, list %d at %q, %d records; want %q, %d at %q", got, p.stop, p.mark.Next, p.records, c.ids, c.stop, c.next)
			}
			if err := p.add(p.stop, foundAs(m, "7"), remote.Mark{Pages: 9}); err != nil {
				t.Fatal(err)
			}
			if got, want := idsIn(t, p), strings.TrimSpace(c.ids+" 7"); got != want {
				t.Errorf("after another page: ids %q, want %q", got, want)
			}
			if err := p.remove(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is still there")
			}
		})
	}
}

// TestPagesArePrivate looks at the mode of the file: it holds what people are called.
func TestPagesArePrivate(t *testing.T) {
	info, err := os.Stat(filepath.Join(keptPages(t, exportModel(t)), pagesName))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode %o, want it for the owner alone", mode)
	}
}

// TestStopsOfConditions makes lists to read of what was asked for: one below each parent, and of a field with several values and a
// filter of the API one for each.
func TestStopsOfConditions(t *testing.T) {
	target, err := model.Load("bigchange")
	if err != nil {
		t.Fatal(err)
	}
	r, _ := target.Resource("person")
	is := func(name string, texts ...string) condition {
		c := condition{field: r.Model.Index(name), name: name}
		for _, text := range texts {
			c.values = append(c.values, model.Value{Kind: model.String, Text: text})
		}
		return c
	}
	for _, c := range []struct {
		name  string
		where conditions
		want  string
		here  string
	}{
		{"nothing asked: one list without a filter", nil, "{}", ""},
		{"a filter that the API has goes along", conditions{is("surname", "Hale")}, "{surname=Hale}", ""},
		{"several values of one field are a list each", conditions{is("contactId", "1", "2"), is("surname", "Hale")},
			"{contactId=1 surname=Hale} {contactId=2 surname=Hale}", ""},
		{"only one field forks: of another with several values all are read", conditions{is("contactId", "1", "2"), is("email", "a", "b")},
			"{contactId=1} {contactId=2}", ""},
		{"a blank value is none that an API could be asked for", conditions{is("mobile", "")}, "{}", "mobile"},
		{"a field without a filter is compared here", conditions{is("position", "Boss")}, "{}", "position"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range c.where.stops(r, []map[string]string{{}}) {
				var parts []string
				for _, name := range []string{"contactId", "email", "mobile", "position", "surname"} {
					if v, ok := s.Values[name]; ok {
						parts = append(parts, name+"="+v)
					}
				}
				got = append(got, "{"+strings.Join(parts, " ")+"}")
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("lists %q, want %q", got, c.want)
			}
			notes := c.where.notes(r)
			if (len(notes) > 0) != (c.here != "") || len(notes) > 0 && !strings.Contains(notes[0], c.here) {
				t.Errorf("notes %q, want them to name %q", notes, c.here)
			}
		})
	}
}
