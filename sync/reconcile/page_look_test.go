package reconcile

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// palettes is the colours of the page by name: in the light, in the dark, and on paper.
func palettes(t *testing.T) (light, dark, paper map[string]string) {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(pageStyle, -1)
	if len(blocks) != 3 {
		t.Fatalf("the page has %d palettes, want light, dark and paper", len(blocks))
	}
	read := func(block string) map[string]string {
		colors := map[string]string{}
		for _, c := range regexp.MustCompile(`--([a-z_-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			colors[c[1]] = c[2]
		}
		return colors
	}
	return read(blocks[0][1]), read(blocks[1][1]), read(blocks[2][1])
}

// contrast is how well two colours are told apart, from 1 to 21, as WCAG 2 counts it.
func contrast(a, b string) float64 {
	luminance := func(color string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
			if err != nil {
				return math.NaN()
			}
			c := float64(n) / 255
			if c <= 0.03928 {
				sum += weight * c / 12.92
			} else {
				sum += weight * math.Pow((c+0.055)/1.055, 2.4)
			}
		}
		return sum
	}
	high, low := luminance(a), luminance(b)
	return (math.Max(high, low) + 0.05) / (math.Min(high, low) + 0.05)
}

// TestColoursCanBeToldApart: text against what it stands on, and what is no text against what is beside it, by day and by night.
func TestColoursCanBeToldApart(t *testing.T) {
	t.Parallel()
	const text, shape = 4.5, 3.0 // WCAG 2.2, levels AA 1.4.3 and 1.4.11
	light, dark, paper := palettes(t)
	if diff := cmp.Diff(paper, light); diff != "" {
		t.Errorf("paper has other colours than the light page (-paper +light)\n%s", diff)
	}
	pairs := [][2]string{{"ink", "card"}, {"ink", "bg"}, {"ink", "soft"}, {"dim", "card"}, {"dim", "bg"}, {"dim", "soft"}, {"link", "card"},
		{"mark-ink", "mark"}, {"dim", "mark"}, {"ins-ink", "ins"}}
	for mode, colors := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			if got := contrast(colors[p[0]], colors[p[1]]); !(got >= text) {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", mode, p[0], p[1], got, text)
			}
		}
		shapes := []string{"edge"}
		for _, s := range plan.Statuses() {
			shapes = append(shapes, string(s))
		}
		for _, name := range shapes {
			for _, ground := range []string{"card", "soft", "bg"} {
				if got := contrast(colors[name], colors[ground]); !(got >= shape) {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", mode, name, ground, got, shape)
				}
			}
		}
	}
}

// TestWhatStopsRowsComesBeforeWarnings: however many warnings there are.
func TestWhatStopsRowsComesBeforeWarnings(t *testing.T) {
	t.Parallel()
	html := pageOf(t, []string{"A"}, 9, func(i int) Line {
		p := model.Problem{Row: i, Column: "A", Code: model.CodeFormulaText, Message: "m"}
		if i%3 == 0 {
			p.Code = model.CodeTooLong
		}
		return Line{Row: i, Cells: []string{"x"}, Status: plan.Unchanged, Problems: []model.Problem{p}}
	})
	stops, warns := strings.Index(html, `<code>too_long</code> <span`), strings.Index(html, `<code>formula_text</code> <span`)
	if stops < 0 || warns < stops {
		t.Errorf("what stops rows stands at %d and the warning at %d, want it before", stops, warns)
	}
}

// TestAMomentHasNoCourse: a run that was over at once is told in a sentence, not drawn as a block.
func TestAMomentHasNoCourse(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		says   string
		slices int
		drawn  bool
	}{{"a moment", 1, false}, {"two moments", 2, false}, {"some time", 3, true}} {
		s := Session{Command: "plan", Begun: begun, Ended: begun.Add(time.Duration(c.slices) * time.Second), Width: time.Second, Slices: make([]Slice, c.slices)}
		for i := range s.Slices {
			s.Slices[i].Answers[Good] = 4
		}
		if got := newTimeView([]Session{s}).Drawn; got != c.drawn {
			t.Errorf("%s is drawn: %t, want %t", c.says, got, c.drawn)
		}
	}
}

// TestAnEmptyRunHasNoBar: a bar of nothing is a hole in the page.
func TestAnEmptyRunHasNoBar(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 1} {
		html := pageOf(t, []string{"A"}, n, func(i int) Line { return Line{Row: i, Status: plan.Created} })
		if got := strings.Count(html, `<svg class="bar"`); got != want {
			t.Errorf("%s: %d bars, want %d", fmt.Sprint(n, " rows"), got, want)
		}
	}
	if got := newRequestsView(&Summary{}).Said; got != "No request was needed." {
		t.Errorf("a run without requests says %q", got)
	}
}
