package sync

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"unicode"
	"unicode/utf8"
)

// LogFormats is the formats that a log can have.
func LogFormats() []string { return []string{"text", "json"} }

// NewLogHandler writes a log to w in one of [LogFormats]. Each entry is one line, whatever the data in it, and no character of the
// data does anything to a terminal that shows it: both formats escape it, and nothing is lost.
func NewLogHandler(w io.Writer, format string, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.NewJSONHandler(visibleJSON{w}, options)
	}
	return slog.NewTextHandler(w, options) // it quotes all that is not printable
}

// visibleJSON escapes the characters that JSON allows in the open and that can garble a screen: those that control a terminal,
// and those that turn the direction of text.
type visibleJSON struct{ w io.Writer }

// Write writes whole entries.
func (v visibleJSON) Write(p []byte) (int, error) {
	out := p
	if bytes.ContainsFunc(p, garbles) {
		out = make([]byte, 0, len(p)+64)
		for rest := p; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if garbles(r) {
				out = fmt.Appendf(out, `\u%04x`, r)
			} else {
				out = append(out, rest[:size]...)
			}
			rest = rest[size:]
		}
	}
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// garbles reports whether a character is one that nobody sees and that does something. The end of an entry is none; other controls
// below it are escaped already.
func garbles(r rune) bool {
	return r != '\n' && r < 0x10000 && r != utf8.RuneError && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029')
}
