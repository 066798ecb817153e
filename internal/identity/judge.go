package identity

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what clients should know about the identity of this machine. Where
// keys came from is never more than a notice, and only while somebody may still
// wonder about it.
func Judge(f Facts) []diag.Finding {
	out := judgeCerts(f)
	for _, judge := range []func(Facts) (diag.Finding, bool){
		judgeOptions, judgeCloudInit, judgeAgents, judgeCloned, judgeVolatile, Changed, judgeLedger,
	} {
		if found, ok := judge(f); ok {
			out = append(out, found)
		}
	}
	return out
}

const (
	// recent is how long after a change clients may still stumble over it.
	recent = 30 * 24 * time.Hour
	// making bounds how long a program takes to make keys, slow machines included.
	making = 10 * time.Minute
	// apart is more than two clocks of one machine differ by: local time in the
	// hardware clock, corrected later, makes up to fourteen hours.
	apart = 24 * time.Hour
)

func judgeOptions(f Facts) (diag.Finding, bool) {
	if !f.Unmatched || len(f.Options) == 0 && f.Policy == "" {
		return diag.Finding{}, false
	}
	const line = "the command line of sshd's unit"
	var evidence []diag.Evidence
	for _, o := range f.Options {
		evidence = append(evidence, diag.Evidence{Source: cmp.Or(o.File, line), Text: "-o " + o.Keyword + "=" + o.Value})
	}
	if f.Policy != "" {
		evidence = append(evidence, diag.Evidence{Source: policyFile, Text: "system-wide crypto policy " + f.Policy})
	}
	if len(f.Options) == 0 {
		return ruleOptions.New(policyFile, "the system-wide crypto policy "+f.Policy+" sets sshd's algorithms", evidence...), true
	}
	first := f.Options[0]
	where := cmp.Or(first.File, line)
	return ruleOptions.New(where, first.Keyword+" is set by "+where+", not by sshd_config", evidence...), true
}

// judgeCloudInit: several instances had their keys made, and the keys that are
// there now were made for the current one.
func judgeCloudInit(f Facts) (diag.Finding, bool) {
	var current Instance
	var evidence []diag.Evidence
	earlier := false
	for _, i := range f.Cloud.Instances {
		if i.SSH.IsZero() {
			continue
		}
		if i.ID == f.Cloud.Current {
			current = i
		}
		evidence = append(evidence, diag.Evidence{Source: "/var/lib/cloud/instances/" + i.ID, Text: "host keys made " + when(i.SSH)})
	}
	for _, i := range f.Cloud.Instances {
		earlier = earlier || i.ID != current.ID && !i.SSH.IsZero() && i.SSH.Before(current.SSH)
	}
	if current.SSH.IsZero() || !earlier || !f.within(current.SSH, recent) {
		return diag.Finding{}, false
	}
	k, ok := f.keyMade(current.SSH, current.SSH.Add(making))
	if !ok {
		return diag.Finding{}, false
	}
	return ruleCloudInit.New("host keys",
		fmt.Sprintf("cloud-init made new host keys on %s, for instance %s", when(k.Made), current.ID),
		append(evidence, diag.Evidence{Source: k.Path, Text: "written " + when(k.Made)})...), true
}

// judgeAgents: the keys were written when an agent was put in place or set the
// machine up, on a machine that was there before, and not because sshd was
// installed then.
func judgeAgents(f Facts) (diag.Finding, bool) {
	for _, a := range f.Agents {
		if a.Off || f.MachineID.Made.IsZero() {
			continue
		}
		for _, seen := range []struct {
			at   time.Time
			what string
			file string
		}{
			{a.Unpacked, "was installed", a.Program}, {a.Record.Made, "set this machine up", a.Record.Path},
		} {
			k, ok := f.keyMade(seen.at.Add(-making), seen.at.Add(making))
			if seen.at.IsZero() || !ok || !f.within(seen.at, recent) ||
				k.Made.Sub(f.MachineID.Made) < apart || k.Made.Sub(f.Installed).Abs() < apart {
				continue
			}
			return ruleAgent.New("host keys",
				fmt.Sprintf("the host keys were made when %s %s (%s)", a.Name, seen.what, when(k.Made)),
				diag.Evidence{Source: seen.file, Text: "written " + when(seen.at)},
				diag.Evidence{Source: k.Path, Text: "written " + when(k.Made)}), true
		}
	}
	return diag.Finding{}, false
}

// judgeCloned: the keys are older than the id that the machine got when it first
// booted, or than the only instance that cloud-init knows. In a container the
// machine id says nothing.
func judgeCloned(f Facts) (diag.Finding, bool) {
	if f.Container != "" || f.Overlay {
		return diag.Finding{}, false
	}
	born := f.MachineID
	if len(f.Cloud.Instances) == 1 && f.Cloud.Instances[0].SSH.After(born.Made) {
		born = Stamp{"/var/lib/cloud/instances/" + f.Cloud.Instances[0].ID, f.Cloud.Instances[0].SSH}
	}
	for _, k := range f.Keys {
		if k.Made.IsZero() || born.Made.Sub(k.Made) < apart {
			continue
		}
		evidence := []diag.Evidence{
			{Source: k.Path, Text: "written " + when(k.Made)}, {Source: born.Path, Text: "written " + when(born.Made)},
		}
		if f.RootBirth.Sub(k.Made) >= apart {
			evidence = append(evidence, diag.Evidence{Source: "file system of /", Text: "made " + when(f.RootBirth)})
		}
		return ruleCloned.New("host keys",
			"the host keys are older than this machine: they may be an image's or a backup's", evidence...), true
	}
	return diag.Finding{}, false
}

func judgeVolatile(f Facts) (diag.Finding, bool) {
	i := slices.IndexFunc(f.Keys, func(k Key) bool { return k.Volatile != "" })
	if i < 0 {
		return diag.Finding{}, false
	}
	k := f.Keys[i]
	return ruleVolatile.New(k.Path, k.Path+" is kept in memory only and is gone after a reboot",
		diag.Evidence{Source: k.Path, Text: "on " + k.Volatile + ", written " + when(k.Made)}), true
}

// keyMade returns the first key that was written in a span of time.
func (f Facts) keyMade(from, to time.Time) (Key, bool) {
	i := slices.IndexFunc(f.Keys, func(k Key) bool {
		// File times are a tick behind the clock.
		return !k.Made.IsZero() && !k.Made.Before(from.Add(-time.Second)) && !k.Made.After(to)
	})
	if i < 0 {
		return Key{}, false
	}
	return f.Keys[i], true
}

// within tells whether a moment lies in the past, and no longer ago than that.
func (f Facts) within(t time.Time, ago time.Duration) bool {
	return !t.After(f.Now) && f.Now.Sub(t) <= ago
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func date(t time.Time) string { return t.UTC().Format("2006-01-02") }
