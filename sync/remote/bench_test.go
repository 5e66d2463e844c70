package remote_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// BenchmarkWrite sends creates with eight workers. Allocations are those of client and server together.
func BenchmarkWrite(b *testing.B) {
	server := serve(b, always(200, `{"id": 4711, "name": "Ida"}`))
	server.Config.Handler = always(200, `{"id": 4711, "name": "Ida"}`) // one that remembers nothing
	opts := croOptions(b, server.URL)
	client := newClient(b, opts)
	change := createOf(b, opts)
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if a := client.Write(b.Context(), change, "id"); a.Verdict != push.Accepted {
					b.Errorf("answer = %+v, want it accepted", a)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkList reads 10,000 records in ten pages.
func BenchmarkList(b *testing.B) {
	const pages, each = 10, 1000
	var answers [pages + 1]http.HandlerFunc
	for n := range pages {
		var items []string
		for i := range each {
			id := strconv.Itoa(n*each + i)
			items = append(items, `{"email":"contact`+id+`@example.org","fax":null,"id":`+id+`,"name":"Contact `+id+`","notify_on_acknowledged_request":false,"notify_on_completed_request":true,"notify_on_dispatched_request":false,"notify_on_failed_request":false,"notify_on_new_request":true,"number":"555-010-0123"}`)
		}
		answers[n+1] = always(200, `{"current_limit":1000,"current_page":`+strconv.Itoa(n+1)+`,"results":[`+strings.Join(items, ",")+`],"total_count":10000,"total_pages":10}`)
	}
	server := serve(b, answers[1])
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.URL.Query().Get("page_index"))
		if err != nil {
			number = 1
		}
		answers[number](w, r)
	})
	opts := croOptions(b, server.URL)
	client := newClient(b, opts)
	parent := customer(b, opts)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := client.List(b.Context(), parent, func(plan.Found) error {
			n++
			return nil
		})
		if n != pages*each || err != nil {
			b.Fatalf("%d records, %v, want %d", n, err, pages*each)
		}
	}
}
