package view

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Code is that of the one rule.
const Code = "unit-sees-other-files"

var ruleOther = diag.Rule{
	Code: Code, Stage: diag.Config, Severity: diag.Warning,
	Title: "the unit shows sshd other files than those here",
}

// Rules lists every problem that this check knows.
func Rules() []diag.Rule { return []diag.Rule{ruleOther} }
