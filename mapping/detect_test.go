package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// seen is what a column with these cells shows.
func seen(cells ...sheet.Cell) *mapping.Evidence {
	e := &mapping.Evidence{}
	for i := range cells {
		e.Add(&cells[i])
	}
	return e
}

// texts is cells of text, separated by bars.
func texts(list string) []sheet.Cell {
	var cells []sheet.Cell
	for _, s := range strings.Split(list, "|") {
		cells = append(cells, text(s))
	}
	return cells
}

// some is the same cell so many times.
func some(n int, c sheet.Cell) []sheet.Cell { return slices.Repeat([]sheet.Cell{c}, n) }

// option is the options that a reading gives a column, in short. An undecided one is followed by what there is to choose.
func option(r mapping.Reading) string {
	c := r.Column
	var out []string
	for _, o := range []struct{ key, value string }{
		{"format", c.Format}, {"decimal", c.Decimal}, {"lookup", c.Lookup},
		{"true", strings.Join(c.True, ",")}, {"false", strings.Join(c.False, ",")},
	} {
		if o.value != "" {
			out = append(out, o.key+"="+o.value)
		}
	}
	for _, w := range r.Ways {
		out = append(out, "or "+w.Text)
	}
	if open := slices.Contains([]string{c.Format, c.Decimal, c.Lookup, strings.Join(c.True, ",")}, mapping.Undecided); open != (r.Option != "") {
		out = append(out, fmt.Sprintf("(the open option is %q)", r.Option))
	}
	return strings.Join(out, " ")
}

func TestDatesAreReadAsTheirColumnProves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says  string
		cells []sheet.Cell
		want  string
	}{
		{"a day beyond 12 in front proves day first", texts("03/04/2024|13/04/2024"), "format=02/01/2006"},
		{"a day beyond 12 in the middle proves month first", texts("03/04/2024|04/13/2024"), "format=01/02/2006"},
		{"nothing proves an order that no day shows", texts("03/04/2024|05/06/2024"), "format=? or 02/01/2006 or 01/02/2006"},
		{"days that prove both orders prove none", texts("13/04/2024|04/13/2024"), "format=? or 02/01/2006 or 01/02/2006"},
		{"one contradiction among many is one", append(some(200, text("13/04/2024")), text("04/13/2024")), "format=? or 02/01/2006 or 01/02/2006"},
		{"a day that no calendar has proves nothing", texts("30/02/2024|03/04/2024"), "format=? or 02/01/2006 or 01/02/2006"},
		{"points and one digit", texts("3.4.2024|13.4.2024"), "format=02.01.2006"},
		{"points are day first, whether a day shows it or not", texts("03.04.2024|05.06.2024"), "format=02.01.2006"},
		{"with two digits for the year too", texts("03.04.24|05.06.24"), "format=02.01.06"},
		{"a month in front of a point is no date", texts("04.13.2024|03.04.2024"), "format=? or 02.01.2006"},
		{"hyphens", texts("13-04-2024|1-2-2024"), "format=02-01-2006"},
		{"two digits for the year", texts("13/04/24|03/04/99"), "format=02/01/06"},
		{"two digits everywhere may begin with the year", texts("13-04-24|25-12-23"), "format=? or 02-01-06 or 06-01-02"},
		{"a year that is no day settles it", texts("13-04-24|25-12-99"), "format=02-01-06"},
		{"the year may stand in front of bars, if days and years are equally many", texts("22/11/05|23/04/17|24/09/30"), "format=? or 02/01/06 or 06/01/02"},
		{"and of points", texts("22.11.05|23.04.17|24.09.30"), "format=? or 02.01.06 or 06.01.02"},
		{"many days and few years tell that the year is behind", texts("25/12/23|03/01/24|14/02/24"), "format=02/01/06"},
		{"the year in front", texts("2024/04/03|2024/05/06"), "format=2006/01/02"},
		{"ISO needs no format", texts("2024-04-03|2024-05-06"), ""},
		{"nearly ISO needs one, which reads ISO too", texts("2024-4-3|2024-05-06"), "format=2006-01-02"},
		{"months by name", texts("3 Apr 2024|13 May 2024"), "format=2 Jan 2006"},
		{"months by name, American", texts("April 3, 2024|May 13, 2024"), "format=January 2, 2006"},
		{"digits alone", texts("20240403|20241231"), "format=20060102"},
		{"midnight", texts("13/04/2024 00:00|03/04/2024 00:00"), "format=02/01/2006 15:04"},
		{"ISO with a clock", texts("2024-04-03T00:00:00|2024-05-06T00:00:00"), "format=2006-01-02T15:04:05"},
		{"dates of a workbook need none", some(3, date("2024-04-03")), ""},
		{"text beside dates of a workbook needs one", append(some(3, date("2024-04-03")), text("13/04/2024")), "format=02/01/2006"},
		{"a few odd values are problems of their rows", append(some(40, text("13/04/2024")), text("soon")), "format=02/01/2006"},
		{"many odd values put the form in question", append(some(4, text("13/04/2024")), text("soon")), "format=? or 02/01/2006"},
		{"two forms are a choice", texts("13/04/2024|13.04.2024"), "format=? or 02/01/2006 or 02.01.2006"},
		{"no dates at all", texts("soon|later"), "format=?"},
		{"an empty column", texts("| "), ""},
		{"damage shows nothing", append(some(1, text("13/04/2024")), some(9, with(sheet.DamageError, text("#N/A")))...), "format=02/01/2006"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			got := seen(c.cells...).ReadAs("Since", &model.Field{Name: "since", Kind: model.Date}, nil)
			if diff := cmp.Diff(c.want, option(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDatesReadBack holds every format that is proposed to what it was proposed for: the mapping reads the same cells by it.
func TestDatesReadBack(t *testing.T) {
	t.Parallel()
	m := depot(t)
	for _, list := range []string{
		"03/04/2024|13/04/2024", "04/13/2024|4/3/2024", "3.4.2024|13.4.2024", "13/04/24|03/04/99", "2024/04/03|2024/5/6", "2024-4-3|2024-05-06",
		"3 Apr 2024|13 May 2024", "April 3, 2024|May 13, 2024", "20240403|20241231", "13/04/2024 00:00|3/4/2024 00:00", "2024-04-03|2024-05-06",
		"03-Apr-24|13-Jan-99", "2024-04-03T00:00:00|2024-05-06T00:00:00", "Monday, 2 January 2006|Wednesday, 3 April 2024",
	} {
		cells := texts(list)
		col := seen(cells...).ReadAs("Packed", &model.Field{Name: "packed", Kind: model.Date}, nil).Column
		cfg := &mapping.Config{
			Columns:  mapping.Columns{{Header: "Code", Field: "code"}, col},
			Identity: mapping.Identity{Key: []string{"code"}},
		}
		mp := compile(t, cfg, m, "Code", "Packed")
		for _, cell := range cells {
			if got := mp.Decode(rowOf(text("a"), cell)); len(got.Problems) > 0 {
				t.Errorf("%s is read by %q as %v", cell.Text, col.Format, shown(got.Problems))
			}
		}
	}
}

func TestNumbersAreReadAsTheirColumnProves(t *testing.T) {
	t.Parallel()
	price, whole := &model.Field{Name: "price", Kind: model.Number}, &model.Field{Name: "amount", Kind: model.Integer}
	latitude := &model.Field{Name: "latitude", Kind: model.Number, Rules: model.Rules{Maximum: "90"}}
	longitude := &model.Field{Name: "location.longitude", Kind: model.Number}
	for _, c := range []struct {
		says  string
		field *model.Field
		cells []sheet.Cell
		want  string
	}{
		{"plain digits need nothing", price, texts("12|-7|+3"), ""},
		{"points before decimals need nothing", price, texts("12.5|1234.567"), ""},
		{"a comma before one digit", price, texts("12,5|7"), "decimal=,"},
		{"groups with points", price, texts("1.234,50|8"), "decimal=,"},
		{"groups with commas", price, texts("1,234.50|8"), "decimal=."},
		{"several groups are groups", price, texts("1.234.567"), "decimal=,"},
		{"groups with spaces and a comma", price, texts("1 234,50"), "decimal=,"},
		{"groups with apostrophes", price, texts("1'234.50|1’234"), "decimal=."},
		{"groups with spaces alone", price, texts("1 234|12"), "decimal=."},
		{"three digits behind a comma may be either", price, texts("1,234|5"), "decimal=? or , or ."},
		{"three digits behind a point may be either", price, texts("1.234|5"), "decimal=? or , or ."},
		{"another number settles it", price, texts("1,234|5,5"), "decimal=,"},
		{"and the other way", price, texts("1,234|5.5"), "decimal=."},
		{"a zero in front is no group", price, texts("0.125|0.250"), ""},
		{"both are a contradiction", price, texts("12,5|12.5"), "decimal=? or , or ."},
		{"both kinds of three digits are one too", price, texts("1,234|1.234"), "decimal=? or , or ."},
		{"a whole number has groups only", whole, texts("1,234|5"), "decimal=."},
		{"of either kind", whole, texts("1.234|5"), "decimal=,"},
		{"a latitude has no groups", latitude, texts("51.123|50.999"), "decimal=."},
		{"with a comma neither", latitude, texts("51,123|50,999"), "decimal=,"},
		{"a proof that would put another latitude off the globe is none", latitude, texts("48,1372|51.234"), "decimal=? or , or ."},
		{"nor is it the other way round", latitude, texts("48.1372|51,234"), "decimal=? or , or ."},
		{"another latitude settles it, too", latitude, texts("1.0|1.234"), "decimal=."},
		{"whether the API says so or not", longitude, texts("13,704|13,714"), "decimal=,"},
		{"nor has a longitude in the west", longitude, texts("-1,234"), "decimal=,"},
		{"the globe goes around once", longitude, texts("0,001"), "decimal=,"},
		{"what one number settles is said for all", price, texts("5.5|2.345"), "decimal=."},
		{"numbers of a workbook need nothing", price, some(3, number("1.234")), ""},
		{"text beside them does", price, append(some(3, number("1.5")), text("1.234,50")), "decimal=,"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, option(seen(c.cells...).ReadAs("Price", c.field, nil))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordsForTrueAndFalse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says  string
		cells []sheet.Cell
		want  string
	}{
		{"Y and N", texts("Y|N|Y|"), "true=Y false=N"},
		{"the spelling of the sheet, letter case aside", texts("Yes|no|YES"), "true=Yes false=no"},
		{"several words for one thing", texts("y|yes|n|no"), "true=y,yes false=n,no"},
		{"what the API documents needs no words", texts("TRUE|false|1|0"), ""},
		{"beside other words it is listed", texts("1|0|yes"), "true=1,yes false=0"},
		{"German", texts("Ja|Nein"), "true=Ja false=Nein"},
		{"French", texts("VRAI|FAUX"), "true=VRAI false=FAUX"},
		{"an accent that is a character of its own", texts("si\u0301|no"), "true=si\u0301 false=no"},
		{"a cross or nothing", texts("x||x"), "true=x"},
		{"one word alone brings its opposite, in its letter case", texts("Y|Y"), "true=Y false=N"},
		{"of either kind", texts("Nein"), "true=Ja false=Nein"},
		{"an Access export", texts("-1|0"), "true=-1 false=0"},
		{"booleans of a workbook need no words", some(3, boolean("true")), ""},
		{"text beside them does", append(some(3, boolean("true")), text("N")), "true=Y false=N"},
		{"numbers of a workbook do not", append(some(3, number("1")), number("0")), ""},
		{"a tick and a cross", texts("✓|x"), `true=? false=? or true: "✓", false: "x" or true: "x", false: "✓"`},
		{"a letter alone says too little", texts("T|T"), "true=? false=?"},
		{"other words are a choice", texts("active|gone"), `true=? false=? or true: "active", false: "gone" or true: "gone", false: "active"`},
		{"three words are one without a proposal", texts("Y|N|maybe"), "true=? false=?"},
		{"one odd word among many is a problem of its row", append(append(some(30, text("Y")), some(30, text("N"))...), text("maybe")), "true=Y false=N"},
		{"one odd word among those that the API documents, too", append(some(60, text("true")), text("maybe")), ""},
		{"names", texts("Ida|Urs|Bo|Cy|Di|Ed|Fi|Gus|Hal|Ike"), "true=? false=?"},
		{"an empty column", texts("|"), ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			got := seen(c.cells...).ReadAs("News", &model.Field{Name: "news", Kind: model.Boolean}, nil)
			if diff := cmp.Diff(c.want, option(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumnsOfNames(t *testing.T) {
	t.Parallel()
	whole, word := &model.Field{Name: "groupId", Kind: model.Integer, Lookup: "groups"}, &model.Field{Name: "region", Kind: model.String, Lookup: "regions"}
	one, two := []string{"name"}, []string{"name", "reference"}
	for _, c := range []struct {
		says, header string
		field        *model.Field
		lookups      []string
		cells        []sheet.Cell
		want         string
	}{
		{"digits are ids", "Group", whole, one, texts("12|13"), ""},
		{"words are names", "Group", whole, one, texts("Housing|Schools & Colleges"), "lookup=name"},
		{"both are a choice", "Group", whole, one, texts("Housing|13"), "lookup=? or name or no lookup"},
		{"a stray number is a name that nothing has", "Group", whole, one, append(some(40, text("Housing")), text("13")), "lookup=name"},
		{"the header says by which word", "Parent reference", whole, two, texts("A-1|A-2"), "lookup=reference"},
		{"one that does not say leaves it open", "Parent", whole, two, texts("A-1|A-2"), "lookup=? or name or reference"},
		{"ids that are text", "Region ID", word, one, texts("rgn_north|rgn_south"), ""},
		{"names beside ids that are text", "Region", word, one, texts("North|East Riding"), "lookup=name"},
		{"text that may be either", "Region", word, one, texts("north|south"), "lookup=? or name or no lookup"},
		{"a target that looks nothing up", "Region", word, nil, texts("north"), ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, option(seen(c.cells...).ReadAs(c.header, c.field, c.lookups))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEvidenceIsSmall keeps what is known of a column from growing with the sheet.
func TestEvidenceIsSmall(t *testing.T) {
	t.Parallel()
	e := &mapping.Evidence{}
	for i := range 2000 {
		cell := text([]string{fmt.Sprintf("%d/%d/%d", i%31+1, i%12+1, 1900+i%200), fmt.Sprint("name ", i), fmt.Sprintf("%d,%d", i, i%1000)}[i%3])
		e.Add(&cell)
	}
	if len(e.Examples) != 3 || e.Filled != 2000 || e.Empty() || e.AllDigits() {
		t.Errorf("%d examples of %d values, want 3 of 2000", len(e.Examples), e.Filled)
	}
	const most = 8000
	if all := fmt.Sprintf("%+v", *e); len(all) > most {
		t.Errorf("2000 different values leave %d characters, want at most %d:\n%.400s", len(all), most, all)
	}
}
