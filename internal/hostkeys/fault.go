package hostkeys

import (
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// fault is what is wrong with one key and what that asks for.
type fault struct {
	rule    diag.Rule
	summary string
	// evidence: where it was read, and what it said.
	evidence []diag.Evidence
	// fresh: a new key has to be made; aside is what must be moved away first.
	fresh bool
	aside string
	// consent and reason concern what is to be done.
	consent diag.Consent
	reason  string
	// steps is what to do where no new key is to be made.
	steps []diag.Step
	// title of the remedy, when it is not that of making a key.
	title string
	// notice: it is no loss as long as another key can be used.
	notice bool
	// atBoot: a boot makes the key, so that it is not there means nothing.
	atBoot bool
	// unknown: it could not be told.
	unknown bool
}

// faultOf says what is wrong with a key; false when nothing is.
func (j *judgement) faultOf(k Key) (fault, bool) {
	if j.f.usable(k) == yes {
		return j.foreignOwner(k)
	}
	f, bad := j.unusable(k)
	if f.fresh && f.consent == diag.None && (j.f.AtBoot != "" || j.f.Sealed) {
		f.consent, f.reason = diag.Asks, "every copy of this image would have the same identity"
	}
	word := j.kinds[k.Path].Type
	switch {
	case !f.fresh:
	case unmade(word):
		return unsupported(k, word, false), bad
	case j.f.forbidden(word):
		f = unsupported(k, word, false)
		f.summary, f.notice = k.Path+" cannot be used; FIPS mode forbids its type", true
	}
	return f, bad
}

func (j *judgement) unusable(k Key) (fault, bool) {
	switch k.File {
	case Absent:
		return j.absent(k), true
	case Directory, Special:
		return j.notAFile(k), true
	case Unseen:
		return j.unreadable(k), true
	}
	switch k.State {
	case Unread:
		return j.unreadable(k), true
	case Empty:
		return replaced(k, ruleEmpty, k.Path+" is empty"), true
	case Damaged, Inconsistent:
		return j.damaged(k), true
	case Misformed:
		return misformed(k), true
	case Encrypted:
		return encrypted(k), true
	case PublicOnly:
		return refused(k, "Only an agent (HostKeyAgent) could hold its private half.", j.f.Loaded.Known), true
	}
	return j.whole(k)
}

// whole is the fault of a key that can be parsed and is not usable all the same.
func (j *judgement) whole(k Key) (fault, bool) {
	switch {
	case unmade(typeWord(k.Type)):
		return unsupported(k, typeWord(k.Type), !j.f.Loaded.Known), true
	case j.f.tooOpen(k):
		return j.tooOpen(k), true
	}
	why := "It parses here. sshd -t -d may say more."
	if typeWord(k.Type) == typeRSA && k.Bits < rsaBits {
		why = fmt.Sprintf("It has %d bits: RequiredRSASize may ask for more.", k.Bits)
	}
	return refused(k, why, true), true
}

func (j *judgement) unreadable(k Key) fault {
	f := fault{
		rule: ruleUnreadable, summary: k.Path + " could not be read: " + k.Detail,
		evidence: []diag.Evidence{{Source: k.Real, Text: k.Detail}},
		unknown:  true,
	}
	if j.f.unloadable(k) {
		// sshd could not read it either. It is left alone: what is in it is not
		// known, so it may still be the key.
		f.unknown = false
		f.evidence = append(f.evidence, sshdSays(k))
		f.consent, f.title = diag.Manual, "find out why the file cannot be read"
		f.reason = "what cannot be read may still be a good key"
	}
	return f
}

func (j *judgement) absent(k Key) fault {
	d := j.f.dir(k)
	f := fault{rule: ruleMissing, fresh: true, summary: k.Path + " is not there"}
	f.evidence = append(f.evidence, diag.Evidence{Source: k.Real, Text: "no such file"})
	if d.File != Directory {
		f.rule, f.summary = rulePathAbsent, "the directory of "+k.Path+" is not there"
	}
	if k.Pub.SHA256 != "" {
		f.evidence = append(f.evidence, diag.Evidence{
			Source: k.PubPath(),
			Text:   "its public half is still here: " + k.Pub.SHA256 + ". A backup of the private half would restore it.",
		})
	}
	if j.f.AtBoot != "" && d.File == Directory && !k.Link {
		f.atBoot, f.summary = true, k.Path+" is made at the first boot"
		f.evidence = append(f.evidence, diag.Evidence{Source: j.f.AtBoot, Text: "makes missing host keys at the next boot"})
	}
	switch {
	case d.File == Regular || d.File == Special || d.Detail != "":
		f.consent, f.reason = diag.Manual, d.Path+" is not a directory"
	case k.Real != k.Path && d.File == Absent:
		f.consent, f.reason = diag.Asks, "it is a link to "+k.Real+": the disk with the key may be missing"
	case j.f.Agent:
		f.consent, f.reason = diag.Asks, "HostKeyAgent is set: the private half may be in the agent"
	}
	return f
}

func (j *judgement) notAFile(k Key) fault {
	what := "a directory"
	if k.File == Special {
		what = "a device, a pipe or a socket"
	}
	f := replaced(k, ruleDamaged, k.Path+" is "+what+", not a key")
	f.aside = k.Path
	switch {
	case k.Link:
		f.consent, f.reason = diag.Asks, "somebody has put a link to "+k.Real+" in its place"
	case k.Filled:
		f.consent, f.reason = diag.Asks, "the directory is not empty"
	}
	return f
}

func (j *judgement) damaged(k Key) fault {
	if j.f.tooOpen(k) && k.Second == "" && j.f.Keygen != "" {
		// ssh-keygen does not look into a file with such a mode.
		return j.tooOpen(k)
	}
	f := replaced(k, ruleDamaged, k.Path+" does not hold a key: "+k.Detail)
	if k.Second != "" {
		f.evidence = append(f.evidence, diag.Evidence{Source: "second opinion", Text: k.Second})
	}
	switch {
	case !k.KeyLike:
		f.consent, f.reason = diag.Asks, "it may never have been a key: look at the HostKey line"
	case k.Doubt && k.Second == "":
		f.consent, f.reason = diag.Asks, "neither sshd nor ssh-keygen could be asked about it"
	case k.Link && !ownDir(j.f.dir(k).Path):
		f.consent, f.reason = diag.Asks, "it is a link to "+k.Real
	}
	return f
}

// replaced is the fault of a file that is moved aside for a new key.
func replaced(k Key, rule diag.Rule, summary string) fault {
	f := fault{rule: rule, summary: summary, fresh: true, aside: k.Real}
	text := fmt.Sprintf("%d bytes", k.Size)
	if k.Detail != "" {
		text += ", " + k.Detail
	}
	f.evidence = []diag.Evidence{{Source: k.Real, Text: text}}
	if k.Pub.SHA256 != "" {
		f.evidence = append(f.evidence, diag.Evidence{
			Source: k.PubPath(),
			Text:   "its public half is " + k.Pub.SHA256 + ". A backup of the private half would restore it.",
		})
	}
	return f
}

func misformed(k Key) fault {
	return fault{
		rule: ruleMisformed, summary: k.Path + " is a whole key, but sshd refuses its text",
		evidence: []diag.Evidence{{Source: k.Real, Text: "line ends, or what stands before the first or after the last line"}},
		title:    "write the same key in the form that sshd takes",
		steps:    []diag.Step{Rewrite{Path: k.Real, SHA256: k.SHA256}},
	}
}

func encrypted(k Key) fault {
	f := replaced(k, ruleEncrypted, k.Path+" is protected by a passphrase")
	f.evidence = []diag.Evidence{{
		Source: k.Real,
		Text:   "who knows the passphrase can keep the key: ssh-keygen -p -N '' -f " + safetext.Word(k.Real),
	}}
	f.consent, f.reason = diag.Asks, "the key is intact, and only its owner can decrypt it"
	return f
}

func unsupported(k Key, word string, unknown bool) fault {
	label := Kind{Type: word}.label()
	f := fault{
		rule: ruleUnsupported, summary: k.Path + " is for a " + label + " key, which sshd no longer takes",
		evidence: []diag.Evidence{{
			Source: "OpenSSH release notes",
			Text:   "clients refuse DSA since 7.0; sshd dropped DSA in 10.0 and XMSS in 10.1",
		}},
		unknown: unknown, notice: !k.Explicit,
		consent: diag.Manual, title: "take the HostKey line out of sshd's configuration",
		reason: "which keys sshd uses is decided in its configuration",
	}
	if k.File == Absent {
		f.summary = k.Path + " is not there, and " + label + " keys are no longer made"
	}
	if k.Explicit {
		f.evidence = append(f.evidence, diag.Evidence{Source: "sshd's configuration", Text: "HostKey " + k.Path})
	}
	return f
}

func refused(k Key, why string, sure bool) fault {
	f := fault{
		rule: ruleRefused, summary: k.Path + " looks sound, but sshd does not load it",
		evidence: []diag.Evidence{{Source: k.Real, Text: why}},
		unknown:  !sure,
		consent:  diag.Manual, title: "find out why sshd refuses the key; do not replace it",
		reason: "the key is good and may be what clients know",
	}
	if k.State == PublicOnly {
		f.summary = k.Path + " is a public key, so sshd cannot prove that it is this host"
	}
	if sure {
		f.evidence = append(f.evidence, sshdSays(k))
	}
	return f
}

func sshdSays(k Key) diag.Evidence {
	return diag.Evidence{Source: "sshd -t -d", Text: "it did not load " + k.Path}
}
