package sheet

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Guard makes a text safe for a cell of a CSV file: one that Excel would evaluate gets a leading apostrophe. Numbers and
// phone numbers stay as they are. [Unguard] takes it back, for every text.
func Guard(s string) string {
	if isGuardable(s) || strings.HasPrefix(s, "'") && isSpoilt(s) {
		return "'" + s
	}
	return s
}

// GuardAs is [Guard] for a cell of a file that somebody may open in a spreadsheet program and save: what would come back as
// something else gets the apostrophe too. kind is what the column holds: 00042, 1-2 and +491701234567 are spoilt where they are
// text, numbers if they have more digits than such programs keep or might be a thousand times as much in another country, and
// dates unless they are written as yyyy-mm-dd.
func GuardAs(s string, kind Kind) string {
	if isGuardable(s) || isSpoilt(s) && (s[0] == '\'' || !keeps(s, kind)) { // one that only looks guarded must be told from one that is
		return "'" + s
	}
	return s
}

// keeps reports whether spreadsheet programs take a cell for what it is in a column of a kind.
func keeps(s string, kind Kind) bool {
	switch kind {
	case Number:
		return soundDecimal.MatchString(s) && len(s) <= excelDigits
	case Date:
		return isoDayForm.MatchString(s) && s >= firstAgreedDay
	}
	return kind == Boolean
}

// Unguard is the text that [Guard] or [GuardAs] was given.
func Unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && (isGuardable(rest) || isSpoilt(rest)) {
		return rest
	}
	return s
}

// GuardXLSX is what a text cell of a workbook must hold so that [Unguard] gives s. Excel evaluates no text cell, so only
// a text that looks guarded already gets an apostrophe more.
func GuardXLSX(s string) string {
	if Unguard(s) != s {
		return "'" + s
	}
	return s
}

// isGuardable reports whether s is a text that Excel evaluates, behind any number of apostrophes. They are counted in,
// because a text that only looks guarded must be told from one that is.
func isGuardable(s string) bool {
	return isEvaluated(strings.TrimLeft(s, "'"))
}

// isEvaluated reports whether Excel takes a cell of a CSV file for a formula.
func isEvaluated(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	switch first {
	case '=', '@', '\t', '\r', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !isPlainNumber(s) && !isPlainPhone(s)
	}
	return false
}

// soundDecimal is a number that is the same in every country, or no number there: it has no group of three digits that
// could be thousands, nor was one hidden by a zero.
var soundDecimal = regexp.MustCompile(`^-?[0-9]+(?:[.,](?:[0-9]{1,2}|[0-9]{3}[1-9]|[0-9]{5,}))?$`)

// firstAgreedDay is the day from which on all programs number the days alike.
const firstAgreedDay = "1900-03-01"

// isoDayForm is a day as every program reads it.
var isoDayForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// soundNumber is a number that every spreadsheet program writes as it has read it.
var soundNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]{0,10})$`)

// spoilt is what spreadsheet programs take for something else than text, in one country or another: numbers with or without
// separators, exponents, currencies and percents; dates and times. All of them have a digit.
var spoilt = []*regexp.Regexp{
	regexp.MustCompile(`^[-+(]*(?:[$€£¥] ?)?[-+]?[.,]?[0-9][0-9.,'’]*(?: [0-9]{3})*(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?[ )]*[%$€£¥]?-?$`),
	regexp.MustCompile(`^(?:[0-9]{1,2}|[0-9]{4})[-/.](?:[0-9]{1,2}|[0-9]{4})(?:[-/.](?:[0-9]{1,2}|[0-9]{4})?)?$`),
	regexp.MustCompile(`^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[T ][0-9:.,]+Z?$|^[0-9]{1,4}(?::[0-9]{1,2}){1,2}(?:[.,][0-9]+)?(?: ?[AaPp][Mm]?)?$|^[0-9]{1,2} ?[AaPp][Mm]?$`),
	regexp.MustCompile(`^[0-9]+ [0-9]+/[0-9]+$`),
	regexp.MustCompile(`^(?i:(?:[0-9]{1,4}[-/. ]{0,2})?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|` +
		`nov(?:ember)?|dec(?:ember)?)\.?[-/., ]{0,2}(?:[0-9]{1,4})?(?:[-/, ]{1,2}[0-9]{2,4})?)$`),
}

// truth is what spreadsheet programs take for a boolean.
var truth = regexp.MustCompile(`^(?i:true|false|wahr|falsch|vrai|faux|vero|falso|verdadero)$`)

// longestSpoilt bounds what is looked at: programs take no longer text for a number or a date.
const longestSpoilt = 40

// isSpoilt reports whether s is a text, behind any number of apostrophes, that spreadsheet programs give back as another one. They
// are counted in, as [isGuardable] does.
func isSpoilt(s string) bool {
	s = strings.TrimLeft(s, "'")
	text := strings.TrimSpace(s)
	if text == "" || len(text) > longestSpoilt || len(s) == len(text) && soundNumber.MatchString(text) {
		return false
	}
	if !strings.ContainsAny(text, "0123456789") {
		return truth.MatchString(text)
	}
	for _, form := range spoilt {
		if form.MatchString(text) {
			return true
		}
	}
	return false
}
