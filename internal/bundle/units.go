package bundle

import (
	"strings"
)

// unitLine shows of a line of a unit file (systemd.syntax(7)) what is known: the
// names of sections, known directives, and of commands what may be shown. false:
// nothing of it stays. A comment does not end a line that goes on.
func (r *redactor) unitLine(line string) (string, bool) {
	text := strings.TrimLeft(line, " \t")
	lead := line[:len(line)-len(text)]
	switch {
	case text != "" && strings.IndexByte("#;", text[0]) >= 0:
		body := strings.TrimLeft(text, "#; \t")
		lead = line[:len(line)-len(body)]
		if name, _, ok := strings.Cut(body, "="); ok && !strings.ContainsAny(strings.TrimSpace(name), " \t") {
			return lead + r.directive(body), true
		}
		return lead + r.comment(body), true
	case r.inside != "":
		in := r.inside
		if !continued(line) {
			r.inside = ""
		}
		if in == secretValue {
			r.remember(text)
			return "", false
		}
		if strings.HasPrefix(in, "Exec") {
			out := r.command("/x " + text)
			return lead + strings.TrimPrefix(out, "/x "), true
		}
		return line, true
	case text == "" || strings.HasPrefix(text, "["):
		return line, true
	}
	out := r.directive(text)
	if continued(line) {
		r.inside, _, _ = strings.Cut(text, "=")
		if strings.HasSuffix(out, mark) || strings.Count(text, `"`)%2+strings.Count(text, "'")%2 > 0 {
			r.inside = secretValue
		}
	}
	return lead + out, true
}

// secretValue: the line before was taken out, and goes on.
const secretValue = "(secret)"

func (r *redactor) directive(text string) string {
	name, value, ok := strings.Cut(text, "=")
	key := strings.TrimSpace(name)
	trimmed := strings.TrimSpace(value)
	before := name + "=" + value[:len(value)-len(strings.TrimLeft(value, " \t"))]
	switch {
	case ok && (trimmed == "" || trimmed == mark):
		return text
	case ok && strings.HasPrefix(key, "Exec"):
		return before + r.command(trimmed)
	case ok && harmlessDirective(key):
		return text
	case ok:
		return before + r.hide(trimmed)
	}
	return r.hide(text)
}

// harmlessDirective: their values are names, numbers, paths and conditions,
// systemd.unit(5), systemd.service(5), systemd.socket(5), systemd.exec(5),
// systemd.resource-control(5). Of a family all have the same beginning.
func harmlessDirective(key string) bool {
	for _, full := range strings.Fields(`Description Documentation After Before Requires Requisite Wants BindsTo PartOf Upholds
		Conflicts OnFailure OnSuccess WantedBy RequiredBy UpheldBy Also Alias DefaultInstance DefaultDependencies
		RequiresMountsFor WantsMountsFor StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate
		IgnoreOnIsolate Type Restart RestartSec RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus
		RemainAfterExit PIDFile BusName NotifyAccess GuessMainPID Sockets Service Accept Backlog FreeBind
		Transparent Mark KillMode KillSignal SendSIGHUP SendSIGKILL User Group SupplementaryGroups DynamicUser
		WorkingDirectory UMask Nice Slice Delegate NoNewPrivileges EnvironmentFile PassEnvironment
		UnsetEnvironment LoadCredential LoadCredentialEncrypted ImportCredential StandardInput StandardOutput
		StandardError LockPersonality AmbientCapabilities SecureBits KeyringMode DevicePolicy DeviceAllow
		NonBlocking NoDelay KeepAlive ReusePort PassCredentials FileDescriptorName PAMName CollectMode`) {
		if key == full {
			return true
		}
	}
	if strings.Contains(key, "Environment") {
		return false
	}
	for _, family := range strings.Fields(`Condition Assert StartLimit Timeout Limit Listen BindIPv6Only BindToDevice Max
		OOM Memory Tasks CPU IO Protect Private Restrict ReadOnlyPaths ReadWritePaths InaccessiblePaths
		RuntimeDirectory StateDirectory LogsDirectory ConfigurationDirectory RootDirectory SystemCall
		CapabilityBoundingSet IPAddress IPAccounting Trigger PollLimit Socket Watchdog Job KeepAlive`) {
		if strings.HasPrefix(key, family) {
			return true
		}
	}
	return false
}
