package sheet

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Bounds of the lists in a workbook.
const (
	maxSheets    = maxParts
	maxRelations = 4 * maxParts
)

// workbook is what the small parts of a workbook say.
type workbook struct {
	parts    *archive
	name     string // of the part itself
	sheets   []worksheet
	date1904 bool
	external bool         // it refers to other workbooks
	formats  []format     // by style index
	texts    *sharedTexts // nil for none
}

// worksheet is one sheet of a workbook.
type worksheet struct {
	name   string
	part   string
	hidden bool
	very   bool // hidden from the list of hidden sheets too
}

// relation is one entry of a relationships part.
type relation struct {
	id       string
	kind     string // last segment of its type, which strict and transitional workbooks share
	target   string // name of the part
	external bool
}

// readWorkbook reads everything but the sheets. Shared texts that the memory cannot hold go to a file in dir; close
// removes it.
func readWorkbook(parts *archive, dir string) (*workbook, error) {
	w := &workbook{parts: parts, name: "xl/workbook.xml"}
	roots, err := parts.relations("")
	if err != nil {
		return nil, err
	}
	if root, err := findKind(roots, "officeDocument"); err != nil {
		return nil, err
	} else if root != "" {
		w.name = root
	}
	relations, err := parts.relations(w.name)
	if err != nil {
		return nil, err
	}
	w.external = slices.ContainsFunc(relations, func(r relation) bool { return r.kind == "externalLink" })
	if err := w.readSheets(relations); err != nil {
		return nil, err
	}
	styles, err := findKind(relations, "styles")
	if err != nil {
		return nil, err
	}
	if styles != "" {
		if err := w.readStyles(styles); err != nil {
			return nil, err
		}
	}
	texts, err := findKind(relations, "sharedStrings")
	if err != nil || texts == "" {
		return w, err
	}
	w.texts, err = readSharedTexts(parts, texts, dir)
	return w, err
}

// findKind is the target of the one relation of a kind, "" if there is none.
func findKind(relations []relation, kind string) (target string, err error) {
	for _, r := range relations {
		switch {
		case r.kind != kind, r.target == target && !r.external:
		case r.external:
			return "", damaged("the workbook keeps its %s in another file", kind)
		case target != "":
			return "", damaged("the workbook names two parts as its %s: %s and %s", kind, target, r.target)
		default:
			target = r.target
		}
	}
	return target, nil
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
	err := a.visit(name, spaceRelations, func(p *part, _ string) error {
		if string(p.local(spaceRelations)) != "Relationship" {
			return nil
		}
		if len(relations) == maxRelations {
			return p.damaged(errors.New("it has too many relationships"))
		}
		target := strings.ReplaceAll(p.attribute("Target"), `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		relations = append(relations, relation{
			id:       p.attribute("Id"),
			kind:     path.Base(p.attribute("Type")),
			target:   strings.TrimPrefix(path.Clean("/"+target), "/"),
			external: strings.EqualFold(p.attribute("TargetMode"), "External"),
		})
		return nil
	})
	return relations, err
}

// readSheets reads the list of worksheets. Chart sheets and the like have no rows and are left out.
func (w *workbook) readSheets(relations []relation) error {
	names := map[string]bool{}
	return w.parts.visit(w.name, spaceMain, func(p *part, parent string) error {
		switch name := p.local(spaceMain); {
		case p.depth == 1 && string(name) != "workbook":
			return p.damaged(fmt.Errorf("it is not a workbook but a %s", p.element))
		case string(name) == "workbookPr":
			w.date1904 = isTrue(p.attribute("date1904"))
		case string(name) == "sheet" && parent == "sheets":
			name := p.attribute("name")
			if names[strings.ToLower(name)] || len(names) == maxSheets {
				return damaged("the workbook has sheet %q twice, or too many sheets", name)
			}
			names[strings.ToLower(name)] = true
			return w.addSheet(p, name, relations)
		}
		return nil
	})
}

// addSheet takes the sheet that the last tag names.
func (w *workbook) addSheet(p *part, name string, relations []relation) error {
	id := relationID(p)
	i := slices.IndexFunc(relations, func(r relation) bool { return r.id == id })
	if i < 0 || relations[i].external {
		return damaged("sheet %q is not in the workbook", name)
	}
	if relations[i].kind != "worksheet" {
		return nil
	}
	state := p.attribute("state")
	w.sheets = append(w.sheets, worksheet{name: name, part: relations[i].target,
		hidden: state != "" && state != "visible", very: state == "veryHidden"})
	return nil
}

// isTrue reports whether a boolean attribute is set.
func isTrue(value string) bool { return value == "1" || value == "true" }

// relationID is the r:id of the element that the last tag opened, under whichever prefix.
func relationID(p *part) string {
	for _, a := range p.attrs {
		if string(a.name) == "id" && a.space == spaceOffice {
			return string(a.value)
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

// otherNames lists the worksheets beside the chosen one that Excel shows.
func (w *workbook) otherNames(chosen worksheet) []string {
	var names []string
	for _, s := range w.sheets {
		if !s.hidden && s.name != chosen.name {
			names = append(names, s.name)
		}
	}
	return names
}

// ownLists is the hidden worksheet with lists to choose from, in a workbook that Rollcall wrote.
const ownLists = "Lists"

// hiddenNames lists the worksheets that Excel does not show, without Rollcall's own.
func (w *workbook) hiddenNames(marked bool) []string {
	var names []string
	for _, s := range w.sheets {
		if marked && s.name == ownLists {
			continue
		}
		if s.very {
			names = append(names, s.name+" (very hidden)")
		} else if s.hidden {
			names = append(names, s.name)
		}
	}
	return names
}
