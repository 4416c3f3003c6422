package localstack

// SearchAttributes are the search attributes that truckroll's workflows set, by name, with their Temporal types. A
// server that is not ours needs them too: see the runbook.
func SearchAttributes() map[string]string {
	return map[string]string{
		"AppointmentStart": "Datetime",
		"BrokenRules":      "KeywordList",
		"Grade":            "Keyword",
		"Installer":        "Keyword",
		"JobKind":          "Keyword",
		"JobStatus":        "Keyword",
		"Territory":        "Keyword",
	}
}
