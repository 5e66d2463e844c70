package ledger

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeptStatements: to the ledger, a connection that keeps its statements is like one that does not.
func TestKeptStatements(t *testing.T) {
	db := openKeeping("file:" + filepath.ToSlash(filepath.Join(t.TempDir(), "kept.db")))
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	ctx := t.Context()
	must := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	names := func(q querier, least int) []string {
		t.Helper()
		got, err := readPage(ctx, q, scanText, "SELECT name FROM things WHERE n >= ? ORDER BY n", least)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	must("CREATE TABLE things (n BIGINT, name TEXT); INSERT INTO things VALUES (0, 'zero')")
	for n := range 5 {
		must("INSERT INTO things VALUES (?, ?)", n+1, fmt.Sprint("thing ", n+1))
	}
	if diff := cmp.Diff([]string{"thing 4", "thing 5"}, names(db, 4)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tx.QueryContext(ctx, "SELECT name FROM things WHERE n >= ? ORDER BY n", 3)
	if err != nil || !rows.Next() {
		t.Fatal("no first row", err)
	}
	if diff := cmp.Diff([]string{"thing 5"}, names(tx, 5)); diff != "" { // the same statement, while its rows are read
		t.Errorf("read in between (-want +got):\n%s", diff)
	}
	var rest []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		rest = append(rest, name)
	}
	if !slices.Equal(rest, []string{"thing 4", "thing 5"}) || rows.Err() != nil {
		t.Errorf("read on: %v, %v", rest, rows.Err())
	}
	rows.Close()
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}

	must("ALTER TABLE things ADD COLUMN more TEXT") // what is kept is made anew
	if _, err := db.ExecContext(ctx, "INSERT INTO things VALUES (?, ?)", 6, "too few"); err == nil {
		t.Error("a statement that fits the table no more was carried out")
	}
	for n := range 2 * mostKept { // more than are kept
		must(fmt.Sprintf("INSERT INTO things (n, name) VALUES (? + %d, ?)", n), 100, "many")
	}
	if got := len(names(db, 100)); got != 2*mostKept {
		t.Errorf("%d rows, want %d", got, 2*mostKept)
	}
}
