package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// metricLine is a sample as the text format defines it: name, labels with escaped values, value.
var metricLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$`)

// parseMetrics reads the text format strictly: every sample stands below the HELP and the TYPE of its metric, a metric is described
// once and its samples stand together, no sample occurs twice, and the last line ends.
func parseMetrics(text string) (map[string]float64, error) {
	samples, described, current := map[string]float64{}, map[string]bool{}, ""
	if !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("the last line does not end")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for n, line := range lines {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, help, _ := strings.Cut(rest, " ")
			if described[name] || help == "" || n+1 == len(lines) || !strings.HasPrefix(lines[n+1], "# TYPE "+name+" ") {
				return nil, fmt.Errorf("line %d: %q stands where it may not", n+1, line)
			}
			described[name], current = true, name
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			if rest != current+" gauge" && rest != current+" counter" {
				return nil, fmt.Errorf("line %d: %q is no type of %s", n+1, line, current)
			}
			continue
		}
		parts := metricLine.FindStringSubmatch(line)
		if parts == nil || parts[1] != current || !strings.HasPrefix(current, "rollcall_") {
			return nil, fmt.Errorf("line %d: %q is no sample of %s", n+1, line, current)
		}
		name := regexp.MustCompile(`config="(?:[^"\\]|\\.)*",?`).ReplaceAllString(parts[1]+"{"+parts[2]+"}", "")
		name = strings.TrimSuffix(name, "{}")
		value, err := strconv.ParseFloat(parts[3], 64)
		if _, twice := samples[name]; err != nil || twice {
			return nil, fmt.Errorf("line %d: %q is no number or occurs twice (%v)", n+1, line, err)
		}
		samples[name] = value
	}
	return samples, nil
}

// metricsOf reads the file of a place.
func metricsOf(t *testing.T, path string) map[string]float64 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := parseMetrics(string(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return samples
}

func TestMetricsTellHowARunHasEnded(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,ann.archer@x.example\n1,bob@x.example\n1,wrong-address\n")
	p.write(t, "good.csv", "Customer,E-mail\n1,ann.archer@x.example\n")
	file := p.path("rollcall.prom")
	expect := func(want map[string]float64) {
		t.Helper()
		got := metricsOf(t, file)
		for name, value := range want {
			if v, has := got[name]; !has || v != value {
				t.Errorf("%s is %v (there: %v), want %v", name, v, has, value)
			}
		}
	}
	run := func(want int, args ...string) {
		t.Helper()
		if r := p.rollcall(t, append(args, "--metrics-file", file)...); r.code != want {
			t.Fatalf("%q: got exit code %d, want %d: %s", args, r.code, want, r.errOut)
		}
	}
	began := time.Now().Add(-time.Second)
	run(3, "sync", "--yes")
	expect(map[string]float64{
		`rollcall_run_rows{status="created"}`: 2, `rollcall_run_rows{status="invalid"}`: 1, `rollcall_run_rows{status="not_attempted"}`: 0,
		"rollcall_run_rows_read": 3, "rollcall_in_doubt": 0, "rollcall_running": 0, "rollcall_last_exit_code": 3,
	})
	got := metricsOf(t, file)
	if end := got["rollcall_last_end_time_seconds"]; end < float64(began.Unix()) || end > float64(time.Now().Unix()+1) || got["rollcall_run_requests"] < 3 || got["rollcall_run_duration_seconds"] <= 0 {
		t.Errorf("got %v, want an end just now, three requests and a duration", got)
	}
	if _, has := got["rollcall_last_success_time_seconds"]; has {
		t.Error("a success is told, and there was none yet")
	}
	run(0, "plan", "good.csv")
	expect(map[string]float64{`rollcall_run_rows{status="unchanged"}`: 1, "rollcall_last_exit_code": 0})
	success := metricsOf(t, file)["rollcall_last_success_time_seconds"]
	run(2, "sync", "--yes", "none.csv") // no run came to be
	expect(map[string]float64{"rollcall_last_exit_code": 2, "rollcall_last_success_time_seconds": success, "rollcall_run_rows_read": 0})
	if success == 0 {
		t.Error("the time of the success is not told")
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "archer") || !strings.Contains(string(data), p.path("config.yaml")) {
		t.Errorf("want the name of the job file and nothing of the rows (%v): %s", err, data)
	}
	if info, err := os.Stat(file); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o644) {
		t.Errorf("got mode %v (%v), want one that a collector may read", info.Mode(), err)
	}
	if entries, err := os.ReadDir(p.dir); err != nil || strings.Contains(fmt.Sprint(entries), ".tmp") {
		t.Errorf("a temporary file is left among %v (%v)", entries, err)
	}
}

// A place where no file can be is a warning, and the run goes on.
func TestMetricsThatCannotBeWrittenStopNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,ann.archer@x.example\n")
	r := p.rollcall(t, "sync", "--yes", "--metrics-file", p.path("no/such/folder/x.prom"))
	if r.code != 0 || !strings.Contains(r.errOut, "the metrics cannot be written") {
		t.Errorf("got exit code %d and %q, want 0 and a warning", r.code, r.errOut)
	}
}

// TestTheParserOfMetricsIsStrict: a parser that takes anything proves nothing.
func TestTheParserOfMetricsIsStrict(t *testing.T) {
	t.Parallel()
	const head = "# HELP rollcall_a A.\n# TYPE rollcall_a gauge\n"
	if _, err := parseMetrics(head + `rollcall_a{config="a\"b\\c\n",b="}"} 1` + "\n"); err != nil {
		t.Error(err)
	}
	for says, text := range map[string]string{
		"no end of line":       head + "rollcall_a 1",
		"no description":       "rollcall_a 1\n",
		"another metric's":     head + "rollcall_b 1\n",
		"twice":                head + "rollcall_a 1\nrollcall_a 2\n",
		"described twice":      head + "rollcall_a 1\n" + head,
		"no number":            head + "rollcall_a one\n",
		"a quote in a label":   head + `rollcall_a{b="c"d"} 1` + "\n",
		"a type without help":  "# TYPE rollcall_a gauge\nrollcall_a 1\n",
		"a name that is not o": "# HELP other A.\n# TYPE other gauge\nother 1\n",
	} {
		if _, err := parseMetrics(text); err == nil {
			t.Errorf("%s: %q is accepted", says, text)
		}
	}
}
