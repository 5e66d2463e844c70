package sheet

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	isoDay     = "2006-01-02"
	isoTime    = "15:04:05"
	isoMoment  = isoDay + "T" + isoTime
	daySeconds = 24 * 60 * 60
	// beyondDates is the serial number of the year 10000, the first one that Excel does not know.
	beyondDates = 2958466
	// phantomDay is the serial number of 1900-02-29, a day that only Excel has.
	phantomDay = 60
	// shift1904 is how many days the calendar that begins in 1904 is behind.
	shift1904 = 1462
)

// errNoDate is for a number or text that no calendar has.
var errNoDate = errors.New("not a date")

// serialDate is the day, the moment or, below one day, the time of day that a stored serial number stands for.
func serialDate(raw string, date1904 bool) (string, error) {
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil || serial < 0 || serial >= beyondDates {
		return "", errNoDate
	}
	days := int(math.Floor(serial))
	seconds := int(math.Round((serial - math.Floor(serial)) * daySeconds))
	if seconds == daySeconds {
		days, seconds = days+1, 0
	}
	timeOnly := days == 0 && !date1904
	if date1904 {
		days += shift1904
	}
	if days >= beyondDates || days == phantomDay {
		return "", errNoDate
	}
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	if days < phantomDay {
		days++ // the phantom day has not shifted the calendar yet
	}
	return isoText(epoch.AddDate(0, 0, days).Add(time.Duration(seconds)*time.Second), timeOnly), nil
}

// isoText writes a moment in the shortest form that loses nothing.
func isoText(t time.Time, timeOnly bool) string {
	switch {
	case timeOnly:
		return t.Format(isoTime)
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format(isoDay)
	}
	return t.Format(isoMoment)
}

// isoDate is a date, moment or time that is stored in ISO 8601 already, in our form of it. A time zone is dropped: the
// cell says what the clock on the wall showed.
func isoDate(value string) (string, error) {
	value = strings.TrimSuffix(value, "Z")
	for _, layout := range []string{isoDay, isoMoment, isoDay + "T15:04", isoTime} {
		// Fractions of a second are accepted behind the seconds, as time.Parse always does.
		if t, err := time.Parse(layout, value); err == nil {
			return isoText(t, layout == isoTime), nil
		}
	}
	return "", errNoDate
}
