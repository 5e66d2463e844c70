package sheet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSpoolReadsWhatWasWritten: a spool gives back every byte, in memory and from its file alike.
func TestSpoolReadsWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := spool{dir: dir, limit: rapid.SampledFrom([]int64{0, pageSize, 3 * pageSize, 1 << 30}).Draw(t, "limit")}
		defer s.close()
		var all []byte
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 2*pageSize), 1, 6).Draw(t, "lengths") {
			text := make([]byte, n)
			for j := range text {
				text[j] = byte(i*7 + j*13 + j/251)
			}
			if err := s.write(text); err != nil {
				t.Fatal(err)
			}
			all = append(all, text...)
		}
		if err := s.seal(); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			at := rapid.IntRange(0, len(all)).Draw(t, "at")
			if at == len(all) {
				continue
			}
			n := rapid.IntRange(0, len(all)-at).Draw(t, "length")
			got, err := s.read(int64(at), n)
			if err != nil || got != string(all[at:at+n]) {
				t.Fatalf("got other %d bytes at %d, error %v", n, at, err)
			}
		}
	})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("got files %v left, error %v, want none", left, err)
	}
}

// TestSpoolFileIsPrivate: customers' texts on the disk are nobody else's, and do not outlive the program.
func TestSpoolFileIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps the name of an open file and has no modes")
	}
	dir := t.TempDir()
	s := spool{dir: dir}
	defer s.close()
	if err := s.write(make([]byte, pageSize)); err != nil {
		t.Fatal(err)
	}
	if s.file == nil {
		t.Fatal("got no file beyond the limit, want one")
	}
	info, err := s.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %o, want 600", got)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("got the name %s in the folder, want none", left[0].Name())
	}
}

// TestSpoolWithoutRoomIsAnError: without a file the texts are not cut, the workbook is refused.
func TestSpoolWithoutRoomIsAnError(t *testing.T) {
	s := spool{dir: filepath.Join(t.TempDir(), "missing")}
	defer s.close()
	var e *Error
	if err := s.write(make([]byte, pageSize)); !errors.As(err, &e) || e.Remedy == "" {
		t.Errorf("got %v, want an *Error with a remedy", err)
	}
}

// TestTextsReadTheSameFromTheFile: where the texts are kept changes none of them.
func TestTextsReadTheSameFromTheFile(t *testing.T) {
	const count = 20_000
	var xml strings.Builder
	xml.WriteString("<sst>")
	want := func(i int) string { return strings.Repeat(fmt.Sprintf("Zoë %d ", i), i%9) }
	for i := range count {
		fmt.Fprintf(&xml, "<si><t>%s</t></si>", want(i))
	}
	xml.WriteString("</sst>")
	s := newSharedTexts(t.TempDir(), 0, 0)
	defer s.close()
	p := &part{name: "texts", xmlScan: xmlScan{in: newChecked(strings.NewReader(xml.String()), uint64(xml.Len()))}}
	if err := s.fill(p); err != nil {
		t.Fatal(err)
	}
	if s.all.file == nil || s.bounds.file == nil || s.count != count {
		t.Fatalf("got %d texts, in files: %t and %t, want %d in files", s.count, s.all.file != nil, s.bounds.file != nil, count)
	}
	for i := range count {
		i = i * 7919 % count // here and there, so that pages come and go
		if got, err := s.text(i); got != want(i) || err != nil {
			t.Fatalf("got text %d as %q, error %v, want %q", i, got, err, want(i))
		}
	}
}
