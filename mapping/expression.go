package mapping

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// expression is a compiled `compute` entry: an expression of the expr language over `row`, a map from header to text.
type expression struct {
	program *vm.Program
	columns []string // headers that it reads, as it writes them, each once
}

// columnFinder collects the headers in row["..."] while the expression is compiled.
type columnFinder struct {
	columns []string
	other   int // uses of row that do not name a column
}

// Visit notes one use of row. A member is visited after what it is a member of.
func (f *columnFinder) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if n.Value == "row" || n.Value == "$env" {
			f.other++
		}
	case *ast.MemberNode:
		base, ok := n.Node.(*ast.IdentifierNode)
		name, named := n.Property.(*ast.StringNode)
		if !ok || !named || base.Value != "row" {
			return
		}
		f.other--
		if !slices.Contains(f.columns, name.Value) {
			f.columns = append(f.columns, name.Value)
		}
	}
}

// compileExpression compiles source; the error says what is wrong in one line. Which columns an expression reads must be
// plain from its text: a column that is missing from the sheet would be blank in every row otherwise.
func compileExpression(source string) (*expression, error) {
	finder := &columnFinder{}
	program, err := expr.Compile(source, expr.Env(map[string]any{"row": map[string]string{}}), expr.Patch(finder))
	if err != nil {
		return nil, fmt.Errorf("the expression cannot be read: %s", firstLine(err))
	}
	if finder.other > 0 {
		return nil, errors.New(`the expression uses row without the name of a column; write row["Header"], with the header in quotes`)
	}
	return &expression{program: program, columns: finder.columns}, nil
}

// eval is the text of the expression for one row; a nil result is blank.
func (e *expression) eval(row map[string]string) (string, error) {
	result, err := expr.Run(e.program, map[string]any{"row": row})
	if err != nil {
		return "", fmt.Errorf("the expression failed: %s", firstLine(err))
	}
	return resultText(result)
}

// resultText is the result of an expression as the text of a cell. Lists and maps have none.
func resultText(result any) (string, error) {
	switch v := result.(type) {
	case nil:
		return "", nil
	case string:
		if !utf8.ValidString(v) {
			return "", errors.New("the expression cuts a character in two")
		}
		return v, nil
	case bool, int, int64:
		return fmt.Sprint(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", errors.New("the expression divides by zero or gives a number without bounds")
		}
		return excelNumber(strconv.FormatFloat(v, 'g', -1, 64)), nil
	case time.Time:
		if isMidnight(v) {
			return v.Format(time.DateOnly), nil
		}
		return v.Format(time.RFC3339), nil
	}
	return "", fmt.Errorf("the expression gives %T, which is no single value", result)
}

// firstLine is an error of the expression library without its drawing of the place.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
