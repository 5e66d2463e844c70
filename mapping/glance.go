package mapping

import (
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// glance says of the cells of a column which texts are what they seem at first sight: most are. Of all others it says nothing.
type glance struct {
	never   bool              // every cell needs a closer look
	blank   bool              // a blank cell says nothing, and that is fine
	ascii   bool              // letters beyond ASCII need a closer look
	numeric bool              // a text that begins like a number may have lost digits
	truth   bool              // the column has true and false
	words   map[string]string // the column's own words as the job spells them -> "true" or "false"; nil if it has none
}

// glanceOf is how the cells of a column can be looked at.
func glanceOf(b *binding, f *model.Field) glance {
	g := glance{
		never: b.spec.LooksUp() || !b.judged(f) || f.In == model.InPath && f.Kind == model.String || b.layout != "" || most(f) != "" ||
			b.words != nil && f.Kind != model.Boolean || b.spec.Decimal != "" && f.Kind == model.Number,
		blank: b.spec.Blank != BlankClear && b.spec.Blank != BlankError && !b.spec.Required,
		ascii: isAddress(f), numeric: f.Kind == model.String, truth: b.words == nil && f.Kind == model.Boolean && f.Enum == nil,
	}
	if b.words == nil {
		return g
	}
	g.words = map[string]string{}
	for _, word := range b.spec.True {
		g.words[word] = "true"
	}
	for _, word := range b.spec.False {
		g.words[word] = "false"
	}
	return g
}

// value is what a cell says, if nothing can be wrong or doubtful about it. For every cell that it takes, [Mapping.decodeCell]
// and [model.Model.Validate] come to the same; they are for the others.
func (g *glance) value(cell *sheet.Cell, f *model.Field) (model.Value, bool) {
	if g.never || cell.Kind != sheet.Text || cell.Damage != sheet.DamageNone {
		return model.Value{}, false
	}
	text := cell.Text
	if text == "" {
		return model.Value{}, g.blank
	}
	if g.truth {
		return model.Value{Kind: model.Boolean, Text: text}, text == "true" || text == "false"
	}
	first, last := text[0], text[len(text)-1]
	if first <= ' ' || first == '=' || first > '~' || last <= ' ' || last > '~' {
		return model.Value{}, false
	}
	if g.words != nil {
		truth, known := g.words[text]
		return model.Value{Kind: model.Boolean, Text: truth}, known
	}
	if odd := look(text); odd != 0 && (odd != beyond || g.ascii) {
		return model.Value{}, false
	}
	if g.numeric && mayHaveExponent(text) {
		return model.Value{}, false
	}
	return f.Accept(text)
}

// mayHaveExponent reports whether a text may be a number in exponent form: it begins with a digit and a decimal separator.
func mayHaveExponent(text string) bool {
	if text[0] == '+' || text[0] == '-' {
		text = text[1:]
	}
	return len(text) > 1 && text[0] >= '0' && text[0] <= '9' && (text[1] == '.' || text[1] == ',')
}
