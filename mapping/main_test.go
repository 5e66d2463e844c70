package mapping_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a test leaves a goroutine behind, as a Run that does not end its stages would.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
