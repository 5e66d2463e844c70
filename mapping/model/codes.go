package model

import "slices"

// Codes of rules that a documented model sets. Validate and Parse find them.
const (
	CodeRequired    Code = "required"
	CodeTooShort    Code = "too_short"
	CodeTooLong     Code = "too_long"
	CodeBadPattern  Code = "bad_pattern"
	CodeBadEmail    Code = "bad_email"
	CodeBadURI      Code = "bad_uri"
	CodeNotAllowed  Code = "not_allowed"
	CodeTooSmall    Code = "too_small"
	CodeTooLarge    Code = "too_large"
	CodeNotText     Code = "not_text"
	CodeNotInteger  Code = "not_integer"
	CodeNotNumber   Code = "not_number"
	CodeNotBoolean  Code = "not_boolean"
	CodeBadDate     Code = "bad_date"
	CodeNotNullable Code = "not_nullable"
	CodeNeedsField  Code = "needs_field"
	CodeUpdateOnly  Code = "update_only"
)

// Codes of what a sheet and its mapping can have. Package mapping finds them.
const (
	CodeBlankRequired  Code = "blank_required"
	CodeUnknownAction  Code = "unknown_action"
	CodeRaggedRow      Code = "ragged_row"
	CodeScientific     Code = "scientific"
	CodeTooManyDigits  Code = "too_many_digits"
	CodeCellError      Code = "cell_error"
	CodeFormulaNoValue Code = "formula_no_value"
	CodeBadCharacter   Code = "bad_character"
	CodeBadEncoding    Code = "bad_encoding"
	CodeDateInText     Code = "date_in_text"
	CodeMoneyDecimals  Code = "money_decimals"
	CodeComputeFailed  Code = "compute_failed"
	CodeBlankKey       Code = "blank_key"
	CodeDuplicateKey   Code = "duplicate_key"
	CodeLookupNone     Code = "lookup_none"
	CodeLookupMany     Code = "lookup_many"
	CodeHiddenRow      Code = "hidden_row"
	CodeMergedCells    Code = "merged_cells"
	CodeLegacyLimit    Code = "legacy_limit"
)

// Codes of cells whose value is not what it seems to be, and of rows that are no records. Package mapping finds them.
const (
	CodeDateInNumber       Code = "date_in_number"
	CodeNumberInDate       Code = "number_in_date"
	CodeImpossibleDate     Code = "impossible_date"
	CodeAmbiguousDate      Code = "ambiguous_date"
	CodeAmbiguousNumber    Code = "ambiguous_number"
	CodeInvisibleCharacter Code = "invisible_character"
	CodeInvisibleInText    Code = "invisible_in_text"
	CodeLookalikeLetters   Code = "lookalike_letters"
	CodeDecomposedLetters  Code = "decomposed_letters"
	CodeGarbledLetters     Code = "garbled_letters"
	CodeFormulaText        Code = "formula_text"
	CodeBadID              Code = "bad_id"
	CodeForeignID          Code = "foreign_id"
	CodeRepeatedHeader     Code = "repeated_header"
	CodeFooterRow          Code = "footer_row"
)

// Codes of records that an export writes. Package mapping finds them.
const (
	CodeNotExported Code = "not_exported"
	CodeSetByJob    Code = "set_by_job"
)

// Codes of decisions about a row. Package plan takes them.
const (
	CodeExists         Code = "exists"
	CodeNoMatch        Code = "no_match"
	CodeAmbiguous      Code = "ambiguous"
	CodeIDNotFound     Code = "id_not_found"
	CodeImmutable      Code = "immutable"
	CodeParentNotFound Code = "parent_not_found"
	CodeGone           Code = "gone"
	CodeActionSkip     Code = "action_skip"
	CodeNotRebuildable Code = "not_rebuildable"
	CodeChangedBoth    Code = "changed_both"
	CodeChangedInAPI   Code = "changed_in_api"

	CodeParentCycle      Code = "parent_cycle"
	CodeParentNotCreated Code = "parent_not_created"
)

// Codes of what an undo finds. Packages sync and plan find them.
const (
	CodeKeptChanged Code = "kept_changed"
	CodeKeptField   Code = "kept_field"
	CodeUndoCreate  Code = "undo_create"
	CodeUndoDoubt   Code = "undo_doubt"
	CodeUndoField   Code = "undo_field"
)

// Codes of how a request can end. Package push finds them.
const (
	CodeAPIRejected    Code = "api_rejected"
	CodeDuplicate      Code = "duplicate"
	CodeThrottledOut   Code = "throttled_out"
	CodeServerError    Code = "server_error"
	CodeNetwork        Code = "network"
	CodeUnauthorized   Code = "unauthorized"
	CodeForbidden      Code = "forbidden"
	CodeInDoubt        Code = "in_doubt"
	CodeSeveralMatches Code = "several_matches"
	CodeNotAttempted   Code = "not_attempted"
	CodeChangedSince   Code = "changed_since"
	CodeDecided        Code = "decided"
	CodeNotApproved    Code = "not_approved"
)

// Explain finds what a code means and how to fix what it names.
func Explain(code Code) (Explanation, bool) {
	for _, group := range groups() {
		for i := range group {
			if group[i].Code == code {
				return group[i], true
			}
		}
	}
	return Explanation{}, false
}

// Codes is every code there is, in the order in which a row meets them: rules, sheet, plan, push.
func Codes() []Explanation {
	all := groups()
	return slices.Concat(all[:]...)
}

// groups is the registry in its parts.
func groups() [8][]Explanation {
	return [...][]Explanation{ruleCodes, numberCodes, sheetCodes, suspicionCodes, mappingCodes, planCodes, pushCodes, undoCodes}
}
