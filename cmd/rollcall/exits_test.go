package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
)

// TestEveryExitCodeHasAScript: an exit code is a promise to scripts, so each is produced by the program itself in a script of
// testdata/script. With -v it lists which.
func TestEveryExitCodeHasAScript(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	in := map[string][]string{} // scripts by the code that they show
	shows := regexp.MustCompile(`(?m)^(?:exit (\d+) rollcall\b|end (\d+)$|(exec) rollcall\b)`)
	for _, script := range scripts {
		data, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(script), ".txtar")
		for _, m := range shows.FindAllStringSubmatch(string(data), -1) {
			code := m[1] + m[2]
			if m[3] == "exec" {
				code = "0"
			}
			if !slices.Contains(in[code], name) {
				in[code] = append(in[code], name)
			}
		}
	}
	for _, m := range datasync.Exits() {
		code := fmt.Sprint(int(m.Code))
		if len(in[code]) == 0 {
			t.Errorf("no script ends with exit code %s (%s)", code, m.Meaning)
		}
		t.Logf("%s: %s", code, strings.Join(in[code], " "))
		delete(in, code)
	}
	for code, names := range in {
		t.Errorf("%q show exit code %s, which is none of the program's", names, code)
	}
}
