package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what about the machine keeps sshd from being up or being reached.
// Put its findings before those of other checks at the same stage: a boot that
// stopped comes before a unit that was not started.
func Judge(f Facts) []diag.Finding {
	var out []diag.Finding
	if f.Initrd != "" {
		found := ruleInitrd.New("/", "this is the initial ramdisk, not the server's own system",
			diag.Evidence{Source: "/", Text: f.Initrd}).
			With(diag.Remedy{
				Summary: "let the boot come to the disk, then look again", Consent: diag.Manual,
				Reason: "what is changed here is gone when the server's own system starts",
				Manual: []string{"cat /proc/cmdline", "exit"},
			})
		if f.Proven {
			found.Severity = diag.Warning // another sshd answers, but it does answer
		}
		out = append(out, found)
	}
	out = append(out, judgeStop(f)...)
	out = append(out, judgeNames(f)...)
	if !f.Proven {
		out = append(out, judgeResources(f)...)
	}
	return append(out, judgeFirewall(f)...)
}

// Withhold takes away every remedy but those of this check where the system that
// runs is not the one to be repaired, and makes all other findings consequences
// of that. It tells whether it did.
func Withhold(f Facts, findings []diag.Finding) bool {
	if f.Initrd == "" {
		return false
	}
	for i := range findings {
		if findings[i].Code != CodeInitrd {
			findings[i].Remedy, findings[i].Symptom = nil, true
		}
	}
	return true
}

func judgeNames(f Facts) []diag.Finding {
	if f.From.Up || len(f.Names) != 2 {
		return nil
	}
	for i, there := range f.Names {
		other := f.Names[1-i]
		if other.LoadState != "not-found" || there.LoadState == "not-found" || there.LoadState == "" {
			continue
		}
		return []diag.Finding{ruleUnitName.New(there.ID,
			fmt.Sprintf("the unit is called %s here; there is no %s", there.ID, other.Name),
			diag.Evidence{Source: "systemd, " + other.Name, Text: "LoadState=not-found"},
			diag.Evidence{Source: "use", Text: "systemctl start " + there.ID})}
	}
	return nil
}

func judgeResources(f Facts) []diag.Finding {
	var out []diag.Finding
	if found, ok := judgeMemory(f); ok {
		out = append(out, found)
	}
	if found, ok := judgeTasks(f.Resources); ok {
		out = append(out, found)
	}
	for _, full := range f.Resources.Full {
		what := "no room"
		if full.Inodes {
			what = "no inode"
		}
		out = append(out, ruleResources.New(full.Path, fmt.Sprintf("the file system of %s is full: %s left", full.Path, what),
			diag.Evidence{Source: "statfs " + full.Path, Text: what + " for another file"}))
	}
	return out
}

// littleMemory is what a login needs, about: sshd-session, a shell, in bytes.
const littleMemory = 16 << 20

func judgeMemory(f Facts) (diag.Finding, bool) {
	r := f.Resources
	seen := diag.Evidence{Source: "/proc/meminfo, /proc/vmstat", Text: fmt.Sprintf(
		"%d MiB of %d MiB available, %d processes ended for want of memory", r.MemAvailable>>20, r.MemTotal>>20, r.OOMKills)}
	switch {
	case f.From.Result == "oom-kill":
		return ruleResources.New(f.From.Unit, "the kernel ended "+f.From.Unit+" for want of memory", seen), true
	case r.UnitOOMKills > 0:
		return ruleResources.New(f.From.Unit, "the kernel ended processes of "+f.From.Unit+" for want of memory", seen), true
	case !f.From.Up && r.OOMKills > 0 && slices.Contains([]string{"signal", "start-limit-hit"}, f.From.Result):
		return ruleResources.New("memory", fmt.Sprintf("the kernel has ended %d processes for want of memory since the boot", r.OOMKills), seen), true
	case r.OOMKills > 0 && r.MemAvailable >= 0 && r.MemAvailable < littleMemory:
		return ruleResources.New("memory", fmt.Sprintf("only %d MiB of memory are left", r.MemAvailable>>20), seen), true
	}
	return diag.Finding{}, false
}

func judgeTasks(r Resources) (diag.Finding, bool) {
	for _, l := range r.Limits {
		if l.Refused <= 0 && l.Current < l.Max {
			continue
		}
		name := path.Base(l.Group)
		return ruleResources.New(name, fmt.Sprintf("%s has %d of %d tasks that it may have", name, l.Current, l.Max),
			diag.Evidence{Source: cgroupRoot + l.Group + "/pids.events", Text: fmt.Sprintf("max %d", max(0, l.Refused))}), true
	}
	if r.Tasks > 0 && r.TasksMax > 0 && r.Tasks >= r.TasksMax-r.TasksMax/50 {
		return ruleResources.New("tasks", fmt.Sprintf("%d of %d possible processes and threads run", r.Tasks, r.TasksMax),
			diag.Evidence{Source: "/proc/loadavg", Text: fmt.Sprint(r.Tasks)}), true
	}
	return diag.Finding{}, false
}

// join lists words for a sentence.
func join(words []string) string { return strings.Join(words, ", ") }
