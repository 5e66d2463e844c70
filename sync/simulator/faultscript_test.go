package simulator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

func TestParseFaults(t *testing.T) {
	script := `
# the usual mix
POST  /customers/*/contacts  every=10  reset-after-commit   # one in ten
POST  *  p=0.1 seed=7  error-after-commit status=503
GET * nth=3 throttle retry-after=2
* after=20 expire-token
* GET-is-not-a-path
`
	_, err := simulator.ParseFaults(script)
	if err == nil || !strings.Contains(err.Error(), "line 7: unknown word") {
		t.Fatalf("got %v, want an error for line 7", err)
	}
	faults, err := simulator.ParseFaults(strings.Replace(script, "* GET-is-not-a-path", "", 1))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /customers/*/contacts every=10 reset-after-commit",
		"POST * p=0.1 seed=7 error-after-commit status=503",
		"GET * nth=3 throttle retry-after=2",
		"* * after=20 count=1 expire-token",
	}
	got := []string{}
	for _, f := range faults {
		got = append(got, f.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestParseFaultsFillsDefaults(t *testing.T) {
	for line, want := range map[string]string{
		"* reset-before-commit":            "* * reset-before-commit",
		"GET /a error-before-commit":       "GET /a error-before-commit status=500",
		"* delay=1500ms":                   "* * delay=1.5s when=before",
		"* delay=2s when=after":            "* * delay=2s when=after",
		"* cut":                            "* * cut",
		"* slow":                           "* * slow per-byte=10ms",
		"* garbage":                        "* * garbage status=200",
		"* empty status=204":               "* * empty status=204",
		"* html":                           "* * html status=502 when=after",
		"* throttle":                       "* * throttle retry-after=1",
		"* throttle retry-after=past":      "* * throttle retry-after=past",
		"* redirect to=/x":                 "* * redirect status=307 to=/x",
		"* nth=2 expire-token":             "* * nth=2 expire-token",
		"* count=3 expire-token":           "* * count=3 expire-token",
		"* error-after-commit every=2":     "* * every=2 error-after-commit status=500",
		"\t*  cut \r":                      "* * cut",
		"* redirect to=http://a/b#c=d # e": "* * redirect status=307 to=http://a/b#c=d",
	} {
		faults, err := simulator.ParseFaults(line)
		if err != nil || len(faults) != 1 || faults[0].String() != want {
			t.Errorf("%q: got %v, %v; want %q", line, faults, err, want)
		}
	}
}

func TestParseFaultsRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"FETCH * cut":                        "unknown method",
		"get * cut":                          "unknown method",
		"POST":                               "no action",
		"POST * every=2":                     "no action",
		"POST * explode":                     "unknown word",
		"POST * cut sometimes":               "unknown word",
		"POST * cut slow":                    "two actions",
		"POST * cut cut":                     "two actions",
		"POST * cut=5":                       "takes no value",
		"POST * cut status=500":              "does not go with",
		"POST * garbage when=before":         "does not go with",
		"POST * nth=1 nth=2 cut":             "given twice",
		"POST * nth=0 cut":                   "from 1",
		"POST * nth=-1 cut":                  "from 1",
		"POST * nth=two cut":                 "from 1",
		"POST * nth cut":                     "from 1",
		"POST * nth=2 every=2 cut":           "stands alone",
		"POST * nth=2 count=1 expire-token":  "stands alone",
		"POST * after=5 until=5 cut":         "never fires",
		"POST * seed=3 cut":                  "goes with p",
		"POST * p=0.1 seed=0 cut":            "from 1",
		"POST * p=0 cut":                     "above 0",
		"POST * p=1.1 cut":                   "above 0",
		"POST * p=NaN cut":                   "above 0",
		"POST * error-after-commit status=1": "400 to 599",
		"POST * garbage status=500":          "200 to 299",
		"POST * html status=200":             "400 to 599",
		"POST * delay":                       "duration",
		"POST * delay=":                      "duration",
		"POST * delay=5":                     "duration",
		"POST * delay=-5s":                   "duration",
		"POST * delay=1s when=during":        "before after",
		"POST * slow per-byte=0s":            "duration",
		"POST * throttle retry-after=soon":   "seconds",
		"POST * throttle retry-after=-1":     "seconds",
		"POST /\xa2 cut":                     "UTF-8",
		"POST * redirect":                    "needs to=",
		"POST * redirect to=":                "URL",
		"POST * redirect to=:":               "URL",
		"POST * redirect to=/x status=303":   "301, 302, 307 or 308",
		"POST * redirect to=/x status=200":   "301 to 308",
	} {
		faults, err := simulator.ParseFaults("# first\n" + line)
		if err == nil || !strings.Contains(err.Error(), "line 2: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want an error for line 2 with %q", line, faults, err, want)
		}
	}
}

func TestParseFaultsReportsEveryLine(t *testing.T) {
	_, err := simulator.ParseFaults("* cut\nX\n\n* nth=0 cut\n")
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("got %v, want lines 2 and 4", err)
	}
}

func TestMustFaultsPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a wrong script does not panic")
		}
	}()
	simulator.MustFaults("nonsense")
}

// What ParseFaults accepts, it writes down and reads back as the same faults, and a server takes them.
func FuzzParseFaults(f *testing.F) {
	for _, line := range []string{
		"POST /customers/*/contacts every=10 reset-after-commit", "POST * p=0.1 seed=7 error-after-commit status=500",
		"GET * nth=3 throttle retry-after=2", "* after=20 expire-token", "* delay=1h when=after # late", "* redirect to=//x status=301",
		"* slow per-byte=1ns\n* html\n* garbage\n* empty", "PUT /[a-z]+(**)/\\ until=3 count=2 cut", "* p=1e-300 cut",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, script string) {
		faults, err := simulator.ParseFaults(script)
		if err != nil {
			return
		}
		for _, fault := range faults {
			again, err := simulator.ParseFaults(fault.String())
			if err != nil || len(again) != 1 || again[0] != fault {
				t.Errorf("%q: got %v, %v", fault.String(), again, err)
			}
		}
		simulator.New(simulator.Options{Faults: faults})
	})
}
