package sshdconf

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

func configRule(code, title string) diag.Rule {
	return diag.Rule{
		Code: code, Stage: diag.Config, Severity: diag.Broken, Title: title,
	}
}

var (
	ruleUnknownOption = configRule("config-unknown-option", "sshd does not know an option in its configuration")
	ruleBadValue      = configRule("config-bad-value", "an option has a value that sshd does not accept")
	ruleBadArguments  = configRule("config-extra-or-missing-args", "an option has too many or too few words")
	ruleBadAlgorithm  = configRule("config-removed-algorithm", "a list names an algorithm that this sshd does not have")
	ruleNotInMatch    = configRule("config-append-into-match", "an option stands in a Match block where it may not stand")
	ruleBadMatch      = configRule("config-bad-match-condition", "a Match line has a condition that sshd does not know")
	ruleDuplicate     = configRule("config-subsystem-duplicate", "a subsystem is defined twice")
	ruleBadPort       = configRule("config-port-invalid-or-too-many", "a port or the number of ports is not possible")
	ruleBadAddress    = configRule("listen-hostname-unresolvable", "ListenAddress names a host that cannot be resolved now")
	ruleCommandNoUser = configRule("config-command-without-user", "AuthorizedKeysCommand is set without its user")
	ruleAuthMethods   = configRule("config-authmethods-unsatisfiable", "AuthenticationMethods asks for a method that is switched off")
	ruleFileMissing   = configRule("config-file-missing", "sshd's configuration file is not there")
	ruleRejected      = configRule("config-rejected", "sshd rejects its configuration")
	ruleUnknown       = diag.Rule{
		Code: "config-unknown", Stage: diag.Config, Severity: diag.Warning,
		Title: "sshd could not be asked for its configuration",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleUnknownOption, ruleBadValue, ruleBadArguments, ruleBadAlgorithm, ruleNotInMatch,
		ruleBadMatch, ruleDuplicate, ruleBadPort, ruleBadAddress, ruleCommandNoUser, ruleAuthMethods,
		ruleFileMissing, ruleRejected, ruleUnknown,
	}
}

// ruleFor is the rule for a kind of complaint; complaints about keys, privilege
// separation and programs belong to other checks.
func ruleFor(k Kind) (diag.Rule, bool) {
	switch k {
	case UnknownOption:
		return ruleUnknownOption, true
	case BadValue:
		return ruleBadValue, true
	case BadArguments:
		return ruleBadArguments, true
	case BadAlgorithm:
		return ruleBadAlgorithm, true
	case NotInMatch:
		return ruleNotInMatch, true
	case BadMatch:
		return ruleBadMatch, true
	case Duplicate:
		return ruleDuplicate, true
	case BadPort:
		return ruleBadPort, true
	case BadAddress:
		return ruleBadAddress, true
	case CommandNoUser:
		return ruleCommandNoUser, true
	case AuthMethods:
		return ruleAuthMethods, true
	case FileMissing:
		return ruleFileMissing, true
	case Other, UnknownFlag:
		return ruleRejected, true
	}
	return diag.Rule{}, false
}
