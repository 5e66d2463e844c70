package reconcile

// PageText is a text as the page has it.
func PageText(s string) string { return visibleText(shorten(s)) }
