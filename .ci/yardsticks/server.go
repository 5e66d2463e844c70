package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// serve is an API of contacts that does no more than it must: it takes every contact and forgets it. It lists contacts of the
// sheet, as many as its second argument says.
func serve(args []string) error {
	listed := 0
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		listed = n
	}
	var last atomic.Int64
	last.Store(int64(listed))
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			page(w, r, listed)
			return
		}
		fmt.Fprintf(w, `{"id":%d,%s`, last.Add(1), bytes.TrimPrefix(sent, []byte("{")))
	}))
}

// page answers with the contacts of one customer, all on one page.
func page(w io.Writer, r *http.Request, listed int) {
	customer, err := strconv.Atoi(strings.Split(r.URL.Path, "/")[2])
	if err != nil {
		return
	}
	var results [][]byte
	for n := customer - 1; n < listed; n += customers {
		results = append(results, fmt.Appendf(nil, `{"id":%d,%s`, n+1, bytes.TrimPrefix(body(contact(listedRow(n))), []byte("{"))))
	}
	fmt.Fprintf(w, `{"results":[%s],"total_count":%d,"total_pages":1,"current_page":1,"current_limit":1000}`,
		bytes.Join(results, []byte(",")), len(results))
}

// oneIn is how many rows of a sheet there are for one that has a record already.
const oneIn = 10

// listedRow is the row of which the n-th listed record is. They are spread over the sheet, so that a small sheet has the same share
// of rows with a record as a large one: a row that is to be created costs more than one that is there.
func listedRow(n int) int { return n/customers*oneIn*customers + n%customers }

// pool posts the contacts of a sheet with so many workers of the standard library, and keeps no record of anything.
func pool(args []string) error {
	base, file := args[0], args[1]
	workers, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	in := csv.NewReader(bufio.NewReader(f))
	if _, err := in.Read(); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}}
	todo := make(chan []string, workers)
	failed := make(chan error, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for cells := range todo {
				if err := post(client, base+"/customers/"+cells[0]+"/contacts", body(cells)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		select {
		case todo <- cells:
		case err := <-failed:
			return err
		}
	}
	close(todo)
	group.Wait()
	return nil
}

// post sends one contact.
func post(client *http.Client, url string, body []byte) error {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer secret")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
