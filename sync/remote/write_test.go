package remote_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// changeOf is a change of CRO contact 5, or of a new one.
func changeOf(t *testing.T, opts remote.Options, action plan.Action) *plan.Change {
	if action == plan.Create {
		return createOf(t, opts)
	}
	return updateOf(t, opts)
}

func TestWhatAStatusMeansForAWrite(t *testing.T) {
	const said = `{"field": null, "detail": "Said the API.", "explanation": "x"}`
	for _, c := range []struct {
		status int
		want   push.Verdict
	}{
		{300, push.Misdirected}, {301, push.Misdirected}, {302, push.Misdirected}, {303, push.Misdirected}, {304, push.Misdirected},
		{307, push.Misdirected}, {308, push.Misdirected},
		{400, push.Refused}, {401, push.Unauthorized}, {402, push.Refused}, {403, push.Forbidden}, {404, push.Refused},
		{405, push.Refused}, {408, push.Unclear}, {409, push.Refused}, {410, push.Refused}, {413, push.Refused}, {415, push.Refused},
		{418, push.Refused}, {422, push.Refused}, {429, push.Throttled}, {499, push.Refused},
		{500, push.Unclear}, {501, push.Unclear}, {502, push.Unclear}, {503, push.Unclear}, {504, push.Unclear}, {599, push.Unclear},
		{700, push.Unclear},
	} {
		for _, action := range []plan.Action{plan.Create, plan.Update} {
			opts := croOptions(t, serve(t, always(c.status, said)).URL)
			a := newClient(t, opts).Write(t.Context(), changeOf(t, opts, action), "id")
			if a.Verdict != c.want || a.HTTPStatus != c.status || a.ID != "" || a.RetryAfter >= 0 {
				t.Errorf("%s, %d: %s, %+v, want %s", action, c.status, verdictName(a.Verdict), a, verdictName(c.want))
			}
			if c.status >= 400 && a.Message != "Said the API." {
				t.Errorf("%s, %d: message %q, want the API's own", action, c.status, a.Message)
			}
		}
	}
}

// TestWhatA2xxMeans: a create is done only if its id was read, for a second one could never be taken back. An update is
// done unless what came back is plainly not from the API.
func TestWhatA2xxMeans(t *testing.T) {
	const contact = `{"id": 4711, "name": "Ida", "new_property": [1, {}]}`
	huge := `{"id": 4711, "name": "` + strings.Repeat("x", 2<<20) + `"}`
	for _, c := range []struct {
		name           string
		answer         http.HandlerFunc
		create, update push.Verdict
		id             string
		says           string // of the create
	}{
		{name: "200 with the record", answer: always(200, contact), create: push.Accepted, update: push.Accepted, id: "4711"},
		{name: "201 with the record", answer: always(201, contact), create: push.Accepted, update: push.Accepted, id: "4711"},
		{name: "202 with the id alone", answer: always(202, `{"id":4711}`), create: push.Accepted, update: push.Accepted, id: "4711"},
		{name: "an id that is text", answer: always(201, `{"id":"c-1"}`), create: push.Accepted, update: push.Accepted, id: "c-1"},
		{name: "an id beyond 2^53 keeps its digits", answer: always(201, `{"id":9007199254740993}`), create: push.Accepted, update: push.Accepted, id: "9007199254740993"},
		{name: "no id", answer: always(200, `{"name": "Ida"}`), create: push.Unclear, update: push.Accepted, says: "without an id"},
		{name: "an id that is null", answer: always(200, `{"id": null}`), create: push.Unclear, update: push.Accepted, says: "without an id"},
		{name: "an id that is empty", answer: always(200, `{"id": ""}`), create: push.Unclear, update: push.Accepted, says: "without an id"},
		{name: "an id that is an object", answer: always(200, `{"id": {"id": 1}}`), create: push.Unclear, update: push.Accepted, says: "without an id"},
		{name: "a list", answer: always(200, `[{"id": 4711}]`), create: push.Unclear, update: push.Accepted, says: "without an id"},
		{name: "an empty body", answer: always(200, ""), create: push.Unclear, update: push.Accepted, says: "HTTP 200 without an id"},
		{name: "204", answer: always(204, ""), create: push.Unclear, update: push.Accepted, says: "HTTP 204 without an id"},
		{name: "a page of a proxy", answer: always(200, "<html>Please sign in</html>"), create: push.Unclear, update: push.Unclear, says: "without an id"},
		{name: "half a record", answer: always(200, contact[:30]), create: push.Unclear, update: push.Unclear, says: "without an id"},
		{name: "two records", answer: always(200, contact+contact), create: push.Unclear, update: push.Unclear, says: "without an id"},
		{name: "an answer of 2 MiB", answer: always(200, huge), create: push.Unclear, update: push.Unclear, says: "too large"},
		{name: "1 GiB in gzip that nobody asked for", answer: always(200, bomb(t), "Content-Encoding", "gzip"), create: push.Unclear, update: push.Unclear, says: "too large"},
		{
			name: "a whole record that lacks promised bytes behind it", answer: always(200, contact, "Content-Length", "5000"),
			create: push.Accepted, update: push.Unclear, id: "4711",
		},
		{
			name: "a record that breaks off", answer: always(200, contact[:30], "Content-Length", "5000"),
			create: push.Unclear, update: push.Unclear, says: "broke off",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, serve(t, c.answer).URL)
			client := newClient(t, opts)
			a := client.Write(t.Context(), createOf(t, opts), "id")
			if a.Verdict != c.create || a.ID != c.id || !strings.Contains(a.Message, c.says) {
				t.Errorf("create: %s, %+v, want %s with id %q, saying %q", verdictName(a.Verdict), a, verdictName(c.create), c.id, c.says)
			}
			a = client.Write(t.Context(), updateOf(t, opts), "id")
			if a.Verdict != c.update || a.ID != "" {
				t.Errorf("update: %s, %+v, want %s", verdictName(a.Verdict), a, verdictName(c.update))
			}
		})
	}
}

// bomb is a gigabyte of nothing, compressed.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	// A gzip file may be several in a row, so one of 16 MiB is enough to make of.
	if _, err := w.Write(make([]byte, 16<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Repeat(b.String(), 64)
}

func TestABombStaysSmall(t *testing.T) {
	opts := croOptions(t, serve(t, always(200, bomb(t), "Content-Encoding", "gzip")).URL)
	client := newClient(t, opts)
	change := createOf(t, opts)
	const rounds = 8
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		client.Write(t.Context(), change, "id")
	}
	runtime.ReadMemStats(&after)
	// The server is in the same process, so that this is a bound on both. A buffer that grows is allocated several times.
	if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > 8*remote.MaxWriteAnswer {
		t.Errorf("%d bytes allocated for an answer, want no more than %d", each, 8*remote.MaxWriteAnswer)
	}
}

func TestRetryAfterOfAWrite(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        time.Duration // negative: it does not say
	}{
		{"seconds", "40", 40 * time.Second},
		{"no time at all", "0", 0},
		{"less than no time", "-5", 0},
		{"three years are cut to an hour", "99999999", time.Hour},
		{"a date, by the clock of the server", "Mon, 06 May 2024 07:09:10 GMT", 70 * time.Second},
		{"a date in the past", "Mon, 06 May 2024 06:00:00 GMT", 0},
		{"words", "soon", -1},
		{"nothing", "", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for status, verdict := range map[int]push.Verdict{429: push.Throttled, 503: push.Unclear, 500: push.Unclear} {
				headers := []string{"Date", "Mon, 06 May 2024 07:08:00 GMT"}
				if c.value != "" {
					headers = append(headers, "Retry-After", c.value)
				}
				opts := croOptions(t, serve(t, always(status, "", headers...)).URL)
				a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
				if a.Verdict != verdict || a.RetryAfter != c.want {
					t.Errorf("%d: %s and wait %v, want %s and %v", status, verdictName(a.Verdict), a.RetryAfter, verdictName(verdict), c.want)
				}
			}
		})
	}
}

func TestWritesAreCountedAndNeverPaused(t *testing.T) {
	opts := croOptions(t, serve(t, always(429, "", "Retry-After", "3600")).URL)
	client := newClient(t, opts)
	for range 3 {
		client.Write(t.Context(), createOf(t, opts), "id")
	}
	if got, want := client.Stats(), (remote.Stats{Sent: 3, Throttled: 3}); got != want {
		t.Errorf("stats = %+v, want %+v", got, want)
	}
	// Whether to wait is the decision of who asked for the write, and so is passing the pacer.
	if got := opts.Pacer.Stats(); got.Started != 0 || got.Pauses != 0 {
		t.Errorf("the pacer saw %+v, want nothing", got)
	}
}
