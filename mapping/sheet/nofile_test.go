package sheet_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestWhatIsNoFileIsRefused would never end if a device were read.
func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	dangling, file := filepath.Join(dir, "dangling.csv"), write(t, "data.csv", []byte("a\n1\n"))
	if err := os.Symlink(filepath.Join(dir, "gone"), dangling); err != nil {
		t.Skipf("no links here: %v", err)
	}
	cases := []struct{ name, path, reason string }{
		{"C31 a directory", dir, "directory"},
		{"C31 a file that is not there", filepath.Join(dir, "none.csv"), "no such file"},
		{"C31 a file that has vanished behind a link", dangling, "no such file"},
		{"C31 a file within a file", filepath.Join(file, "x.csv"), "cannot be read"},
		{"C31 standard input", filepath.Join(dir, "-"), "standard input is not read"},
		{"C31 standard input without a folder", "-", "standard input is not read"},
		{"C31 a name of nothing", "", "no such file"},
	}
	if runtime.GOOS != "windows" {
		cases = append(cases, struct{ name, path, reason string }{"C31 a device without end", "/dev/zero", "not a regular file"},
			struct{ name, path, reason string }{"C31 a device without content", "/dev/null", "not a regular file"})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, e := refusal(t, c.path, sheet.Options{})
			if !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %q, want %q", e.Reason, c.reason)
			}
		})
	}
}

func TestUnreadableFileIsRefused(t *testing.T) {
	path := write(t, "data.csv", []byte("a\n1\n"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("this user reads every file")
	}
	if _, e := refusal(t, path, sheet.Options{}); !strings.Contains(e.Reason, "cannot be read") || !strings.Contains(e.Remedy, "permissions") {
		t.Errorf("got %v, want a word on permissions", e)
	}
}

// TestFileThatChangesIsRefused is C32: rows from two states of a file belong to neither of them.
func TestFileThatChangesIsRefused(t *testing.T) {
	big := "a,b\n" + strings.Repeat("1,2\n", 100_000)
	book := newParts(`<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>`).pack(t)
	cases := []struct {
		name    string
		file    string
		content string
		change  func(path string) error
	}{
		{"a small file grows", "data.csv", "a,b\n1,2\n", grow},
		{"a big file grows", "data.csv", big, grow},
		{"a workbook grows", "data.xlsx", string(book), grow},
		{"a big file shrinks", "data.csv", big, func(path string) error { return os.Truncate(path, 200_001) }},
		{"a big file shrinks to nothing", "data.csv", big, func(path string) error { return os.Truncate(path, 0) }},
		{"a file is written again in the same length", "data.csv", big, func(path string) error {
			return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour))
		}},
		{"what is cut off looks like damage", "data.csv", big + "\"3\",\"4\"\n", func(path string) error {
			return os.Truncate(path, int64(len(big))+2)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, c.file, []byte(c.content))
			r := open(t, path, sheet.Options{})
			if err := c.change(path); err != nil {
				t.Fatal(err)
			}
			if _, err := readRows(r); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
				t.Errorf("got error %v, want the change to be noticed", err)
			}
		})
	}
}

// grow adds a line to a file.
func grow(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString("3,4\n"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// TestFileThatIsRemovedIsReadToItsEnd: what was opened is still there, whole and in one state.
func TestFileThatIsRemovedIsReadToItsEnd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed here")
	}
	path := write(t, "data.csv", []byte("a,b\n"+strings.Repeat("1,2\n", 100_000)))
	r := open(t, path, sheet.Options{})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if rows, err := readRows(r); len(rows) != 100_000 || err != nil {
		t.Errorf("got %d rows and %v, want all 100000", len(rows), err)
	}
}
