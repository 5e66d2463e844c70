package sync

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestLinksOfAJob is the table of which columns name other records of the job's own resource.
func TestLinksOfAJob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says   string
		target string
		column string
		key    string
		want   plan.Link
		lists  int // that have to be read for names
	}{
		{"a parent by its reference", "bigchange/contact", "{field: parentId, lookup: reference}", "reference", plan.Link{Field: "parentId", By: "reference"}, 0},
		{"a parent by its name", "bigchange/contact", "{field: parentId, lookup: name}", "reference", plan.Link{Field: "parentId", By: "name"}, 0},
		{"ids name nobody", "bigchange/contact", "parentId", "reference", plan.Link{}, 0},
		{"another list is another matter", "bigchange/contact", "{field: groupId, lookup: name}", "reference", plan.Link{}, 1},
		{"records of another resource are read as ever", "bigchange/person", "{field: contactId, lookup: reference}", "email", plan.Link{}, 1},
		{"a part of the key has to be known before anything is created", "bigchange/contact", "{field: parentId, lookup: reference}", "reference, parentId", plan.Link{}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "config.yaml")
			text := "version: 1\ntarget: " + tt.target + "\nconnection: {account: {customer_id: 1}, auth: {token: \"${env:T}\"}}\n" +
				"identity: {key: [" + tt.key + "]}\ncolumns: {Key: " + strings.Split(tt.key, ",")[0] + ", Above: " + tt.column + "}\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			job, err := LoadJob(path, "")
			if err != nil {
				t.Fatal(err)
			}
			var got plan.Link
			if links := job.links(); len(links) > 0 {
				got = links[0]
			}
			if got != tt.want || len(job.wanted()) != tt.lists {
				t.Errorf("got the link %v and %d lists to read, want %v and %d", got, len(job.wanted()), tt.want, tt.lists)
			}
			job.unlink()
			if len(job.links()) > 0 || tt.want != (plan.Link{}) && len(job.wanted()) != 1 {
				t.Errorf("got %v and %d lists, want an export to read the names", job.links(), len(job.wanted()))
			}
		})
	}
}
