package remote

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Look is what one read has shown of an operation: what came, and what the caller may do there.
type Look struct {
	Status int               // of the answer, 0 if none came
	Err    error             // why there is nothing to see, nil if there is
	Text   string            // what a refusal says, in one line
	Allow  []string          // methods in the answer's Allow header, nil without one
	Items  []json.RawMessage // records of the answer
	Total  int               // records that the API tells of, -1 if it does not
	More   bool              // there are or may be further pages
}

// LookAt reads the first page of a listing and no more. Its items have their ids under id; parent has the path fields that
// lead to it. The error is that of the context, or that there is no token; all else is part of the Look.
func (c *Client) LookAt(ctx context.Context, l *model.Listing, id string, parent model.Record) (Look, error) {
	w := walk{listing: l, size: l.Size, total: -1, followed: map[string]bool{}}
	look, body, err := c.look(ctx, &l.Operation, c.pathParams(parent, ""), &w)
	if err != nil || look.Err != nil {
		return look, err
	}
	p, fault := readPage(l, id, body)
	if fault != nil {
		look.Err = fmt.Errorf("%s %s: %w", l.Method, l.Path, fault)
		return look, nil
	}
	look.Items, look.Total = p.items, p.total
	next, fault := c.follows(&w, p, len(p.items), c.pathParams(parent, ""), c.base.String())
	look.More = next != "" || fault != nil
	return look, nil
}

// LookAtOne reads one record.
func (c *Client) LookAtOne(ctx context.Context, id string, parent model.Record) (Look, error) {
	look, body, err := c.look(ctx, c.opts.Resource.Get, c.pathParams(parent, id), nil)
	if err == nil && look.Err == nil {
		look.Items = []json.RawMessage{body}
	}
	return look, err
}

// LookWhether reads an operation of whose answer nothing is known but that it is JSON.
func (c *Client) LookWhether(ctx context.Context, op *model.Operation) (Look, error) {
	look, _, err := c.look(ctx, op, nil, nil)
	return look, err
}

// look sends one read. w says which page it asks for, nil for an operation without pages.
func (c *Client) look(ctx context.Context, op *model.Operation, params map[string]string, w *walk) (Look, []byte, error) {
	look := Look{Total: -1}
	if op.Method != http.MethodGet {
		look.Err = fmt.Errorf("%s %s is no read", op.Method, op.Path)
		return look, nil, nil
	}
	in := call{op: op}
	var fault error
	if w == nil {
		in.address, fault = c.address(op, params, nil)
	} else {
		in.address, fault = c.address(op, params, w.query())
	}
	if fault != nil {
		look.Err = fault
		return look, nil, nil
	}
	rep, fault := c.ask(ctx, in)
	if rep.status == 0 && rep.err == nil { // no request was sent: its time was over, or there is no token
		return look, nil, fault
	}
	look.Status, look.Err, look.Allow = rep.status, fault, c.methodsOf(rep.header)
	if fault == nil && !json.Valid(rep.body) {
		look.Err = fmt.Errorf("%s %s: the answer is no JSON", op.Method, op.Path)
	}
	if fault != nil && rep.status/100 > 3 {
		look.Text = c.errorText(rep)
	}
	return look, rep.body, nil
}

// methodsOf is the methods that an answer allows, nil if it says nothing of them.
func (c *Client) methodsOf(h http.Header) []string {
	var methods []string
	for _, value := range h.Values("Allow") {
		for method := range strings.SplitSeq(c.Hide(value), ",") {
			if method = strings.ToUpper(strings.TrimSpace(method)); method != "" {
				methods = append(methods, method)
			}
		}
	}
	return methods
}

// Remedy is what a person can do about an error that a request has met on its way, "" if nothing helps but trying later.
func Remedy(err error) string {
	var name *net.DNSError
	var timeout net.Error
	var alert tls.AlertError
	switch {
	case remedy(err) != "":
		return strings.TrimPrefix(remedy(err), "; ")
	case errors.As(err, &name):
		return "check the host in connection.base_url, and that this machine can look it up (network, VPN, proxy)"
	case errors.As(err, &alert):
		return "the host refuses this kind of TLS; check connection.base_url, and whether a proxy stands between"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "check that this machine reaches the host (network, VPN, proxy), or allow more time with connection.timeout"
	case errors.Is(err, ErrUnreachable):
		return "check host and port in connection.base_url, and that this machine reaches them (network, VPN, proxy)"
	}
	return ""
}
