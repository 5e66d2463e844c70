package simulator

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

// spoil turns the true answer into the one that the fault wants. It decides; send carries out.
func (fx effects) spoil(answer reply, m mount, now time.Time) reply {
	if fx.fault == nil {
		return answer
	}
	f := fx.fault
	switch f.action {
	case actResetBefore, actResetAfter:
		return reply{header: http.Header{}}
	case actErrorBefore, actErrorAfter:
		return m.refuse(f.status, "Scripted fault.")
	case actThrottle:
		answer = m.refuse(f.status, "Scripted fault: too many requests.")
		setRetryAfter(answer.header, f.retryAfter, now)
	case actRedirect:
		answer = reply{status: f.status, header: http.Header{"Location": {f.to}}}
	case actGarbage:
		answer = reply{f.status, http.Header{"Content-Type": {"application/json"}}, []byte(`{"id": 17, "name": "half a rec`)}
	case actEmpty:
		answer = reply{f.status, http.Header{"Content-Type": {"application/json"}}, nil}
	case actHTML:
		page := "<!DOCTYPE html>\n<html><head><title>" + strconv.Itoa(f.status) + " " + http.StatusText(f.status) +
			"</title></head><body><h1>Something went wrong</h1></body></html>\n"
		answer = reply{f.status, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, []byte(page)}
	}
	return answer
}

// setRetryAfter writes the header in the form that a script asks for.
func setRetryAfter(header http.Header, form string, now time.Time) {
	switch form {
	case "none":
		return
	case "date":
		form = httpDate(now.Add(2 * time.Second))
	case "past":
		form = httpDate(now.Add(-time.Hour))
	case "absurd":
		form = strconv.Itoa(3 * 365 * 24 * 60 * 60)
	case "words":
		form = "in a little while"
	}
	header.Set("Retry-After", form)
}

// send puts an answer on the wire, the way the fault wants it.
func (fx effects) send(w http.ResponseWriter, answer reply) {
	if answer.status == 0 {
		reset(w)
		return
	}
	for name, values := range answer.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if answer.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	switch {
	case fx.fault != nil && fx.fault.action == actCut:
		_, _ = w.Write(answer.body[:len(answer.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http closes the connection with the body unfinished
	case fx.fault != nil && fx.fault.action == actSlow:
		trickle(w, answer.body, fx.fault.wait)
	default:
		_, _ = w.Write(answer.body) // the client may be gone: nobody is left to tell
	}
}

// trickle sends a body byte by byte until it is complete or the client is gone.
func trickle(w http.ResponseWriter, body []byte, pause time.Duration) {
	controller := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		if err := controller.Flush(); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// reset drops the connection without an answer; on TCP the client sees a reset rather than an orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 or a recorder: let net/http break the stream off
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		inner = secure.NetConn()
	}
	if tcp, ok := inner.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = inner.Close()
}
