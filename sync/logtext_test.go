package sync

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"unicode"
)

// What stands in a sheet or an answer ends up in the log. It must not make entries of its own, nor play with the terminal.
func TestDataInTheLogStaysOnItsLine(t *testing.T) {
	t.Parallel()
	hostile := "a\nlevel=ERROR msg=forged\r\n{\"level\":\"ERROR\"}\x1b]0;x\x07\x1b[2J\u009b31m\u202eevil\u2066\u2028\u2029\ufeff\x00\x7f end"
	for _, format := range LogFormats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			log := slog.New(NewLogHandler(&out, format, slog.LevelInfo))
			log.Info("change", "message", hostile, hostile, 1)
			text := out.String()
			if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
				t.Errorf("want one line, got %q", text)
			}
			for _, r := range strings.TrimSuffix(text, "\n") {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
					t.Errorf("%U is in the open in %q", r, text)
				}
			}
			if format == "json" {
				var entry map[string]any
				if err := json.Unmarshal([]byte(text), &entry); err != nil || entry["message"] != hostile {
					t.Errorf("got %q (%v), want what was logged", entry["message"], err)
				}
			}
		})
	}
}

func TestTheLevelOfTheLogHolds(t *testing.T) {
	t.Parallel()
	for _, format := range LogFormats() {
		var out bytes.Buffer
		log := slog.New(NewLogHandler(&out, format, slog.LevelWarn))
		log.Info("no")
		log.Warn("Übersicht 🚚")
		if text := out.String(); strings.Contains(text, "no") || !strings.Contains(text, "Übersicht 🚚") {
			t.Errorf("%s: got %q", format, text)
		}
	}
}
