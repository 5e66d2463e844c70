package sheet_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: whatever a test opens and closes, no goroutine that unpacks is left behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
