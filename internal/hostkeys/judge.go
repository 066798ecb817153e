package hostkeys

import (
	"cmp"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgement is one run of Judge.
type judgement struct {
	f Facts
	// severity of a key that cannot be used: broken when sshd has none at all.
	severity diag.Severity
	kinds    map[string]Kind
	// full are the file systems without room for all keys that are to be made, fits
	// the keys that are made there all the same.
	full     map[uint64]bool
	fits     map[string]bool
	stuck    []obstacle
	findings []diag.Finding
}

// Judge says what is wrong with the host keys. Whatever can be repaired quickly
// and without asking comes first, so that a first connection need not wait for
// an RSA key.
func Judge(f Facts) []diag.Finding {
	j := judgement{f: f, severity: diag.Broken, kinds: f.plan()}
	for _, k := range f.Keys {
		if f.usable(k) != no {
			j.severity = diag.Warning
		}
	}
	j.measure()
	for _, k := range f.Keys {
		if flt, bad := j.faultOf(k); bad {
			j.report(k, flt)
		}
	}
	j.obstacles()
	slices.SortStableFunc(j.findings, func(a, b diag.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	j.publicHalves()
	j.looseDirs()
	return j.findings
}

func (j *judgement) add(f diag.Finding) { j.findings = append(j.findings, f) }

// rank orders the faults of keys by what can be done about them.
func rank(f diag.Finding) int {
	switch {
	case f.Status == diag.CouldNotTell:
		return 5
	case f.Remedy == nil:
		return 4
	case f.Remedy.Consent == diag.None && f.Remedy.Slow:
		return 1
	}
	return [...]int{diag.None: 0, diag.Asks: 2, diag.Manual: 3}[f.Remedy.Consent]
}

// report turns a fault into a finding, unless the place where a new key would
// have to go is what is really wrong.
func (j *judgement) report(k Key, flt fault) {
	if flt.waits(k) && j.block(k, flt) {
		return
	}
	finding := flt.rule.New(k.Path, flt.summary, flt.evidence...)
	switch {
	case flt.unknown:
		finding = flt.rule.Unknown(k.Path, flt.summary, flt.evidence...).As(diag.Warning)
	case flt.rule.Severity == diag.Broken || flt.rule.Code == ruleUnreadable.Code:
		finding = finding.As(j.severity)
		if flt.atBoot || flt.notice && j.severity != diag.Broken {
			finding = finding.As(diag.Notice)
		}
	}
	if r, ok := j.remedy(k, flt); ok {
		finding = finding.With(r)
	}
	j.add(finding)
}

// publicHalves reports .pub files of sound keys that are missing or wrong.
func (j *judgement) publicHalves() {
	for _, k := range j.f.Keys {
		if k.State != Whole || k.SHA256 == "" {
			continue
		}
		pub := k.PubPath()
		remedy := diag.Remedy{Summary: "write the public half from the private key"}
		write := WritePub{Key: k.Real, Pub: pub, Comment: j.comment(), UID: j.f.UID, GID: j.f.GID, Restorecon: j.f.Restorecon}
		var finding diag.Finding
		switch k.Pub.State {
		case PubAbsent:
			finding = rulePubMissing.New(pub, pub+" is not there", diag.Evidence{Source: pub, Text: "no such file"})
			remedy.Steps = []diag.Step{write}
		case PubDifferent, PubDamaged:
			finding = rulePubMismatch.New(pub, pub+" is not the public half of its key", mismatch(k)...)
			remedy.Steps = []diag.Step{MoveAside{Path: pub, Why: whyBad}, write}
		case PubUnread:
			j.add(ruleUnreadable.Unknown(pub, pub+" could not be read: "+k.Pub.Detail).As(diag.Notice))
			continue
		default:
			continue
		}
		if j.f.dirAt(k.Home).ReadOnly {
			remedy = byHand(remedy, "it is on a read-only file system")
			if k.Pub.State == PubAbsent {
				// An image that is made so: sshd derives what is missing.
				finding = finding.As(diag.Notice)
			}
		}
		j.add(finding.With(remedy))
	}
}

func mismatch(k Key) []diag.Evidence {
	said := k.Pub.SHA256
	if said == "" {
		said = k.Pub.Detail
	}
	return []diag.Evidence{{Source: k.PubPath(), Text: said}, {Source: k.Path, Text: k.SHA256}}
}
