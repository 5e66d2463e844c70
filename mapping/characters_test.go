package mapping_test

import (
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// What cannot be seen is told and never taken away: in a text as a warning, where every character counts as a problem.
func TestCharactersThatCannotBeSeenInText(t *testing.T) {
	t.Parallel()
	warned := func(name, text_, where string) cellCase {
		return cellCase{name: name, cell: text(text_), want: text_, wrong: "invisible_in_text: " + where}
	}
	runCells(t, "note", []cellCase{
		warned("a zero width space", "Ida\u200bExample", `a zero width space (U+200B) stands between "Ida" and "Example"`),
		warned("a soft hyphen", "Exam\u00adple", `a soft hyphen (U+00AD) stands between "Exam" and "ple"`),
		warned("a byte order mark at the beginning", "\ufeffIda", `a byte order mark (U+FEFF) stands before "Ida"`),
		warned("marks of direction around a number, as phones copy it", "\u202a+49 170 123\u202c", `a left-to-right embedding (U+202A) stands before "+49 170 123\u202c"`),
		warned("a joiner that joins nothing", "Ida\u200dExample", `a zero width joiner (U+200D) stands between "Ida" and "Example"`),
		warned("a character without a name of its own", "Ida\u2061", `an invisible character (U+2061) stands behind "Ida"`),
		{name: "nothing but one is not blank", cell: text(" \u200b "), want: "-",
			wrong: "invisible_character: the cell holds nothing that can be seen but a zero width space (U+200B)"},
		{name: "an emoji that is joined from three", cell: text("Ida 👩\u200d🚒\ufe0f"), want: "Ida 👩\u200d🚒\ufe0f"},
		{name: "a letter that needs its non-joiner", cell: text("می\u200cخواهم"), want: "می\u200cخواهم"},
		{name: "a mark of direction in a text that needs it", cell: text("שלום\u200f!"), want: "שלום\u200f!"},
		{name: "a no-break space, which French puts there", cell: text("M.\u00a0Dupont"), want: "M.\u00a0Dupont"},
		{name: "letters of all kinds", cell: text("Zoë Ñandú 李 Łódź ＡＢ"), want: "Zoë Ñandú 李 Łódź ＡＢ"},
	})
}

// Two keys that look the same and are not would make a second record of one.
func TestCharactersThatCannotBeSeenInKeys(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}}, Identity: mapping.Identity{Key: []string{"code"}}}
	mp := compile(t, cfg, m, "Code")
	for _, tt := range []struct{ name, cell, want string }{
		{"a no-break space", "Ida\u00a0Example", `invisible_in_text: a no-break space (U+00A0) stands between "Ida" and "Example"`},
		{"a no-break space at the end", "Ida\u00a0", `invisible_in_text: a no-break space (U+00A0) stands behind "Ida"`},
		{"a narrow one", "Ida\u202fE", `invisible_in_text: a narrow no-break space (U+202F) stands between "Ida" and "E"`},
		{"a thin space", "Ida\u2009E", `invisible_in_text: an odd blank (U+2009) stands between "Ida" and "E"`},
		{"a word joiner", "Ida\u2060E", `invisible_in_text: a word joiner (U+2060) stands between "Ida" and "E"`},
		{"the blank of East Asian names", "山田\u3000太郎", ""},
		{"a plain space", "Ida Example ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(textRow(tt.cell))
			if got := problemText(c.Problems); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := c.Record[m.Index("code")].Text; got != tt.cell || c.Stopped() != nil {
				t.Errorf("got %q, stopped by %v, want the text as it is, and sent", got, c.Stopped())
			}
		})
	}
}

// In a number, a date or a word nothing may stand that cannot be seen; what Parse trims is trimmed.
func TestCharactersThatCannotBeSeenInValues(t *testing.T) {
	t.Parallel()
	const where = `invisible_character: a zero width space (U+200B) stands behind `
	runCells(t, "amount", []cellCase{
		{name: "a whole number", cell: text("42\u200b"), want: "-", wrong: where + `"42"`},
		{name: "a no-break space around it is trimmed", cell: text("\u00a042\u00a0"), want: "42"},
		{name: "a number that is none anyway", cell: text("C-1\u200b"), want: "-", wrong: where + `"C-1"`},
	})
	runCells(t, "price", []cellCase{{name: "a number", cell: text("4.25\u200b"), want: "-", wrong: where + `"4.25"`}})
	runCells(t, "fragile", []cellCase{{name: "a word", cell: text("true\u200b"), want: "-", wrong: where + `"true"`}})
	runCells(t, "packed", []cellCase{{name: "a date", cell: text("2026-01-02\u200b"), want: "-", wrong: where + `"2026-01-02"`}})
	runCells(t, "size", []cellCase{{name: "a word of a list", cell: text("small\u200b"), want: "small\u200b",
		wrong: "invisible_in_text: a zero width space (U+200B) stands behind \"small\"\nnot_allowed: allowed: small, large"}})
	m, table := customer(t).Model, model.NewTable([]model.Entry{{Name: "Beer", ID: "1"}})
	c := compile(t, lookupJob(mapping.Column{Lookup: "name"}, table), m, "Customer", "Segment").Decode(textRow("Mill", "Beer\u200b"))
	if got, want := problemText(c.Problems), where+`"Beer"`; got != want {
		t.Errorf("in a name that is looked up: got %q, want %q", got, want)
	}
}

func TestControlCharactersBeyondASCII(t *testing.T) {
	t.Parallel()
	runCells(t, "note", []cellCase{
		{name: "a quote of Windows-1252 that was read as ISO 8859-1", cell: text("Ida\u0092s"), want: "-",
			wrong: `bad_encoding: a control character (U+0092) stands between "Ida" and "s", as in a text that was read in the wrong encoding`},
		{name: "delete", cell: text("Ida\x7f"), want: "-", wrong: "bad_character: the cell holds a control character that no API can store"},
	})
	runCells(t, "amount", []cellCase{{name: "delete in a number", cell: text("4\x7f2"), want: "-", wrong: "bad_character: the cell holds a control character that no API can store"}})
}

func TestLettersThatAreNotWhatTheyWere(t *testing.T) {
	t.Parallel()
	garbled := func(name, is, was string) cellCase {
		return cellCase{name: name, cell: text(is), want: is, wrong: `garbled_letters: "` + is + `" looks like "` + was + `", read in the wrong encoding`}
	}
	runCells(t, "note", []cellCase{
		garbled("an umlaut", "MÃ¼ller", "Müller"),
		garbled("quotes", "â€œIdaâ€™s", "“Ida’s"),
		garbled("an euro", "5 â‚¬", "5 €"),
		garbled("a letter of central Europe", "KovÃ¡Å™", "Kovář"),
		{name: "beside a letter that is right", cell: text("Müller MÃ¼ller"), want: "Müller MÃ¼ller"},
		{name: "letters that are right", cell: text("SÃO JOÃO, Ângela Åse"), want: "SÃO JOÃO, Ângela Åse"},
		{name: "a quote behind a letter", cell: text("«CAFÉ» Â«x»"), want: "«CAFÉ» Â«x»"},
		{name: "accents apart from their letters", cell: text("Zoe\u0308 Nin\u0303o"), want: "Zoe\u0308 Nin\u0303o"},
	})
}

// Programs of DOS and of old Macs have their own letters beyond ASCII, and nothing in a file tells. What becomes of them is told
// by where it stands.
func TestLettersOfOlderEncodings(t *testing.T) {
	t.Parallel()
	looks := func(name, is, was string) cellCase {
		return cellCase{name: name, cell: text(is), want: is, wrong: `garbled_letters: "` + is + `" looks like ` + was + `, read in the wrong encoding`}
	}
	sound := func(name, is string) cellCase { return cellCase{name: name, cell: text(is), want: is} }
	runCells(t, "note", []cellCase{
		looks("of DOS", "J„ger", `"Jäger" (cp850)`),
		looks("of DOS, several", "K”ln-M„rz, Caf‚ a‡a", `"Köln-März, Café aça" (cp850)`),
		looks("of DOS, in capitals", "K™LN", `"KÖLN" (cp850)`),
		looks("of DOS, at the beginning of a word", "™sterreich", `"Österreich" (cp850) or "ôsterreich" (macintosh)`),
		looks("of a Mac", "Stra§e", `"Straße" (macintosh)`),
		looks("of a Mac, a capital within a word", "MŸller", `"Müller" (macintosh)`),
		looks("of either", "KŠse", `"Kèse" (cp850) or "Käse" (macintosh)`),
		{name: "a byte that Windows-1252 has no sign for", cell: text("M\u0081ller"), want: "-",
			wrong: `bad_encoding: a control character (U+0081) stands between "M" and "ller", as in a text that was read in the wrong encoding; it looks like "Müller" (cp850)`},
		sound("quotes around a word", "Haus „Jäger“ und ”Ida”"),
		sound("quotes without a blank", "Haus„am See“"),
		sound("a sign behind a name", "Ida™ GmbH, Foo™"),
		sound("a name with a sign in it", "Foo™Bar"),
		sound("money and footnotes", "5 €, 7£, §5, Ida† ‡"),
		sound("dashes, dots and apostrophes between letters", "a–b—c…d’e·f"),
		sound("names of central Europe", "Škoda Živnost Žižkov OŠ Lübeck Œuvre Ÿ"),
		sound("names of it in capitals", "KOŠICE, DŽ"),
		sound("other letters beside it", "Łód„ź"),
	})
}

// An address with letters of two alphabets in one word is not the one that it looks like.
func TestLettersOfAddressesThatLookAlike(t *testing.T) {
	t.Parallel()
	m := contact(t)
	mp := compile(t, contactConfig(), m, contactHeader()...)
	for _, tt := range []struct{ name, cell, want string }{
		{"a Cyrillic a", "id\u0430@example.org", `lookalike_letters: the letter 'а' (U+0430) is Cyrillic, and its neighbours are Latin`},
		{"a Greek o in the domain of the second address", "ida@example.org, bo@example.\u03bfrg",
			`lookalike_letters: the letter 'ο' (U+03BF) is Greek, and its neighbours are Latin`},
		{"an Armenian letter", "ida@\u0578ame.example", `lookalike_letters: the letter 'ո' (U+0578) is Armenian, and its neighbours are Latin`},
		{"wide letters", "\uff49da@example.org", `lookalike_letters: the character 'ｉ' (U+FF49) only looks like "i"`},
		{"a bold letter", "𝗶da@example.org", `lookalike_letters: the character '𝗶' (U+1D5F6) only looks like "i"`},
		{"a wide at sign", "ida＠example.org", `lookalike_letters: the character '＠' (U+FF20) only looks like "@"`},
		{"a zero width space", "ida\u200b@example.org", `invisible_character: a zero width space (U+200B) stands between "ida" and "@example.org"`},
		{"a no-break space", "ida@example.org,\u00a0bo@example.org", `invisible_character: a no-break space (U+00A0) stands between "ida@example.org," and "bo@example.org"`},
		{"a joiner between letters beyond ASCII", "ж\u200dж@example.org", ""},
		{"all of it in another alphabet", "почта@пример.рф", ""},
		{"words of two alphabets", "иван.smith@example.org", ""},
		{"accents apart from their letters", "zoe\u0308@example.org, n\u0303@example.org",
			"decomposed_letters: accents stand apart from their letters: 32 characters where 30 would do"},
		{"an accent that no letter has in it", "x\u0301@example.org", ""},
		{"accents", "zoë@exämple.org, łukasz@example.org", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(textRow("Ida", "17", tt.cell, "", ""))
			if got := problemText(c.Problems); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if warns := strings.HasPrefix(tt.want, "decomposed"); (c.Stopped() != nil) != (tt.want != "" && !warns) {
				t.Errorf("got a row stopped by %v, want it to be stopped by such a letter alone", c.Stopped())
			}
		})
	}
}

// A field that the documents do not call an e-mail address may be called so by its name.
func TestFieldsThatAreAddressesByName(t *testing.T) {
	t.Parallel()
	none := model.Rules{MaxLength: -1}
	for name, want := range map[string]bool{"contact_person.email": true, "primaryEmailAddress": true, "template.fields.E-mail 2": true, "email.note": false, "name": false} {
		m := model.NewModel("depot", "shelf", []model.Field{{Name: name, Kind: model.String, Rules: none}})
		cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Cell", Field: name}}, Identity: mapping.Identity{Key: []string{name}}}
		c := compile(t, cfg, m, "Cell").Decode(textRow("id\u0430@example.org"))
		if got := strings.HasPrefix(problemText(c.Problems), "lookalike_letters"); got != want {
			t.Errorf("%s: got %v, want a look-alike letter to be found: %v", name, c.Problems, want)
		}
	}
}
