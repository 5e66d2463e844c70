package sheet

import (
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxSheets bounds the list of sheets in a workbook.
const maxSheets = maxParts

// workbook is what the small parts of a workbook say.
type workbook struct {
	parts    *archive
	name     string // of the part itself
	sheets   []worksheet
	date1904 bool
	formats  []format // by style index
	texts    sharedTexts
}

// worksheet is one sheet of a workbook.
type worksheet struct {
	name   string
	part   string
	hidden bool
}

// relation is one entry of a relationships part.
type relation struct {
	id       string
	kind     string // last segment of its type, which strict and transitional workbooks share
	target   string // name of the part
	external bool
}

// readWorkbook reads everything but the sheets.
func readWorkbook(parts *archive) (*workbook, error) {
	w := &workbook{parts: parts, name: "xl/workbook.xml"}
	roots, err := parts.relations("")
	if err != nil {
		return nil, err
	}
	if root, ok := findKind(roots, "officeDocument"); ok {
		w.name = root.target
	}
	relations, err := parts.relations(w.name)
	if err != nil {
		return nil, err
	}
	if err := w.readSheets(relations); err != nil {
		return nil, err
	}
	if styles, ok := findKind(relations, "styles"); ok {
		if err := w.readStyles(styles.target); err != nil {
			return nil, err
		}
	}
	if texts, ok := findKind(relations, "sharedStrings"); ok {
		if w.texts, err = readSharedTexts(parts, texts.target); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// findKind is the first relation of a kind that stays within the workbook.
func findKind(relations []relation, kind string) (relation, bool) {
	i := slices.IndexFunc(relations, func(r relation) bool { return r.kind == kind && !r.external })
	if i < 0 {
		return relation{}, false
	}
	return relations[i], true
}

// relations reads the relationships of a part; "" stands for the whole archive. A part without any has no relationships
// part.
func (a *archive) relations(of string) ([]relation, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if a.parts[partName(name)] == nil {
		return nil, nil
	}
	var relations []relation
	err := a.elements(name, func(_ string, el xml.StartElement) error {
		if el.Name.Local != "Relationship" {
			return nil
		}
		target := strings.ReplaceAll(attribute(el, "Target"), `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		relations = append(relations, relation{
			id:       attribute(el, "Id"),
			kind:     path.Base(attribute(el, "Type")),
			target:   strings.TrimPrefix(path.Clean("/"+target), "/"),
			external: strings.EqualFold(attribute(el, "TargetMode"), "External"),
		})
		return nil
	})
	return relations, err
}

// readSheets reads the list of worksheets. Chart sheets and the like have no rows and are left out.
func (w *workbook) readSheets(relations []relation) error {
	names := map[string]bool{}
	return w.parts.elements(w.name, func(parent string, el xml.StartElement) error {
		switch {
		case el.Name.Local == "workbookPr":
			date1904 := attribute(el, "date1904")
			w.date1904 = date1904 == "1" || date1904 == "true"
		case el.Name.Local == "sheet" && parent == "sheets":
			name := attribute(el, "name")
			if names[strings.ToLower(name)] || len(names) == maxSheets {
				return &Error{Reason: fmt.Sprintf("the workbook has sheet %q twice, or too many sheets", name),
					Remedy: remedyResave}
			}
			names[strings.ToLower(name)] = true
			id := relationID(el)
			i := slices.IndexFunc(relations, func(r relation) bool { return r.id == id })
			if i < 0 || relations[i].external {
				return &Error{Reason: fmt.Sprintf("sheet %q is not in the workbook", name), Remedy: remedyResave}
			}
			if relations[i].kind == "worksheet" {
				state := attribute(el, "state")
				hidden := state != "" && state != "visible"
				w.sheets = append(w.sheets, worksheet{name: name, part: relations[i].target, hidden: hidden})
			}
		}
		return nil
	})
}

// relationID is the r:id of an element, under whichever prefix and namespace.
func relationID(el xml.StartElement) string {
	for _, a := range el.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// choose returns the sheet of that name, or the first visible one.
func (w *workbook) choose(name string) (worksheet, error) {
	for _, s := range w.sheets {
		if name == "" && !s.hidden || name != "" && strings.EqualFold(s.name, name) {
			return s, nil
		}
	}
	e := &Error{Reason: fmt.Sprintf("there is no sheet %q", name),
		Remedy: "the sheets are: " + strings.Join(w.names(), ", ")}
	if name == "" {
		e.Reason = "the workbook has no visible sheet"
	}
	if len(w.sheets) == 0 {
		e.Remedy = "the workbook has no worksheets at all; add one with a header and rows"
	}
	return worksheet{}, e
}

// names lists the worksheets.
func (w *workbook) names() []string {
	var names []string
	for _, s := range w.sheets {
		names = append(names, s.name)
	}
	return names
}

// hiddenNames lists the worksheets that Excel does not show.
func (w *workbook) hiddenNames() []string {
	var names []string
	for _, s := range w.sheets {
		if s.hidden {
			names = append(names, s.name)
		}
	}
	return names
}
